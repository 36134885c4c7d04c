"""The segmentation stage: photo and box in, cutout out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deployments.settings import SegmenterArgs
from deployments.worker_thread import WorkerThread
from lookalike.ports import Cutout
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.images import ImageLimits, decode

if TYPE_CHECKING:
    from lookalike.vision.segment import RembgSegmenter


def open_segmenter(args: SegmenterArgs) -> RembgSegmenter:
    """What cuts out by these settings: all threads on a photo that is alone, else a photo each.

    Threads that share a photo wait for one another at each layer; a photo each, they never do.

    Raises:
        ValueError: rembg has no such model.
        WeightsError: its weights can't be had.
        ModuleNotFoundError: the backend is not installed.
    """
    # Imported here: whoever builds the application needs the deployment alone, not rembg.
    from lookalike.vision.segment import RembgSegmenter

    return RembgSegmenter(
        args.model,
        threads=1,
        backend=args.backend,
        at_once=args.threads,
        threads_alone=args.threads,
        precision=args.precision,
    )


class SegmenterDeployment:
    """Decodes photos and cuts garments out, as many side by side as there are threads."""

    def __init__(self, args: SegmenterArgs) -> None:
        self._limits = ImageLimits()
        self._segmenter = open_segmenter(args)
        self._thread = WorkerThread("segment", args.threads)

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        """Cut out what lies in `box`. Raises: BadImageError, ImageTooLargeError."""
        return await self._thread.run(self._cutout, photo, box, time.perf_counter())

    async def garments(self, photo: bytes) -> list[CropBoxPx]:
        """Boxes around the garments of a photo. Raises: BadImageError, ImageTooLargeError."""
        return await self._thread.run(self._garments, photo)

    def _cutout(self, photo: bytes, box: CropBoxPx, arrived: float) -> Cutout:
        picture = decode(photo, self._limits)
        pixels, framed = self._segmenter.looks(picture, box)
        return Cutout(pixels, framed, (time.perf_counter() - arrived) * 1e3)

    def _garments(self, photo: bytes) -> list[CropBoxPx]:
        return self._segmenter.garments(decode(photo, self._limits))
