"""What earlier lists of samples had made already: the next list takes it over, row by row.

One photo more in a shop's folder is another list; cutting out the ten thousand others anew would
take twenty minutes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

LISTS_KEPT: Final = 3
"""Lists of one folder that keep their files: each takes as much room as its pictures."""

_LIST: Final = "samples.json"
_ROWS_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class EarlierList:
    """An earlier list's `folder` and the samples that both lists have, by their rows in each.

    `here` and `there` are (M,) int64, `count` is how many rows the earlier list has.
    """

    folder: Path
    count: int
    here: npt.NDArray[np.int64]
    there: npt.NDArray[np.int64]

    def rows(self, name: str, like: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
        """The earlier list's array of a file, read only; None where that is not there, or torn."""
        path, shape = self.folder / name, (self.count, *like.shape[1:])
        size = int(np.prod(shape)) * like.dtype.itemsize
        if not size or not path.is_file() or path.stat().st_size != size:
            return None
        return np.memmap(path, like.dtype, "r", shape=shape)


def note_list(folder: Path, made_by: Sequence[object], keys: Sequence[str]) -> None:
    """Writes into a list's own folder what it is of, or that it is asked for once more.

    Raises:
        OSError: it can't be written.
    """
    path = folder / _LIST
    if path.exists():
        path.touch()
        return
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"made_by": list(made_by), "keys": list(keys)}), "utf-8")
    unfinished.replace(path)


def earlier_lists(
    folder: Path, made_by: Sequence[object], keys: Sequence[str]
) -> Iterator[EarlierList]:
    """Lists beside `folder` that were made the same way and share samples, the latest first."""
    for path in _noted(folder.parent):
        if path.parent == folder:
            continue
        try:
            noted = json.loads(path.read_text("utf-8"))
            other = list(noted["keys"]) if noted["made_by"] == list(made_by) else []
        except (OSError, ValueError, TypeError, KeyError):
            continue  # none of ours, or removed meanwhile: cut out anew
        rows = {key: row for row, key in enumerate(other)}  # one picture's, where there are two
        pairs = [(row, rows[key]) for row, key in enumerate(keys) if key in rows]
        if pairs:
            here, there = np.array(pairs, np.int64).T
            yield EarlierList(path.parent, len(other), here, there)


def copy_rows(
    source: npt.NDArray[Any],
    target: npt.NDArray[Any],
    there: npt.NDArray[np.int64],
    here: npt.NDArray[np.int64],
) -> None:
    """`target[here] = source[there]`, some rows at once: all together may be gigabytes."""
    for at in range(0, len(here), _ROWS_AT_ONCE):
        target[here[at : at + _ROWS_AT_ONCE]] = source[there[at : at + _ROWS_AT_ONCE]]


def forget_oldest(parent: Path) -> None:
    """Removes the files of the lists that were not asked for the longest.

    What can't be removed is left: it takes room, nothing else.
    """
    for path in _noted(parent)[LISTS_KEPT:]:
        shutil.rmtree(path.parent, ignore_errors=True)


def _noted(parent: Path) -> list[Path]:
    """The notes of all lists in a folder, the one last asked for first."""
    ages: list[tuple[float, Path]] = []
    for path in parent.glob(f"*/{_LIST}"):
        try:
            ages.append((path.stat().st_mtime, path))
        except OSError:
            continue  # removed meanwhile
    return [path for _, path in sorted(ages, reverse=True)]
