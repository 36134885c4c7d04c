"""Pictures at training size, packed on disk: each as it is, and cut out on white."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import platformdirs
from PIL import Image

from lookalike.contract.errors import LookalikeError
from lookalike.training.sample import Sample
from lookalike.vision import images
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import CUTOUT_SIZE, PREPROCESSING_VERSION, Cutout
from lookalike.vision.framing import framed

logger = logging.getLogger(__name__)

Pictures = npt.NDArray[np.uint8]
"""(N, 224, 224, 3) uint8 RGB."""

CutOut = Callable[[Image.Image, CropBoxPx], Cutout]
"""A segmenter's `cutout`: the very one that serves."""

MISSING: Final = 0
READY: Final = 1
CORRUPT: Final = 2


def default_cache_folder() -> Path:
    """Where cutouts are kept between runs."""
    return Path(platformdirs.user_cache_dir("lookalike")) / "training"


class CutoutCache:
    """Memory-mapped pictures of a list of samples; filled once, resumed where it stopped.

    `plain` and `cutout` are (N, 224, 224, 3) uint8; `state` is (N,) uint8, one of `MISSING`,
    `READY`, `CORRUPT`. The files are named by a hash of the samples and of the preprocessing, so
    that another list of samples or another segmenter never reads them.
    """

    def __init__(self, folder: Path, samples: Sequence[Sample], segmenter: str) -> None:
        """Opens the files under `folder`, creating them where they are not there yet."""
        self.samples = list(samples)
        keys = [sample.key for sample in self.samples]
        text = json.dumps([PREPROCESSING_VERSION, CUTOUT_SIZE, segmenter, keys])
        self.folder = folder / hashlib.sha256(text.encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        picture = (len(keys), CUTOUT_SIZE, CUTOUT_SIZE, 3)
        self.plain = _mapped(self.folder / "plain.u8", picture)
        self.cutout = _mapped(self.folder / "cutout.u8", picture)
        self.state = _mapped(self.folder / "state.u8", (len(keys),))

    def fill(
        self,
        cut_out: CutOut,
        on_progress: Callable[[int, int], None] | None = None,
        workers: int = 1,
        at_most: int | None = None,
    ) -> None:
        """Decodes and cuts out what is missing; a corrupt file is logged and left out.

        `workers` threads share the work; with `at_most` it ends when so many pictures are done,
        earlier ones counted. The order is drawn, so that what is ready when the work
        is cut off is a fair sample of all.
        """
        order = np.random.default_rng(0).permutation(len(self.samples))
        missing = [int(index) for index in order if self.state[index] == MISSING]
        if at_most is not None:
            missing = missing[: max(0, at_most - (len(self.samples) - len(missing)))]
        with ThreadPoolExecutor(workers) as pool:
            try:
                filled = pool.map(lambda index: self._try_to_put(index, cut_out), missing)
                for done, _ in enumerate(filled, start=1):
                    if on_progress is not None:
                        on_progress(done, len(missing))
            finally:
                pool.shutdown(cancel_futures=True)

    def _try_to_put(self, index: int, cut_out: CutOut) -> None:
        try:
            self.put(index, cut_out)
        except (OSError, LookalikeError) as error:
            logger.warning("left out %s: %s", self.samples[index].path, error)
            self.state[index] = CORRUPT

    def put(self, index: int, cut_out: CutOut) -> None:
        """Reads one sample's picture and keeps both of its forms.

        Raises:
            OSError: its file can't be read.
            LookalikeError: its file is no picture.
        """
        sample = self.samples[index]
        picture = images.decode(sample.path.read_bytes())
        box = inside(sample.box, picture.size)
        self.plain[index] = framed(picture, box)
        self.cutout[index] = cut_out(picture, box)
        self.state[index] = READY

    def ready(self) -> npt.NDArray[np.int64]:
        """Indices of the samples that can be used."""
        return np.flatnonzero(self.state == READY).astype(np.int64)

    def complete(self) -> bool:
        """Whether nothing is missing."""
        return bool((self.state != MISSING).all())

    def corrupt(self) -> list[Path]:
        """Files that could not be read."""
        return [self.samples[index].path for index in np.flatnonzero(self.state == CORRUPT)]


def inside(box: CropBoxPx | None, size: tuple[int, int]) -> CropBoxPx:
    """The box clipped to a picture of `size` (width, height); the whole picture for None."""
    if box is None:
        return CropBoxPx(0, 0, *size)
    left, top = max(box.x, 0), max(box.y, 0)
    right, bottom = min(box.x + box.width, size[0]), min(box.y + box.height, size[1])
    return CropBoxPx(left, top, max(right - left, 1), max(bottom - top, 1))


def stack(pictures: Iterable[Cutout]) -> Pictures:
    """Pictures of one size as one array, (N, 224, 224, 3) uint8; N may be 0."""
    kept = list(pictures)
    return np.stack(kept) if kept else np.zeros((0, CUTOUT_SIZE, CUTOUT_SIZE, 3), np.uint8)


def _mapped(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    size = int(np.prod(shape))
    if not path.exists() or path.stat().st_size != size:
        with path.open("wb") as file:
            file.truncate(size)
    return np.memmap(path, np.uint8, "r+", shape=shape) if size else np.zeros(shape, np.uint8)
