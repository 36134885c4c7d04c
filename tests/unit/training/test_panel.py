"""Teachers beside each other: whose categories are averaged, and how."""

from __future__ import annotations

import pytest
import torch

from lookalike.training import openvino_teacher, panel
from lookalike.training.panel import Logits, Panel, quickest_logits
from lookalike.training.tuned_teacher import Sight
from lookalike.vision.garment_net import GarmentNet, at_size

CPU = torch.device("cpu")
PIXELS = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


class Sure:
    """A teacher that sees the same in every picture."""

    def __init__(self, logits: list[float]) -> None:
        self._logits = torch.tensor([logits])

    def look(self, pixels: torch.Tensor) -> Sight:
        rows = len(pixels)
        features, places = torch.ones(rows, 4), torch.ones(rows, 4, 2, 2)
        return Sight.of(features, self._logits.expand(rows, -1), places)


def always(*logits: float) -> Logits:
    return lambda pixels: torch.tensor([logits]).expand(len(pixels), -1)


def test_categories_are_the_geometric_mean_and_features_the_teachers() -> None:
    teacher = Sure([2.0, 0.0, 0.0])
    alone, both = teacher.look(PIXELS), Panel(teacher, [always(7.0, 9.0, 7.0)]).look(PIXELS)
    assert torch.allclose(both.shares, torch.tensor([1.0, 1.0, 0.0]).softmax(0).expand(3, -1))
    assert torch.equal(both.features, alone.features)
    assert torch.equal(both.places, alone.places)


def test_of_three_each_counts_a_third_and_sharpness_makes_them_surer() -> None:
    others = [always(3.0, 0.0, 0.0), always(0.0, 4.0, 0.0)]
    mild = Panel(Sure([0.0, 2.0, 0.0]), others).look(PIXELS).shares
    assert torch.allclose(mild, torch.tensor([1.0, 2.0, 0.0]).softmax(0).expand(3, -1))
    sharp = Panel(Sure([0.0, 2.0, 0.0]), others, 1.5).look(PIXELS).shares
    assert torch.allclose(sharp, torch.tensor([1.5, 3.0, 0.0]).softmax(0).expand(3, -1))


def test_a_teacher_that_rules_a_category_out_does_not_spoil_the_mean() -> None:
    found = Panel(Sure([0.0, -200.0]), [always(0.0, 0.0)]).look(PIXELS)
    assert bool(found.shares.isfinite().all())
    assert found.shares.sum(dim=1).tolist() == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("in_openvino", [True, False])
def test_an_earlier_student_says_what_its_network_says(
    in_openvino: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel, "in_openvino", lambda device: in_openvino)
    monkeypatch.setattr(openvino_teacher, "multiplies_bf16", lambda: False)
    torch.manual_seed(0)
    net = GarmentNet().eval()
    with torch.no_grad():
        _, expected = net(at_size(PIXELS, 32))
    found = quickest_logits(net, CPU, 32)(PIXELS)
    assert found.dtype == torch.float32
    off = (found - expected).abs().max() / expected.abs().max()
    assert float(off) < (1e-4 if in_openvino else 0.03)  # torch multiplies in bfloat16
    assert not found.requires_grad
