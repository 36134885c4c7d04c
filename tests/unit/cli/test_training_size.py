"""The size at which a model is served, where nobody names one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.training_size import served_px
from lookalike.training.schedule import parse_plan
from lookalike.training.train_settings import TrainSettings

SHIPPED = Path(__file__).parents[3] / "models" / "lookalike-resnet34.json"
SETTINGS = TrainSettings(plan=parse_plan("112x2,160x1"))


def started_from(weights: Path) -> TrainSettings:
    return TrainSettings(plan=SETTINGS.plan, start=weights)


def test_a_network_is_served_at_the_size_that_it_has_seen_last() -> None:
    assert served_px(SETTINGS, "distilled", heads_only=False) == 160
    assert served_px(SETTINGS, "distilled", heads_only=False, asked=96) == 96


def test_torchvisions_network_is_served_at_the_size_that_its_classifier_has_seen() -> None:
    assert served_px(SETTINGS, "imagenet", heads_only=False) == 224


def test_a_network_that_is_kept_keeps_its_size(tmp_path: Path) -> None:
    shutil.copy(SHIPPED, tmp_path / "kept.json")
    kept = started_from(tmp_path / "kept.safetensors")
    assert served_px(kept, "distilled", heads_only=True) == 224
    alone = started_from(tmp_path / "alone.safetensors")
    with pytest.raises(ValueError, match=r"--heads-only needs --input-px: no alone\.json"):
        served_px(alone, "distilled", heads_only=True)
    assert served_px(alone, "distilled", heads_only=True, asked=192) == 192
    (tmp_path / "alone.json").write_text("{}")
    with pytest.raises(ValueError, match="ModelManifest"):
        served_px(alone, "distilled", heads_only=True)
