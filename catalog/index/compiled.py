"""How this package's loops are compiled: by numba, at their first call, for the processor at hand.

The machine code is kept beside the source or, where that can't be written, in the user's cache.
What numba keeps of a loop it takes for good as long as the loop's own file is the same; but loops
compile in functions and constants of other files. So each state of the package has a folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
import platformdirs

from lookalike.search import FEATURE_DIM

_Loop = TypeVar("_Loop", bound=Callable[..., Any])
_OPTIONS: Final = {
    "nogil": True,
    # Sums may be taken in any order, so that they can be taken many at a time; infinities keep
    # their meaning.
    "fastmath": {"reassoc", "contract", "nsz"},
}
_OTHERS_KEPT: Final = 3
"""Folders of other states: of the release before, for the way back, and of other checkouts."""


def machine_code_folder(parents: Iterator[Path], sources: Path) -> Path | None:
    """A folder for the machine code of these sources, in the first of `parents` that will do.

    A new one takes the place of the oldest others. None: none of them can be written to.
    """
    state = hashlib.sha256(str(FEATURE_DIM).encode())
    for source in sorted(sources.glob("*.py")):
        state.update(source.name.encode() + b"\0" + source.read_bytes())
    for parent in parents:
        folder = parent / f"loops-{state.hexdigest()[:16]}"
        try:
            is_new = not folder.exists()
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        if is_new:
            _remove_oldest(parent, folder)
        return folder
    return None


def _remove_oldest(parent: Path, new: Path) -> None:
    def age(folder: Path) -> float:
        try:
            return -folder.stat().st_mtime
        except FileNotFoundError:  # another process is at it
            return 0.0

    others = (folder for folder in parent.glob("loops-*") if folder != new)
    for folder in sorted(others, key=age)[_OTHERS_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)  # who still wants it compiles anew


def _parents() -> Iterator[Path]:
    if numba.config.CACHE_DIR:
        yield Path(numba.config.CACHE_DIR)
    yield Path(__file__).parent / "__pycache__"
    yield platformdirs.user_cache_path("lookalike")


_FOLDER: Final = machine_code_folder(_parents(), Path(__file__).parent)


def compiled(loop: _Loop) -> _Loop:
    """`loop`, to be compiled for the types that it is first called with."""
    if _FOLDER is None:  # compiled in each process
        return cast(_Loop, numba.njit(**_OPTIONS)(loop))
    configured = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(_FOLDER)  # read by the decorator
    try:
        return cast(_Loop, numba.njit(cache=True, **_OPTIONS)(loop))
    finally:
        numba.config.CACHE_DIR = configured


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Around a first call of all loops: what one process compiles the others find compiled.

    Shards start at the same time, and the first start after an installation compiles: 17 s of
    processor time.
    """
    try:
        folder = platformdirs.user_cache_path("lookalike", ensure_exists=True)
        lock = (folder / "compile.lock").open("w")
    except OSError:  # nowhere to write: then nothing is kept either
        yield
        return
    with lock:
        with suppress(OSError):  # a file system without locks: then each may compile
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
