import pytest
import torch
from torch.nn.functional import normalize

from lookalike.training.losses import (
    NO_INSTANCE,
    category_loss,
    class_targets,
    contrast_loss,
    distil_loss,
    places_loss,
    relation_loss,
    scaled_gradient,
)
from lookalike.training.sample import NO_CLASS


def rows(count: int, seed: int = 0, width: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(count, width, generator=generator), dim=1)


NOTHING = torch.zeros(0, 16)
NO_NAMES = torch.zeros(0, dtype=torch.int64)


def test_distillation_costs_nothing_at_the_target_whatever_the_length() -> None:
    targets = rows(5)
    assert float(distil_loss(7.0 * targets, targets)) == pytest.approx(0.0, abs=1e-6)
    assert float(distil_loss(-targets, targets)) == pytest.approx(2.0)


def test_relations_cost_nothing_where_student_and_teacher_rank_alike() -> None:
    targets, bank = rows(6), rows(9, seed=1)
    same = relation_loss(targets, targets, bank, bank, torch.tensor(10.0))
    other = relation_loss(rows(6, seed=2), targets, rows(9, seed=3), bank, torch.tensor(10.0))
    assert float(same) == pytest.approx(0.0, abs=1e-5)
    assert float(other) > 0.1


def test_a_picture_that_the_teacher_has_not_seen_changes_no_relation() -> None:
    features, targets = rows(6), rows(6, seed=2)
    bank_features, bank_targets = rows(9, seed=1), rows(9, seed=3)
    known = relation_loss(features, targets, bank_features, bank_targets, torch.tensor(10.0))
    unseen = torch.zeros(1, 16)
    also = relation_loss(
        torch.cat([features, rows(1, seed=4)]),
        torch.cat([targets, unseen]),
        torch.cat([bank_features, rows(1, seed=5)]),
        torch.cat([bank_targets, unseen]),
        torch.tensor(10.0),
    )
    assert float(also) == pytest.approx(float(known), abs=1e-5)


def test_a_picture_that_the_teacher_has_not_seen_is_not_distilled() -> None:
    projected = rows(1).requires_grad_()
    torch.autograd.backward(distil_loss(projected, torch.zeros(1, 16)))
    assert projected.grad is not None
    assert float(projected.grad.abs().sum()) == 0.0


def test_places_cost_nothing_at_the_target_whatever_its_length_and_size() -> None:
    targets = torch.randn(2, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    smaller = torch.nn.functional.avg_pool2d(targets, 2)
    assert float(places_loss(3.0 * targets, targets)) == pytest.approx(0.0, abs=1e-5)
    assert float(places_loss(3.0 * smaller, targets)) == pytest.approx(0.0, abs=1e-5)
    assert float(places_loss(smaller.flip(3), targets)) > 0.3


def test_contrast_falls_as_views_of_one_thing_come_together() -> None:
    names = torch.tensor([0, 0, 1, 2])
    apart = rows(4)
    together = apart.clone()
    together[1] = together[0]
    near = contrast_loss(together, names, NOTHING, NO_NAMES)
    assert float(near) < float(contrast_loss(apart, names, NOTHING, NO_NAMES))


def test_contrast_finds_the_second_view_in_the_bank() -> None:
    batch = rows(3)
    alone = contrast_loss(batch, torch.tensor([0, 1, 2]), NOTHING, NO_NAMES)
    paired = contrast_loss(batch, torch.tensor([0, 1, 2]), rows(1, seed=4), torch.tensor([1]))
    assert float(alone) == 0.0
    assert float(paired) > 0.0


def test_rows_of_no_instance_take_no_part_in_contrast() -> None:
    batch, names = rows(4), torch.tensor([0, 0, 1, NO_INSTANCE])
    without = contrast_loss(batch[:3], names[:3], NOTHING, NO_NAMES)
    assert float(contrast_loss(batch, names, NOTHING, NO_NAMES)) == pytest.approx(float(without))
    blends = torch.tensor([NO_INSTANCE, NO_INSTANCE])
    assert float(contrast_loss(batch[:2], blends, batch[2:], blends)) == 0.0


def test_class_targets_sum_to_one_and_are_empty_without_a_label() -> None:
    wanted = class_targets(torch.tensor([2, NO_CLASS]), torch.full((2, 4), 0.25))
    assert wanted.sum(dim=1).tolist() == pytest.approx([1.0, 0.0])
    assert int(wanted[0].argmax()) == 2


def test_rows_without_a_label_do_not_move_the_classifier() -> None:
    logits = torch.randn(2, 4, requires_grad=True)
    wanted = class_targets(torch.tensor([2, NO_CLASS]), torch.full((2, 4), 0.25))
    torch.autograd.backward(category_loss(logits, wanted, torch.ones(2)))
    assert logits.grad is not None
    assert float(logits.grad[1].abs().sum()) == 0.0
    assert float(logits.grad[0].abs().sum()) > 0.0


def test_a_share_of_the_gradient_flows_on() -> None:
    value = torch.ones(3, requires_grad=True)
    passed = scaled_gradient(value, 0.4)
    torch.autograd.backward(passed.sum())
    assert passed.tolist() == [1.0, 1.0, 1.0]
    assert value.grad is not None
    assert value.grad.tolist() == pytest.approx([0.4] * 3)
