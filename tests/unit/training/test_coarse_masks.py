"""Training's smaller masks keep what the serving segmenter keeps."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from lookalike.training.coarse_masks import CoarseSegmenter
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout
from lookalike.vision.segment import RembgSegmenter


def shirt_on_a_floor() -> Image.Image:
    photo = Image.new("RGB", (240, 320), (196, 178, 150))
    draw = ImageDraw.Draw(photo)
    draw.polygon([(70, 90), (170, 90), (215, 130), (190, 160), (165, 140), (165, 250), (75, 250)],
                 fill=(150, 20, 30))  # fmt: skip
    draw.polygon([(70, 90), (25, 130), (50, 160), (75, 140), (75, 250)], fill=(150, 20, 30))
    return photo


def garment(cutout: Cutout) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((cutout < 200).any(axis=2))


def test_a_smaller_mask_keeps_the_same_garment() -> None:
    photo, box = shirt_on_a_floor(), CropBoxPx(0, 0, 240, 320)
    native = garment(RembgSegmenter("u2netp", threads=1).cutout(photo, box))
    coarse = garment(CoarseSegmenter(160).cutout(photo, box))
    assert native.mean() > 0.2
    assert (native & coarse).sum() / (native | coarse).sum() > 0.9
