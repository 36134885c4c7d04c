"""Arrays that live in files, with their room on the disk taken before anything is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def mapped(
    path: Path,
    kind: npt.DTypeLike,
    shape: tuple[int, ...],
    rows: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[Any]:
    """An array of a shape in a file; zeros where it is new or was of another size.

    Room is taken for `rows` (M,) of it, for all if not given: a disk that is full only when a
    mapped page is written ends the process without a word.

    Raises:
        OSError: there is no room for it, or the file can't be written.
    """
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    if not size:
        return np.zeros(shape, kind)
    if not path.exists() or path.stat().st_size != size:
        path.write_bytes(b"")
    row_size = size // shape[0]
    with path.open("r+b") as file:
        try:
            file.truncate(size)
            if rows is None:
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                for row in rows:
                    os.posix_fallocate(file.fileno(), int(row) * row_size, row_size)
        except OSError as error:
            needed = size if rows is None else len(rows) * row_size
            told = f"{error.strerror}, {needed:,} bytes are needed"
            raise OSError(error.errno, told, str(path)) from None
    return np.memmap(path, kind, "r+", shape=shape)
