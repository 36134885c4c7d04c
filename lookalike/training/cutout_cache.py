"""Pictures at training size, packed on disk: each as it is, and cut out on white."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import platformdirs
from PIL import Image

from lookalike.training.crops import UNUSABLE, opened
from lookalike.training.earlier_lists import (
    EarlierList,
    copy_rows,
    earlier_lists,
    forget_oldest,
    note_list,
)
from lookalike.training.mapped import mapped
from lookalike.training.sample import Sample
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import CUTOUT_SIZE, PREPROCESSING_VERSION, Cutout
from lookalike.vision.framing import framed

Pictures = npt.NDArray[np.uint8]
"""(N, 224, 224, 3) uint8 RGB."""

CutOut = Callable[[Image.Image, CropBoxPx], Cutout]
"""A segmenter's `cutout`: the very one that serves."""


def cache_folder_of(data: Path) -> Path:
    """Where cutouts of a data folder are kept between runs."""
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("lookalike")) / "training" / name


class CutoutCache:
    """Memory-mapped pictures of a list of samples; filled once, resumed where it stopped.

    `plain` and `cutout` are (N, 224, 224, 3) uint8, `content` (N,) uint64 is a digest of the file
    that both were made of, 0 where they are missing. `rows` (M,) int64 are those that are used, in
    a drawn order: what is ready when the work is cut off is a fair sample of all. `problems` says
    of each of them that could not be used why.

    The files are named by a hash of the samples' names and of the preprocessing. Another list of
    samples has files of its own and takes over the pictures that it shares with `earlier` ones;
    another segmenter never reads them; a picture that is another one by now is missing again.
    """

    def __init__(
        self,
        folder: Path,
        samples: Sequence[Sample],
        segmenter: str,
        at_most: int | None = None,
    ) -> None:
        """Opens the files under `folder`, creating them where they are not there yet.

        At most `at_most` samples are used, drawn at random: the same ones each time.

        Raises:
            OSError: there is no room for them.
        """
        self.samples = list(samples)
        keys = [sample.key for sample in self.samples]
        made_by = (PREPROCESSING_VERSION, CUTOUT_SIZE, segmenter)
        text = json.dumps([*made_by, keys])
        self.folder = folder / hashlib.sha256(text.encode()).hexdigest()[:16]
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rows = np.random.default_rng(0).permutation(len(keys))[:at_most]
        self.problems: list[str] = []
        picture = (len(keys), CUTOUT_SIZE, CUTOUT_SIZE, 3)
        room = None if at_most is None else self.rows
        self.plain: Pictures = mapped(self.folder / "plain.u8", np.uint8, picture, room)
        self.cutout: Pictures = mapped(self.folder / "cutout.u8", np.uint8, picture, room)
        self.content: npt.NDArray[np.uint64] = mapped(
            self.folder / "content.u64", np.uint64, (len(keys),)
        )
        note_list(self.folder, made_by, keys)
        self.earlier = list(earlier_lists(self.folder, made_by, keys))
        for earlier in self.earlier:
            self._take_over(earlier)
        self._forget_what_changed()
        forget_oldest(folder)

    def fill(
        self,
        cut_out: CutOut,
        on_progress: Callable[[int, int], None] | None = None,
        workers: int = 1,
    ) -> None:
        """Decodes and cuts out what is missing; what can't be used is left out, and told.

        It is tried again the next time: a disk may have been away, or the file mended. `workers`
        threads share the work.
        """
        missing = [int(row) for row in self.rows if not self.content[row]]
        self.problems.clear()
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
        except UNUSABLE as error:
            self.problems.append(f"{self.samples[index].path}: {error}")

    def put(self, index: int, cut_out: CutOut) -> None:
        """Reads one sample's picture and keeps both of its forms.

        Raises:
            OSError: its file can't be read.
            ValueError: its name is none of a file.
            LookalikeError: its file is no picture, or its box does not fit it.
        """
        sample = self.samples[index]
        content = sample.path.read_bytes()
        asked = sample.box
        picture, box = opened(
            content, None if asked is None else (asked.x, asked.y, asked.width, asked.height)
        )
        self.plain[index] = framed(picture, box)
        self.cutout[index] = cut_out(picture, box)
        self.content[index] = _digest_of(content)

    def ready(self) -> npt.NDArray[np.int64]:
        """Indices of the samples that can be used."""
        return np.sort(self.rows[self.content[self.rows] != 0])

    def complete(self) -> bool:
        """Whether nothing is missing."""
        return len(self.ready()) == len(self.rows)

    def _take_over(self, earlier: EarlierList) -> None:
        content = earlier.rows("content.u64", self.content)
        plain = earlier.rows("plain.u8", self.plain)
        cutout = earlier.rows("cutout.u8", self.cutout)
        if content is None or plain is None or cutout is None:
            return
        asked = np.zeros(len(self.samples), bool)
        asked[self.rows] = True
        wanted = asked[earlier.here] & (self.content[earlier.here] == 0)
        wanted &= content[earlier.there] != 0
        here, there = earlier.here[wanted], earlier.there[wanted]
        copy_rows(plain, self.plain, there, here)
        copy_rows(cutout, self.cutout, there, here)
        self.content[here] = content[there]

    def _forget_what_changed(self) -> None:
        """A file that can't be read for now has not changed."""
        digests: dict[Path, int | None] = {}
        for row in self.ready():
            path = self.samples[row].path
            if path not in digests:
                try:
                    digests[path] = _digest_of(path.read_bytes())
                except (OSError, ValueError):
                    digests[path] = None
            if digests[path] not in (None, int(self.content[row])):
                self.content[row] = 0


def _digest_of(content: bytes) -> int:
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big") or 1


def stack(pictures: Iterable[Cutout]) -> Pictures:
    """Pictures of one size as one array, (N, 224, 224, 3) uint8; N may be 0."""
    kept = list(pictures)
    return np.stack(kept) if kept else np.zeros((0, CUTOUT_SIZE, CUTOUT_SIZE, 3), np.uint8)
