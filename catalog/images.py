"""The folder of product pictures, addressed by their content."""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from lookalike.contract.errors import NotFoundError, UnsupportedFormatError

_MEDIA_TYPES: Final = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
}
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
        """
        key = image_key(picture)
        path = self.path(key)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_atomically(path, picture)
        return key

    def __contains__(self, key: str) -> bool:
        return is_image_key(key) and self.path(key).is_file()

    def get(self, key: str) -> bytes | None:
        """The picture's bytes; None for an unknown key and for anything that is no key."""
        if not is_image_key(key):
            return None
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None

    def path(self, key: str) -> Path:
        """Where the picture lies, or would lie.

        Raises:
            NotFoundError: `key` is not of a key's form.
        """
        return self._root / self.relative_path(key)

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
