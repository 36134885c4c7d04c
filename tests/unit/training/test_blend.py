"""Blends of two pictures, and what the losses are told about them."""

import pytest
import torch

from lookalike.training.blend import blended
from lookalike.training.losses import NO_INSTANCE
from lookalike.training.material import BatchTargets

ROWS = 40


def known() -> BatchTargets:
    return BatchTargets(
        targets=torch.eye(ROWS),
        wanted=torch.eye(ROWS),
        class_weight=torch.ones(ROWS),
        instances=torch.arange(ROWS),
        shares=torch.eye(ROWS),
        viewed=torch.zeros(ROWS, 0),
        opinion=torch.zeros(ROWS, ROWS),
        places=torch.zeros(ROWS, 0, 1, 1),
    )


def one_number_each() -> torch.Tensor:
    """(ROWS, 3, 1, 1) pictures whose pixels name the row, in the taxonomy of `known`."""
    return torch.arange(ROWS, dtype=torch.float32).view(-1, 1, 1, 1).expand(-1, 3, 1, 1)


def test_classes_are_blended_as_pixels_are() -> None:
    pixels, told = blended(one_number_each(), known(), 1.0, torch.Generator().manual_seed(0))
    expected = told.wanted @ torch.arange(ROWS, dtype=torch.float32)
    assert torch.allclose(pixels[:, 0, 0, 0], expected, atol=1e-4)
    assert torch.allclose(told.wanted.sum(dim=1), torch.ones(ROWS))
    assert torch.equal(told.shares, told.wanted)


def test_the_first_picture_of_a_blend_outweighs_the_second() -> None:
    _, told = blended(one_number_each(), known(), 1.0, torch.Generator().manual_seed(0))
    assert bool((told.wanted.diagonal() >= 0.5).all())
    assert float(told.wanted.diagonal().min()) < 0.7


def test_targets_stay_of_length_one() -> None:
    _, told = blended(one_number_each(), known(), 1.0, torch.Generator().manual_seed(0))
    assert torch.allclose(told.targets.norm(dim=1), torch.ones(ROWS))


def test_about_the_asked_share_is_blended_and_the_others_stay_as_they_are() -> None:
    pixels, told = blended(one_number_each(), known(), 0.5, torch.Generator().manual_seed(0))
    blends = told.instances == NO_INSTANCE
    assert int(blends.sum()) == pytest.approx(ROWS / 2, abs=8)
    assert torch.equal(pixels[~blends], one_number_each()[~blends])
    assert torch.equal(told.instances[~blends], known().instances[~blends])


def test_nothing_is_drawn_where_nothing_is_blended() -> None:
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    pixels, told = blended(one_number_each(), known(), 0.0, generator)
    assert torch.equal(pixels, one_number_each())
    assert torch.equal(told.wanted, known().wanted)
    assert torch.equal(generator.get_state(), before)
