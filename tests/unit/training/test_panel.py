"""Two teachers beside each other: whose categories are averaged, and how."""

from __future__ import annotations

import pytest
import torch

from lookalike.training import openvino_teacher, panel
from lookalike.training.panel import Panel, quickest_logits
from lookalike.training.tuned_teacher import Sight
from lookalike.vision.garment_net import GarmentNet

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


def test_categories_are_the_geometric_mean_and_features_the_teachers() -> None:
    teacher = Sure([2.0, 0.0, 0.0])
    sizes = []

    def earlier(pixels: torch.Tensor) -> torch.Tensor:
        sizes.append(tuple(pixels.shape))
        return torch.tensor([[7.0, 9.0, 7.0]]).expand(len(pixels), -1)

    alone, both = teacher.look(PIXELS), Panel(teacher, earlier, 32).look(PIXELS)
    assert sizes == [(3, 3, 32, 32)]
    assert torch.allclose(both.shares, torch.tensor([1.0, 1.0, 0.0]).softmax(0).expand(3, -1))
    assert torch.equal(both.features, alone.features)
    assert torch.equal(both.places, alone.places)


def test_a_teacher_that_rules_a_category_out_does_not_spoil_the_mean() -> None:
    found = Panel(Sure([0.0, -200.0]), lambda p: torch.zeros(len(p), 2), 64).look(PIXELS)
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
        _, expected = net(PIXELS)
    found = quickest_logits(net, CPU)(PIXELS)
    assert found.dtype == torch.float32
    off = (found - expected).abs().max() / expected.abs().max()
    assert float(off) < (1e-4 if in_openvino else 0.03)  # torch multiplies in bfloat16
    assert not found.requires_grad
