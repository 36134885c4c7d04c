"""The keys that count right now: those of the file, followed as it changes."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lookalike.access.key_file import KeyFile, KeyFileError
from lookalike.access.keys import StoredKey, id_in

LOOK_EVERY_S: Final = 0.5
"""How old what is known of the file may be when a request comes."""
_log = logging.getLogger(__name__)


class KeyRing:
    """Looks keys up; a key that was added, revoked or ran out counts so within half a second.

    A file that is gone means no keys. One that can't be read, or is none, is told in the log once,
    and the keys that were known stay: a slip of an editor must not lock everybody out.
    """

    def __init__(self, path: Path, look_every_s: float = LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._file = KeyFile(path)
        self._keys: Mapping[str, StoredKey] = {}
        self._seen: tuple[int, int, int] | None = None
        self._looked_at = -math.inf
        self._looking = asyncio.Lock()
        self._last_problem = ""

    async def find(self, sent: str) -> StoredKey | None:
        """The key that somebody sent, if it counts."""
        if time.monotonic() - self._looked_at >= self._look_every_s:
            async with self._looking:  # whoever waited for it need not look again
                if time.monotonic() - self._looked_at >= self._look_every_s:
                    await asyncio.to_thread(self._look)
        key = self._keys.get(id_in(sent))
        if key is None or not key.is_that_of(sent) or key.state(datetime.now(UTC)) != "active":
            return None
        return key

    def _look(self) -> None:
        try:
            seen = _identity(self._file.path)
            if seen != self._seen:
                self._keys = {key.id: key for key in self._file.read()}
                self._seen = seen
            self._last_problem = ""
        except (KeyFileError, OSError) as error:
            told = str(error)
            level = logging.DEBUG if told == self._last_problem else logging.WARNING
            self._last_problem = told
            _log.log(level, "the keys that are known stay: %s", told)
        self._looked_at = time.monotonic()


def _identity(path: Path) -> tuple[int, int, int]:
    """What differs between two states of a file: it is replaced, or written in place."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
