"""The same photo once more: another crop, other light, another background. Does it find itself?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from lookalike.figures import FigureWithInterval
from lookalike.training.crops import opened
from lookalike.training.cutout_cache import stack
from lookalike.training.evaluate import Encoder, OnProgress, Segmenter, look_at
from lookalike.training.figures import Hits, robustness_figures
from lookalike.training.picture_tables import Picture
from lookalike.vision.crop import CropBoxPx, with_context
from lookalike.vision.cutout import FOREGROUND_FROM, LEAST_FOREGROUND, Cutout, Mask
from lookalike.vision.profiles import in_srgb


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
    left_out: list[str] | None = None,
) -> list[FigureWithInterval]:
    """Recall@1 of changed photos among all unchanged ones, by the serving path, for each change.

    At most `queries` pictures, drawn at random, are changed; all of them are searched. Rows of one
    file and box are one picture. `left_out` as in `look_at`.

    Raises:
        ValueError: no picture can be read.
    """
    shown = look_at(pictures, segmenter, encoder, on_progress, left_out=left_out)
    if not len(shown.rows):
        raise ValueError("none of the pictures can be read")
    rng = np.random.default_rng(seed)
    asked = np.sort(rng.permutation(len(shown.rows))[:queries])
    cutouts: dict[Change, list[Cutout]] = {change: [] for change in Change}
    for done, at in enumerate(asked, start=1):
        photo, box = open_with_context(pictures[shown.rows[at]])
        for change, cutout in _changed_cutouts(photo, box, segmenter, rng).items():
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


def open_with_context(picture: Picture) -> tuple[Image.Image, CropBoxPx]:
    """What the segmenter sees of a picture, upright, RGB, in sRGB, and the asked part's box in it.

    Raises:
        OSError: its file can't be read.
        LookalikeError: it is no picture, or the box does not fit it.
    """
    photo, box = opened(picture.path.read_bytes(), picture.box)
    shown = with_context(box, photo.size)
    within = CropBoxPx(box.x - shown.x, box.y - shown.y, box.width, box.height)
    return in_srgb(photo.crop(shown.corners)), within


def changed(
    photo: Image.Image, box: CropBoxPx, alpha: Mask, change: Change, rng: np.random.Generator
) -> tuple[Image.Image, CropBoxPx]:
    """An RGB photo of a garment as another one of it might look, and the garment's box there.

    `alpha` is the mask of what is no background. Another box lies in the same photo; of a photo
    without a box it is the photo that shows less.
    """
    if change in (Change.BACKGROUND, Change.ALL):
        ground = Image.fromarray(surface(photo.width, photo.height, rng))
        photo = Image.composite(photo, ground, Image.fromarray(alpha))
    if change in (Change.LIGHT, Change.ALL):
        photo = relit(photo, rng)
    if change in (Change.CROP, Change.ALL):
        without_box, box = _is_all_of(box, photo), recropped(box, rng)
        if without_box:
            photo, box = photo.crop(box.corners), CropBoxPx(0, 0, box.width, box.height)
    return photo, box


def relit(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Other exposure, gamma and colour of light."""
    share = np.asarray(picture, np.float64) / 255.0
    gain, gamma = rng.uniform(*GAIN), rng.uniform(*GAMMA)
    lit = np.clip(share * gain * rng.uniform(*CAST, size=3), 0.0, 1.0) ** gamma
    return Image.fromarray(np.asarray(np.rint(lit * 255.0), np.uint8))


def recropped(box: CropBoxPx, rng: np.random.Generator) -> CropBoxPx:
    """A box inside of it that keeps 80 to 100 % of each side."""
    width, height = (
        max(1, round(side * rng.uniform(LEAST_SIDE_KEPT, 1.0))) for side in (box.width, box.height)
    )
    left = int(rng.integers(0, box.width - width + 1))
    top = int(rng.integers(0, box.height - height + 1))
    return CropBoxPx(box.x + left, box.y + top, width, height)


def surface(width: int, height: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A wall or a floor: one colour, darker towards one side, with grain; (H, W, 3) uint8."""
    colour = rng.uniform(40.0, 235.0) + rng.uniform(-25.0, 25.0, size=3)
    grain = rng.normal(0.0, _SURFACE_GRAIN, (height, width, 1))
    shade = np.linspace(0.0, rng.uniform(-50.0, 50.0), width)[None, :, None]
    rough = np.asarray(np.clip(colour + grain + shade, 0.0, 255.0), np.uint8)
    return np.asarray(Image.fromarray(rough).filter(ImageFilter.GaussianBlur(1.0)))


def _changed_cutouts(
    photo: Image.Image, box: CropBoxPx, segmenter: MaskingSegmenter, rng: np.random.Generator
) -> dict[Change, Cutout]:
    alpha = _mask(photo, box, segmenter)
    return {change: segmenter.cutout(*changed(photo, box, alpha, change, rng)) for change in Change}


def _mask(photo: Image.Image, box: CropBoxPx, segmenter: MaskingSegmenter) -> Mask:
    """What is no background: where nothing in the box stands out from its surroundings, what does
    in the box alone, as when it is cut out."""
    alpha = segmenter.mask(photo)
    left, top, right, bottom = box.corners
    inside = alpha[top:bottom, left:right] >= FOREGROUND_FROM
    if not _is_all_of(box, photo) and inside.mean() < LEAST_FOREGROUND:
        alpha = np.array(alpha)
        alpha[top:bottom, left:right] = segmenter.mask(photo.crop(box.corners))
    return alpha


def _is_all_of(box: CropBoxPx, photo: Image.Image) -> bool:
    return box.corners == (0, 0, *photo.size)
