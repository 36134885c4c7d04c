"""A folder for one service at a time: two would write one log, and one store of NATS."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import logging
from pathlib import Path
from typing import IO, Final

from deployments.errors import ServiceError

_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What file systems without flock say, such as some of a network's."""
_log = logging.getLogger(__name__)


class FolderLock:
    """Held by a file in the folder, until it is released or this process has ended.

    Where the file system has no locks, nobody is kept out, and the log says so.
    """

    def __init__(self, path: Path) -> None:
        """`path` of the file; its folder has to be there when the lock is taken."""
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Hold the folder.

        Raises: ServiceError where another one does; OSError where the file can't be written.
        """
        with contextlib.ExitStack() as undone:
            file = undone.enter_context(self._path.open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ServiceError(
                    f"a service runs in {self._path.parent.resolve()} already: stop that one, or "
                    "give this one a folder of its own with --data; LOOKALIKE_STORE_URL and "
                    "LOOKALIKE_IMAGES_DIR have two services search one catalogue"
                ) from None
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
                _log.warning(
                    "the file system of %s has no locks (%s): see to it yourself that no second "
                    "service runs in that folder",
                    self._path.parent.resolve(),
                    error.strerror,
                )
            undone.pop_all()
            self._file = file

    def release(self) -> None:
        """Leave the folder to others, if it was held."""
        if self._file is not None:
            self._file.close()
            self._file = None
