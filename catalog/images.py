"""The folder of product pictures, addressed by their content."""

from __future__ import annotations

import math
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from lookalike.contract.errors import NotFoundError, UnsupportedFormatError

_MEDIA_TYPES: Final = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
}
_ASIDE: Final = ".old-"
_RENEWED_AFTER_S: Final = 600.0
"""A picture that was put so lately is not renewed: an import asks for each one that it names."""
_KEY: Final = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(_MEDIA_TYPES)})", re.ASCII)


class ImageFolder:
    """Pictures by key: the SHA-256 of their bytes and an extension for their format.

    A picture never changes under its key, so it may be cached for ever. It lies at
    `ab/cd/abcd….jpg`: two levels keep any folder small with millions of pictures.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, picture: bytes) -> str:
        """Keep a picture and return its key; on disk when this returns, whole or not at all.

        Raises:
            UnsupportedFormatError: the bytes are no JPEG, PNG, WebP, GIF or BMP.
            OSError: it can't be written; its file name is the folder's.
        """
        key = image_key(picture)
        if key not in self:
            path = self.path(key)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_atomically(path, picture)
            except OSError as error:
                reason = f"no picture can be kept: {error.strerror}"
                raise OSError(error.errno, reason, str(self._root)) from error
        return key

    def __contains__(self, key: str) -> bool:
        """Whether the picture is there; one that is counts as put just now, as by `put`.

        Whoever asks is about to name it: `unused_since` does not yield it for a while.
        """
        return is_image_key(key) and _renewed(self.path(key))

    def get(self, key: str) -> bytes | None:
        """The picture's bytes; None for an unknown key and for anything that is no key."""
        picture = self.opened(key)
        if picture is None:
            return None
        with picture:
            return picture.read()

    def opened(self, key: str) -> BinaryIO | None:
        """The picture's file, the caller's to close; None where `get` knows none.

        It can be read to its end even when the picture is removed meanwhile.
        """
        if not is_image_key(key):
            return None
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            return None

    def path(self, key: str) -> Path:
        """Where the picture lies, or would lie.

        Raises:
            NotFoundError: `key` is not of a key's form.
        """
        return self._root / self.relative_path(key)

    def unused_since(self, moment_s: float, begin: str = "") -> Iterator[str]:
        """Keys of the pictures that were last put, or asked for by `in`, before `moment_s`.

        In seconds since the epoch, by the clock of the folder's disk. Of all that `begin` with one
        hex digit.
        """
        first = f"{begin or '[0-9a-f]'}[0-9a-f]"
        for path in self._root.glob(f"{first}/[0-9a-f][0-9a-f]/[0-9a-f]*"):
            key = path.name
            if is_image_key(key) and path == self.path(key) and _put_at(path) < moment_s:
                yield key

    def remove_unused(self, key: str, moment_s: float) -> bool:
        """Delete a picture, unless it was put or asked for since `moment_s`, up to this moment.

        It is moved aside first: whoever puts it meanwhile has either renewed it, and it goes back,
        or finds none and writes it.
        """
        path = self.path(key)
        aside = path.with_name(f"{_ASIDE}{key}")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        if _put_at(aside) >= moment_s:
            aside.replace(path)
            return False
        aside.unlink()
        return True

    @staticmethod
    def relative_path(key: str) -> PurePosixPath:
        """Where the picture lies from the folder's root: `ab/cd/abcd….jpg`.

        Raises:
            NotFoundError: `key` is not of a key's form.
        """
        if not is_image_key(key):
            raise NotFoundError("There is no such picture.")
        return PurePosixPath(key[:2], key[2:4], key)


def image_key(picture: bytes) -> str:
    """The key of an encoded picture.

    Raises:
        UnsupportedFormatError: the bytes are no JPEG, PNG, WebP, GIF or BMP.
    """
    return f"{sha256(picture).hexdigest()}.{_extension(picture)}"


def is_image_key(key: str) -> bool:
    """Whether `key` has a key's form: 64 lower-case hex digits, a dot, a known extension."""
    return _KEY.fullmatch(key) is not None


def media_type(key: str) -> str:
    """The Content-Type of the picture with this key.

    Raises:
        NotFoundError: `key` is not of a key's form.
    """
    if not is_image_key(key):
        raise NotFoundError("There is no such picture.")
    return _MEDIA_TYPES[key.rpartition(".")[2]]


def _extension(picture: bytes) -> str:
    if picture.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if picture.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if picture.startswith(b"RIFF") and picture[8:12] == b"WEBP":
        return "webp"
    if picture.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if picture.startswith(b"BM"):
        return "bmp"
    raise UnsupportedFormatError("The picture is no JPEG, PNG, WebP, GIF or BMP.")


def _put_at(path: Path) -> float:
    """When a picture was last put, or asked for; infinity where it is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _renewed(path: Path) -> bool:
    try:
        if not stat.S_ISREG((found := path.stat()).st_mode):
            return False
        if found.st_mtime < time.time() - _RENEWED_AFTER_S:
            os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:  # another user's file, or a disk that is read alone
        return path.is_file()
    return True


def _write_atomically(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(0o644)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
