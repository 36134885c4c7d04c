"""The file that keys are kept in: written whole, readable by its owner alone."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookalike.access.keys import FOR_GOOD, StoredKey


class KeyFileError(Exception):
    """The file can't be used, or what was asked of it is not in it; a sentence for its owner."""


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    keys: Annotated[tuple[StoredKey, ...], Field(description="oldest first")] = ()


class KeyFile:
    """Keys in a JSON file; a reader sees the old content or the new one, never a part."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[StoredKey, ...]:
        """All keys, oldest first; none where there is no file. Raises: KeyFileError."""
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileError(f"{self.path} can't be read: {error}") from None
        try:
            return _Content.model_validate_json(text).keys
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "its form"
            raise KeyFileError(f"{self.path} is no file of keys: see {where}") from None

    def add(self, key: StoredKey) -> None:
        """Keep one more. Raises: KeyFileError."""
        with self._changing() as keys:
            if any(key.id == other.id for other in keys):
                raise KeyFileError(
                    f"{self.path} has a key of the id {key.id} already; make another"
                )
            keys.append(key)

    def revoke(self, which: str, at: datetime = FOR_GOOD) -> StoredKey:
        """Have a key count no longer from `at` on; `which` is its id, or a name that one key has.

        Returns the key as it is kept now. Raises: KeyFileError.
        """
        with self._changing() as keys:
            old = _the_one(keys, which, self.path)
            ended = old.model_copy(update={"revoked": min(at, old.revoked or at)})
            keys[keys.index(old)] = ended
        return ended

    @contextmanager
    def _changing(self) -> Iterator[list[StoredKey]]:
        """The keys, to be changed in place; written when that is done. One writer at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path.with_name(self.path.name + ".lock")):
                keys = list(self.read())
                yield keys
                content = _Content(keys=tuple(keys))
                _replace(self.path, content.model_dump_json(indent=1, exclude_none=True) + "\n")
        except OSError as error:
            raise KeyFileError(f"{self.path} can't be written: {error}") from None


def _the_one(keys: Sequence[StoredKey], which: str, path: Path) -> StoredKey:
    now = datetime.now(UTC)
    named = [key for key in keys if key.id == which]
    named = named or [key for key in keys if key.name == which and key.state(now) == "active"]
    if not named:
        raise KeyFileError(f"{path} has no active key of the id or name {which!r}")
    if len(named) > 1:
        ids = ", ".join(key.id for key in named)
        raise KeyFileError(f"several keys are called {which!r}; say which one by its id: {ids}")
    return named[0]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One writer at a time; the lock goes with the process."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        _give_to_owner_of(path.parent, lock.fileno())
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _give_to_owner_of(path: Path, handle: int) -> None:
    owner = path.stat()
    if os.geteuid() == 0:  # nobody else may give files away
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _replace(path: Path, text: str) -> None:
    """Put a whole file in the other's place, of its owner and for that alone (0600, by `mkstemp`).

    A new one is its folder's owner's: root may make keys for a service that runs as another.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            _give_to_owner_of(path if path.exists() else path.parent, handle)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
