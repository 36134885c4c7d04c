"""In OpenVINO the tuned teacher sees what it sees in torch."""

from __future__ import annotations

import importlib.util
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from catalog.demo import draw_catalogue
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training import openvino_teacher
from lookalike.training.augment import normalised, resized
from lookalike.training.openvino_teacher import OpenVinoTeacher, quickest
from lookalike.training.tuned_teacher import TunedTeacher, load_tuned_teacher

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO has no wheel here"
)

SHIPPED = Path(__file__).parents[3] / "models" / "teacher-lite2.safetensors"


def drawings(rows: int, side: int) -> torch.Tensor:
    """Drawn garments, (rows, 3, side, side), normalised, channels last."""
    drawn = [picture for _, picture in islice(draw_catalogue(7, 1), rows)]
    pixels = np.stack([np.asarray(picture.convert("RGB").resize((224, 224))) for picture in drawn])
    return normalised(resized(pixels, side)).contiguous(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def teacher() -> TunedTeacher:
    return load_tuned_teacher(SHIPPED, torch.device("cpu"))


@pytest.mark.parametrize(("rows", "side"), [(1, 64), (5, 96), (3, 128)])
def test_sees_what_torch_sees_at_any_size_and_of_any_number(
    teacher: TunedTeacher, rows: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_teacher, "multiplies_bf16", lambda: False)
    quick = OpenVinoTeacher(teacher)
    pixels = drawings(rows, side)
    with torch.no_grad():
        features, logits, places = teacher(pixels)
    seen, shares, seen_places = quick.look(pixels)
    assert seen.shape == (rows, 1280)
    assert seen.norm(dim=1).tolist() == pytest.approx([1.0] * rows, abs=1e-4)
    likeness = torch.nn.functional.cosine_similarity(seen, features)
    assert float(likeness.min()) > 0.9999
    assert float((shares - logits.softmax(dim=1)).abs().max()) < 1e-3
    assert seen_places.shape == (rows, 1280, side // 32, side // 32)
    assert float(torch.nn.functional.cosine_similarity(seen_places, places).min()) > 0.9999


def test_says_nearly_the_same_in_the_precision_that_the_processor_has(
    teacher: TunedTeacher,
) -> None:
    pixels = drawings(len(CATEGORIES), 192)
    with torch.no_grad():
        features, logits, _ = teacher(pixels)
    seen, shares, _ = OpenVinoTeacher(teacher).look(pixels)
    likeness = torch.nn.functional.cosine_similarity(seen, features)
    assert float(likeness.min()) > 0.97
    divergence = torch.nn.functional.kl_div(
        shares.clamp_min(1e-9).log(), logits.softmax(dim=1), reduction="batchmean"
    )
    assert float(divergence) < 0.01


def test_is_taken_on_a_cpu_alone(teacher: TunedTeacher) -> None:
    assert isinstance(quickest(teacher, torch.device("cpu")), OpenVinoTeacher)
    assert quickest(teacher, torch.device("cuda")) is teacher
