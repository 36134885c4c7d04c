"""Manifests: strict about what they say, monotone in what similarities mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.vision.manifest import MatchCurve, ModelManifest, load_manifest

SIMILARITIES = st.floats(-1.0, 1.0)


def manifest_json(**changes: Any) -> str:
    content: dict[str, Any] = {
        "name": "test",
        "version": "1",
        "filename": "test.safetensors",
        "sha256": "0" * 64,
        "classes": [str(category) for category in CATEGORIES],
        "feature_dim": 512,
        "preprocessing": "1",
        "segmenter": "u2netp",
        "temperature": 1.5,
        "match": {
            "default": {"slope": 10, "midpoint": 0.7},
            "by_category": {"hat": {"slope": 20, "midpoint": 0.9}},
        },
        "verdict": {"same": 0.8, "similar": 0.4},
        "provisional": True,
    }
    return json.dumps(content | changes)


def test_a_manifest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    path.write_text(manifest_json(metrics={"top1": 0.8}))
    manifest = load_manifest(path)
    assert (manifest.name, manifest.metrics) == ("test", {"top1": 0.8})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"classes": sorted(map(str, CATEGORIES))}, "taxonomy"),
        ({"classes": [str(c) for c in CATEGORIES][:-1]}, "taxonomy"),
        ({"feature_dim": 1280}, "512"),
        ({"sha256": "abc"}, "sha256"),
        ({"filename": "../elsewhere.safetensors"}, "filename"),
        ({"temperature": 0}, "temperature"),
        ({"verdict": {"same": 0.3, "similar": 0.6}}, "same"),
        ({"match": {"default": {"slope": -1, "midpoint": 0.5}}}, "slope"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ModelManifest.model_validate_json(manifest_json(**changes))


def test_a_category_uses_its_own_curve_and_others_the_default() -> None:
    manifest = ModelManifest.model_validate_json(manifest_json())
    assert manifest.match_probability(0.9, Category.HAT) == pytest.approx(0.5)
    assert manifest.match_probability(0.7, Category.DRESS) == pytest.approx(0.5)


@given(SIMILARITIES, SIMILARITIES, st.floats(1e-3, 1e6), SIMILARITIES)
def test_more_similar_is_never_less_likely_a_match(
    one: float, other: float, slope: float, midpoint: float
) -> None:
    curve = MatchCurve(slope=slope, midpoint=midpoint)
    low, high = (curve.probability(s) for s in sorted((one, other)))
    assert 0.0 <= low <= high <= 1.0
