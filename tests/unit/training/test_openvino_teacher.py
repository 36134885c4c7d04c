"""In OpenVINO the tuned teacher sees what it sees in torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from lookalike.training.openvino_teacher import OpenVinoTeacher, quickest
from lookalike.training.tuned_teacher import TunedTeacher, load_tuned_teacher

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO has no wheel here"
)

SHIPPED = Path(__file__).parents[3] / "models" / "teacher-lite2.safetensors"


@pytest.fixture(scope="module")
def teacher() -> TunedTeacher:
    return load_tuned_teacher(SHIPPED, torch.device("cpu"))


@pytest.mark.parametrize(("rows", "side"), [(1, 64), (5, 96), (3, 128)])
def test_sees_what_torch_sees_at_any_size_and_of_any_number(
    teacher: TunedTeacher, rows: int, side: int
) -> None:
    quick = OpenVinoTeacher(teacher)
    pixels = torch.randn(rows, 3, side, side, generator=torch.Generator().manual_seed(rows))
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        features, logits = teacher(pixels)
    seen, shares = quick.look(pixels)
    assert seen.shape == (rows, 1280)
    assert seen.norm(dim=1).tolist() == pytest.approx([1.0] * rows, abs=1e-4)
    likeness = torch.nn.functional.cosine_similarity(seen, features)
    assert float(likeness.min()) > 0.995  # bfloat16, where the processor has it
    # Noise leaves it undecided; there the shares move most.
    assert float((shares - logits.softmax(dim=1)).abs().max()) < 0.1


def test_is_taken_on_a_cpu_alone(teacher: TunedTeacher) -> None:
    assert isinstance(quickest(teacher, torch.device("cpu")), OpenVinoTeacher)
    assert quickest(teacher, torch.device("cuda")) is teacher
