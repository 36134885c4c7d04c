"""Photos to cutouts: the garment alone, on white, at one scale, 224 x 224."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from lookalike.vision.crop import CropBoxPx, with_context
from lookalike.vision.cutout import CUTOUT_SIZE, FOREGROUND_FROM, LEAST_FOREGROUND, Cutout, Mask
from lookalike.vision.framing import at_working_size, centred, part_of
from lookalike.vision.garments import garment_boxes, main_parts
from lookalike.vision.rembg_session import Backend, Precision, Running, open_session
from lookalike.vision.studio import completed_on_white
from lookalike.vision.weights import find_weights

_MARGIN_PX: Final = 8
"""White around the garment in its cutout."""

_SOFT_EDGE_PX: Final = 2
"""The trimmed box is widened by this, so that the mask's soft edge stays inside."""


class RembgSegmenter:
    """Cuts garments out of photos with one of rembg's models; safe to call from many threads."""

    def __init__(
        self,
        model: str = "u2netp",
        threads: int | None = None,
        weights: Callable[[str], Path] = find_weights,
        backend: Backend = "auto",
        at_once: int = 1,
        threads_alone: int | None = None,
        precision: Precision = "auto",
    ) -> None:
        """`threads` work on a picture, None: all; `at_once` pictures are expected side by side.

        `threads_alone` work on one that begins while no other is at work, None: as many.

        Raises:
            ValueError: rembg has no such model.
            WeightsError: its weights can't be had.
            ModuleNotFoundError: the backend is not installed.
        """
        self.model = model
        side_by_side = Running(backend, threads, at_once, precision)
        alone = Running(backend, threads_alone or threads, 1, precision)
        self._open_beside = partial(open_session, model, side_by_side, weights)
        # The other one, if it is another one, when it is needed: half a second, and 250 MB.
        one_for_all = threads_alone in (None, threads)
        self._alone = self._open_beside() if one_for_all else open_session(model, alone, weights)
        self._beside_others = self._alone if one_for_all else None
        self._at_work = 0
        self._lock = threading.Lock()

    def mask(self, image: Image.Image) -> Mask:
        """(H, W) uint8 alpha of an RGB picture, of its own size."""
        alpha = self._alpha(at_working_size(image))
        return np.asarray(alpha.resize(image.size, Image.Resampling.BILINEAR))

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        """The garment inside the box of an upright RGB photo: (224, 224, 3) uint8 on white.

        The garment is trimmed and scaled to fill the cutout, so that a studio photo and a street
        photo show it at one size. Where the model finds no garment, the whole box is used.
        """
        return cut_out(self._alpha, image, box)

    def looks(self, image: Image.Image, box: CropBoxPx) -> tuple[Cutout, Cutout]:
        """`cutout` and `framing.framed` of the box at the price of little more than the one."""
        crop = at_working_size(image, box)
        return cut_out(self._alpha, image, box, crop), centred(crop, CUTOUT_SIZE)

    def garments(self, image: Image.Image) -> list[CropBoxPx]:
        """Suggested crop boxes of an upright RGB photo, largest first: 1 to 6 of them."""
        small = at_working_size(image)
        return garment_boxes(np.asarray(self._alpha(small)) >= FOREGROUND_FROM, image.size)

    def _alpha(self, picture: Image.Image) -> Image.Image:
        with self._lock:
            session = self._alone
            if self._at_work:
                session = self._beside_others = self._beside_others or self._open_beside()
            self._at_work += 1
        try:
            with np.errstate(invalid="ignore", divide="ignore"):  # a flat mask is stretched by 0/0
                return session.predict(picture)[0]
        finally:
            with self._lock:
                self._at_work -= 1


def cut_out(
    alpha_of: Callable[[Image.Image], Image.Image],
    image: Image.Image,
    box: CropBoxPx,
    crop: Image.Image | None = None,
) -> Cutout:
    """What `alpha_of` pictures (RGB to mode L, of their size) takes for a garment in a box.

    It is asked about the box with some context, and about the box alone where what is salient
    there lies outside of the box. What a studio photo shows on its white is kept, whatever is
    salient. `crop` is the box at working size, where that is known.
    """
    crop, shown = crop or at_working_size(image, box), with_context(box, image.size)
    alpha = alpha_of(crop if shown == box else at_working_size(image, shown))
    if shown != box:
        alpha = part_of(alpha, shown, box, crop.size)
        if (np.asarray(alpha) >= FOREGROUND_FROM).mean() < LEAST_FOREGROUND:
            alpha = alpha_of(crop)
    return paste_on_white(crop, completed_on_white(crop, alpha))


def paste_on_white(crop: Image.Image, alpha: Image.Image) -> Cutout:
    """What `alpha` (mode L, of the crop's size) keeps of an RGB crop, trimmed, on white.

    Returns (224, 224, 3) uint8; the whole crop where the mask is nearly empty.
    """
    parts = main_parts(np.asarray(alpha) >= FOREGROUND_FROM)
    if parts.mean() < LEAST_FOREGROUND:
        return centred(crop, CUTOUT_SIZE)
    white = Image.new("RGB", crop.size, "white")
    white.paste(crop, mask=alpha)
    columns, rows = np.flatnonzero(parts.any(axis=0)), np.flatnonzero(parts.any(axis=1))
    trimmed = white.crop(
        (
            max(int(columns[0]) - _SOFT_EDGE_PX, 0),
            max(int(rows[0]) - _SOFT_EDGE_PX, 0),
            min(int(columns[-1]) + 1 + _SOFT_EDGE_PX, crop.width),
            min(int(rows[-1]) + 1 + _SOFT_EDGE_PX, crop.height),
        )
    )
    return centred(trimmed, CUTOUT_SIZE - 2 * _MARGIN_PX)
