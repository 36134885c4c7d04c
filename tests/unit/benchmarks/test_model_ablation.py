"""Models are compared picture by picture with the first one that was named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.model_ablation import LABELLED, Categories, encoder_of
from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Cutouts
from lookalike.vision.encode import EncodedBatch
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.unit.training.pictures import whole_box


class WholeBox:
    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        return whole_box(image, box)


class Sure:
    """Calls everything a shirt, with one confidence."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        rest = (1 - self._confidence) / 12
        shares = np.full((len(cutouts), 13), rest, np.float32)
        shares[:, CATEGORY_INDEX[Category.SHIRT]] = self._confidence
        return EncodedBatch(np.zeros((len(cutouts), 512), np.float32), shares)


def test_what_is_gained_on_the_first_is_above_zero_for_the_better(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20), "red").save(tmp_path / "a.png")
    for source, boxes in LABELLED:
        box = (",x,y,w,h", ",0,0,20,20") if boxes else ("", "")
        rows = "".join(f"a.png,shirt{box[1]}\n" for _ in range(3))
        (tmp_path / f"{source}.csv").write_text(f"image,category{box[0]}\n{rows}")
    categories = Categories(tmp_path, WholeBox())
    found = {}
    for confidence in (0.5, 0.8, 0.4):
        for source, figures in categories.measured(Sure(confidence)):
            found[confidence, source] = {f.case: f for f in figures}
    assert "nll_gain" not in found[0.5, "shop"]
    for source, _ in LABELLED:
        better, worse = (found[c, source]["nll_gain"] for c in (0.8, 0.4))
        assert better.value == pytest.approx(np.log(0.8 / 0.5), rel=1e-5)
        assert worse.value == pytest.approx(np.log(0.4 / 0.5), rel=1e-5)
        assert not better.less_is_better
        assert (better.n, better.unit) == (3, "nats")


def test_other_weights_than_the_manifest_s_are_not_measured(tmp_path: Path) -> None:
    shipped = find_model(DEFAULT_MODEL)
    manifest = tmp_path / "mine.json"
    manifest.write_text(shipped.manifest.model_dump_json())
    with pytest.raises(SystemExit, match=r"mine\.json.*is not there"):
        encoder_of(manifest)
    (tmp_path / shipped.manifest.filename).write_bytes(b"of another training")
    with pytest.raises(SystemExit, match=r"mine\.json.*other weights"):
        encoder_of(manifest)
