"""A frozen teacher's features of a cutout cache, on disk beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.training.cutout_cache import CutoutCache
from lookalike.training.earlier_lists import EarlierList, copy_rows
from lookalike.training.mapped import mapped
from lookalike.training.splits import Split
from lookalike.training.teacher import LITE2, FeatureTeacher, TeacherKind
from lookalike.vision.colour import colour_histograms
from lookalike.vision.look import COLOUR_DIM

STUDIO_SOURCES: Final = frozenset({"shop", "drawn"})
"""Sources of pictures with nothing else in them: there the whole picture is worth a look as well,
which helps with close-ups. Elsewhere the cutout's features stand for both."""

_BATCH: Final = 32


class TeacherCache:
    """Teacher features of a cutout cache, on disk beside it; resumed where they stopped.

    `plain` and `cutout` are (N, D) float16, `colours` (N, 144) float16; `content` (N,) uint64 is
    `CutoutCache.content` of the cutouts that they are of, 0 where there are none.
    """

    def __init__(self, cache: CutoutCache, kind: TeacherKind = LITE2) -> None:
        """Raises OSError where there is no room for the files."""
        self._cache, folder, self.kind = cache, cache.folder, kind
        many = (len(cache.samples), kind.dim)
        self.cutout = mapped(folder / f"{kind.name}-cutout.f16", np.float16, many)
        self.plain = mapped(folder / f"{kind.name}-plain.f16", np.float16, many)
        self.colours = mapped(folder / "colours.f16", np.float16, (many[0], COLOUR_DIM))
        self.content = mapped(folder / f"{kind.name}-content.u64", np.uint64, many[:1])
        for earlier in cache.earlier:
            self._take_over(earlier)

    def fill(
        self, teacher: FeatureTeacher, on_progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Computes what is missing of the training samples that are ready; others need none."""
        missing = self._missing()
        sees_plain = np.array(
            [self.kind.sees_all_plain or s.source in STUDIO_SOURCES for s in self._cache.samples],
            bool,
        )
        for start in range(0, len(missing), _BATCH):
            rows = missing[start : start + _BATCH]
            cutouts = self._cache.cutout[rows]
            self.colours[rows] = colour_histograms(cutouts)
            seen = teacher.features(cutouts)
            self.cutout[rows] = seen
            if sees_plain[rows].any():
                seen[sees_plain[rows]] = teacher.features(self._cache.plain[rows[sees_plain[rows]]])
            self.plain[rows] = seen
            self.content[rows] = self._cache.content[rows]
            if on_progress is not None:
                on_progress(start + len(rows), len(missing))

    def complete(self) -> bool:
        """Whether no training sample that is ready lacks its features."""
        return not len(self._missing())

    def _take_over(self, earlier: EarlierList) -> None:
        content = earlier.rows(f"{self.kind.name}-content.u64", self.content)
        parts = [
            (earlier.rows(name, own), own)
            for name, own in (
                (f"{self.kind.name}-cutout.f16", self.cutout),
                (f"{self.kind.name}-plain.f16", self.plain),
                ("colours.f16", self.colours),
            )
        ]
        if content is None or any(theirs is None for theirs, _ in parts):
            return
        here, there = earlier.here, earlier.there
        wanted = ~self.filled()[here] & (content[there] != 0)
        wanted &= content[there] == self._cache.content[here]
        for theirs, own in parts:
            assert theirs is not None
            copy_rows(theirs, own, there[wanted], here[wanted])
        self.content[here[wanted]] = content[there[wanted]]

    def _missing(self) -> npt.NDArray[np.int64]:
        ready = self._cache.ready()
        training = np.array([s.split is Split.TRAIN for s in self._cache.samples], bool)
        return ready[training[ready] & ~self.filled()[ready]]

    def filled(self) -> npt.NDArray[np.bool_]:
        """(N,) bool: the samples that have features."""
        kept = np.asarray(self._cache.content)
        return np.asarray((kept != 0) & (np.asarray(self.content) == kept), bool)
