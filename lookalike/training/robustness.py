"""The same photo once more: another crop, other light, another background. Does it find itself?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from lookalike.figures import FigureWithInterval
from lookalike.training.cutout_cache import stack
from lookalike.training.evaluate import Encoder, OnProgress, Segmenter, look_at, open_crop
from lookalike.training.figures import Hits, robustness_figures
from lookalike.training.picture_tables import Picture
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Mask


class Change(StrEnum):
    """What is different about the second photo."""

    CROP = "crop"
    LIGHT = "light"
    BACKGROUND = "background"
    ALL = "all"


LEAST_SIDE_KEPT: Final = 0.8
"""A new crop keeps 80 to 100 % of each side, anywhere inside the old one."""

GAIN: Final = (0.75, 1.25)
GAMMA: Final = (0.8, 1.25)
CAST: Final = (0.93, 1.07)
"""Light: exposure, gamma, and a cast that multiplies each of red, green and blue."""

_SURFACE_GRAIN: Final = 18.0
"""Deviation of a new background's grain, in grey levels before it is blurred."""


class MaskingSegmenter(Segmenter, Protocol):
    """A segmenter that tells its mask as well."""

    def mask(self, image: Image.Image) -> Mask:
        """(H, W) uint8 alpha of an RGB picture."""


def evaluate_robustness(
    pictures: Sequence[Picture],
    segmenter: MaskingSegmenter,
    encoder: Encoder,
    queries: int,
    seed: int = 0,
    on_progress: OnProgress | None = None,
) -> list[FigureWithInterval]:
    """Recall@1 of changed photos among all unchanged ones, by the serving path, for each change.

    At most `queries` pictures, drawn at random, are changed; all of them are searched. Rows of one
    file and box are one picture.

    Raises:
        ValueError: no picture can be read.
    """
    shown = look_at(pictures, segmenter, encoder, on_progress)
    if not len(shown.rows):
        raise ValueError("none of the pictures can be read")
    rng = np.random.default_rng(seed)
    asked = np.sort(rng.permutation(len(shown.rows))[:queries])
    cutouts: dict[Change, list[Cutout]] = {change: [] for change in Change}
    for done, at in enumerate(asked, start=1):
        crop = open_crop(pictures[shown.rows[at]])
        for change, cutout in _changed_cutouts(crop, segmenter, rng).items():
            cutouts[change].append(cutout)
        if on_progress is not None:
            on_progress(done, len(asked))
    found: dict[str, Hits] = {}
    searched = [pictures[row] for row in shown.rows]
    for change, seen in cutouts.items():
        best = (encoder.encode(stack(seen)).features @ shown.features.T).argmax(axis=1)
        own = [searched[at] == searched[of] for at, of in zip(best, asked, strict=True)]
        found[change] = np.asarray(own, np.float64)
    return robustness_figures(found)


def changed(
    crop: Image.Image, alpha: Mask, change: Change, rng: np.random.Generator
) -> Image.Image:
    """An RGB crop of a garment as another photo of it might look; `alpha` is the garment's mask."""
    if change in (Change.BACKGROUND, Change.ALL):
        ground = Image.fromarray(surface(crop.width, crop.height, rng))
        crop = Image.composite(crop, ground, Image.fromarray(alpha))
    if change in (Change.LIGHT, Change.ALL):
        crop = relit(crop, rng)
    if change in (Change.CROP, Change.ALL):
        crop = recropped(crop, rng)
    return crop


def relit(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Other exposure, gamma and colour of light."""
    share = np.asarray(picture, np.float64) / 255.0
    gain, gamma = rng.uniform(*GAIN), rng.uniform(*GAMMA)
    lit = np.clip(share * gain * rng.uniform(*CAST, size=3), 0.0, 1.0) ** gamma
    return Image.fromarray(np.asarray(np.rint(lit * 255.0), np.uint8))


def recropped(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A part that keeps 80 to 100 % of each side."""
    width, height = (
        max(1, round(side * rng.uniform(LEAST_SIDE_KEPT, 1.0))) for side in picture.size
    )
    left = int(rng.integers(0, picture.width - width + 1))
    top = int(rng.integers(0, picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def surface(width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A wall or a floor: one colour, darker towards one side, with grain; (H, W, 3) uint8."""
    colour = rng.uniform(40.0, 235.0) + rng.uniform(-25.0, 25.0, size=3)
    grain = rng.normal(0.0, _SURFACE_GRAIN, (height, width, 1))
    shade = np.linspace(0.0, rng.uniform(-50.0, 50.0), width)[None, :, None]
    rough = np.asarray(np.clip(colour + grain + shade, 0.0, 255.0), np.uint8)
    return np.asarray(Image.fromarray(rough).filter(ImageFilter.GaussianBlur(1.0)))


def _changed_cutouts(
    crop: Image.Image, segmenter: MaskingSegmenter, rng: np.random.Generator
) -> dict[Change, Cutout]:
    alpha = segmenter.mask(crop)
    cutouts = {}
    for change in Change:
        photo = changed(crop, alpha, change, rng)
        cutouts[change] = segmenter.cutout(photo, CropBoxPx(0, 0, *photo.size))
    return cutouts
