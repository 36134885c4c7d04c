"""Where a listing's picture comes from: a folder, an address, and the image folder in the end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol
from unicodedata import normalize

from catalog.images import ImageFolder, image_key
from catalog.importers.cells import shown
from catalog.importers.listing import Listing
from lookalike.contract.errors import ImageTooLargeError, LookalikeError
from lookalike.vision.images import DEFAULT_LIMITS, ImageLimits, decode

_ENDINGS: Final = ("", ".jpg", ".jpeg", ".png", ".webp", ".JPG")
"""Tried in turn, since some tables name pictures without their ending."""
_FORMS: Final[tuple[Literal["NFC", "NFD"], ...]] = ("NFC", "NFD")
_ABSOLUTE: Final = re.compile("(?:[A-Za-z]:)?/")


class PictureFetcher(Protocol):
    """Fetches pictures by address; called from several threads."""

    def fetch(self, url: str) -> str:
        """The key under which the picture at `url` is kept.

        Raises:
            LookalikeError: it can't be had.
            OSError: the image folder can't be written.
        """
        ...

    def give_up(self) -> None:
        """Let what is under way end soon: nobody wants it any more."""
        ...


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture's key in the image folder; None with the reason in a sentence, or "" for that
    the listing names no picture. `unfetched`: it has an address that nobody was to fetch."""

    key: str | None = None
    problem: str = ""
    unfetched: bool = False


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Pictures of listings, by path under `root` or by address, kept in `images`.

    `root` None: local paths are not looked up; `fetcher` None: nor are addresses. A listing
    that names no picture may have a file of its id's name under `root` if `by_id`; if it has
    none, that is a problem if `expected`. If `required`, one without a picture is left out.
    """

    images: ImageFolder
    root: Path | None = None
    fetcher: PictureFetcher | None = None
    expected: bool = True
    required: bool = False
    by_id: bool = False
    limits: ImageLimits = DEFAULT_LIMITS

    @property
    def looks(self) -> bool:
        """Whether a listing may take a look into a folder or to a server."""
        return self.root is not None or self.fetcher is not None

    def find(self, listing: Listing) -> FoundPicture:
        """Keep the listing's picture, once it could be decoded; called from several threads.

        Raises:
            OSError: the image folder can't be written.
        """
        if listing.image_path is not None and self.root is not None:
            found = self._local(listing.image_path, self.root)
            if found.key or listing.image_url is None or self.fetcher is None:
                return found
        if listing.image_url is not None:
            return self._remote(listing.image_url)
        if self.by_id and self.root is not None and _file_under(self.root, listing.id):
            return self._local(listing.id, self.root)
        return FoundPicture(problem="no picture is named" if self.expected else "")

    def give_up(self) -> None:
        """Let what is being looked for end soon, by an error: nobody wants it any more."""
        if self.fetcher is not None:
            self.fetcher.give_up()

    def _local(self, path: str, root: Path) -> FoundPicture:
        file = _file_under(root, path)
        if file is None:
            return FoundPicture(problem=f"picture {shown(path)} is not in {root}")
        try:
            picture = _read(file, self.limits)
        except LookalikeError as error:
            return FoundPicture(problem=f"picture {shown(path)}: {error.message}")
        except OSError as error:
            return FoundPicture(problem=f"picture {shown(path)} can't be read: {error.strerror}")
        try:
            return FoundPicture(keep(self.images, picture, self.limits))
        except LookalikeError as error:
            return FoundPicture(problem=f"picture {shown(path)}: {error.message}")

    def _remote(self, url: str) -> FoundPicture:
        if self.fetcher is None:
            return FoundPicture(unfetched=True)
        try:
            return FoundPicture(self.fetcher.fetch(url))
        except LookalikeError as error:
            return FoundPicture(problem=f"picture {shown(url)}: {error.message}")


def keep(images: ImageFolder, picture: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> str:
    """Keep a picture that can be decoded whole; returns its key.

    Raises:
        BadImageError: it can't be decoded, or is of no supported format.
        ImageTooLargeError: it is above a limit.
        OSError: the image folder can't be written.
    """
    key = image_key(picture)
    if key not in images:  # What is there went through this before.
        decode(picture, limits)
        images.put(picture)
    return key


def _read(file: Path, limits: ImageLimits) -> bytes:
    size = file.stat().st_size
    if size > limits.max_bytes:
        raise ImageTooLargeError(
            f"the photo has {size:,} bytes; at most {limits.max_bytes:,} are taken"
        )
    return file.read_bytes()


def _file_under(root: Path, path: str) -> Path | None:
    """The file that a table means by `path`; never one outside `root`.

    Links are not resolved: those inside the folder are the shop's own doing.
    """
    base = os.path.abspath(root)  # noqa: PTH100
    for candidate in _candidates(base, path):
        inside = os.path.normpath(candidate)
        if not _is_under(base, inside):
            continue
        for ending in _ENDINGS:
            file = Path(_held(base, inside + ending))
            if _is_file(file):
                return file
    return None


def _candidates(base: str, path: str) -> Iterator[str]:
    """Where `path` may lie, the likeliest first: under `base`, or from a folder above it.

    One of another machine is looked for by its end, the longest first, down to the first whose
    folder is there. No other is: where `blue/front.png` is missing, `front.png` may be of any
    product.
    """
    yield os.path.join(base, path)  # noqa: PTH118
    plain = path.replace("\\", "/")
    if not _ABSOLUTE.match(plain):
        above = (base, *map(str, Path(base).parents))
        yield from (os.path.join(folder, plain) for folder in above)  # noqa: PTH118
    elif not _is_under(base, os.path.normpath(path)):
        parts = [part for part in plain.split("/")[1:] if part]
        for n in range(len(parts)):
            candidate = os.path.join(base, *parts[n:])  # noqa: PTH118
            yield candidate
            if os.path.isdir(_held(base, os.path.dirname(candidate))):  # noqa: PTH112, PTH120
                return


def _is_under(base: str, path: str) -> bool:
    return normalize("NFC", path).startswith(normalize("NFC", base) + os.sep)


def _held(base: str, path: str) -> str:
    """A path under `base` by the names that are there: Macs take letters of names apart ("é").

    Their archives bring such names to other machines, whose tables don't have them.
    """
    if path.isascii() or os.path.lexists(path):
        return path
    held = base
    for name in Path(path).parts[len(Path(base).parts) :]:
        spelled = (name, *(normalize(form, name) for form in _FORMS))
        paths = [os.path.join(held, spelling) for spelling in spelled]  # noqa: PTH118
        held = next(filter(os.path.lexists, paths), paths[0])
    return held


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
