"""Cutouts that are kept: several models are measured on one pass of the segmenter."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.training.robustness import MaskingSegmenter
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import PREPROCESSING_VERSION, Cutout, Mask


class RememberedCutouts:
    """A segmenter that keeps what it cut out under a folder, by the picture's content and box."""

    def __init__(self, segmenter: MaskingSegmenter, folder: Path) -> None:
        self._segmenter = segmenter
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        """(224, 224, 3) uint8 on white."""
        path = self._path("cutout", image, str(box.corners))
        if not path.exists():
            _save(self._segmenter.cutout(image, box), path)
        return np.asarray(Image.open(path))

    def mask(self, image: Image.Image) -> Mask:
        """(H, W) uint8 alpha of an RGB picture."""
        path = self._path("mask", image, "")
        if not path.exists():
            _save(self._segmenter.mask(image), path)
        return np.asarray(Image.open(path))

    def _path(self, kind: str, image: Image.Image, box: str) -> Path:
        asked = repr((PREPROCESSING_VERSION, kind, image.size, box))
        content = hashlib.sha256(image.tobytes() + asked.encode())
        return self._folder / f"{content.hexdigest()[:32]}.png"


def _save(pixels: Cutout | Mask, path: Path) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    Image.fromarray(pixels).save(unfinished, format="PNG", compress_level=1)
    unfinished.replace(path)
