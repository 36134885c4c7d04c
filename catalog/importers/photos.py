"""Products out of mere photos: a folder a category, or a table that says what each photo shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from unicodedata import normalize

from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource
from catalog.importers.table_files import open_table

LABELS: Final = "labels.csv"
"""Where a folder's table of labels is looked for."""

_PHOTO_ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})
_OTHER_ENDINGS: Final = frozenset({".heic", ".heif", ".tif", ".tiff", ".avif", ".svg", ".jp2"})
_LABEL_COLUMNS: Final = ColumnPlan(
    columns={
        "image": ("image", "photo", "file", "filename", "image_path"),
        "category": ("category",),
        "label": ("label",),
    },
    needed=("image",),
)
_WITHOUT_WORDS: Final = re.compile(r"(?:img|dsc|dscn|pxl|photo|image)?[\s0-9a-f]*", re.IGNORECASE)
_SHOWN_OF_NAME: Final = 8


@dataclass(frozen=True, slots=True)
class PhotoPrice:
    """The price that photos come in with, since none of them says one."""

    price: str = "0"
    currency: str = "USD"


def open_photos(folder: Path, price: PhotoPrice, labels: Path | None = None) -> TableSource:
    """The photos of a folder as rows, by a table of labels if there is one.

    The table is `labels`, or `labels.csv` in the folder; it has a column `image` (a file's name,
    with or without its ending) and `category`, or where that is empty `label`. Without a table
    the folders that a photo lies in name its category: `women/dresses/0001.jpg`.

    Raises:
        TableError: the folder or the table can't be read, or the table lacks a column.
    """
    if labels is None and (folder / LABELS).is_file():
        labels = folder / LABELS
    if labels is not None:
        return _by_labels(labels, price)
    try:
        count = sum(1 for _ in _photos(folder))
    except OSError as error:
        raise TableError(f"{folder} can't be read: {error.strerror}") from None
    if not count:
        raise TableError(f"{folder} holds no photos, and no {LABELS}")
    return TableSource(folder, count, (), lambda: _by_folders(folder, price))


def photo_root(folder: Path) -> Path:
    """Where the photos lie that a folder's table names: its `images`, or the folder itself."""
    return folder / "images" if (folder / "images").is_dir() else folder


def _by_labels(table: Path, price: PhotoPrice) -> TableSource:
    source = open_table(table, _LABEL_COLUMNS)
    held = set(source.header)
    if not {"category", "label"} & held:
        raise TableError(f"{table} has neither a column category nor label")
    (image, *_) = [name for name in _LABEL_COLUMNS.columns["image"] if name in held]

    def rows() -> Iterator[RawRow]:
        for row in source.rows():
            yield row if row.problem else _labelled(row, image, price)

    return TableSource(table, source.size, source.header, rows)


def _labelled(row: RawRow, image: str, price: PhotoPrice) -> RawRow:
    name = str(row.fields[image])
    label = row.fields.get("label") or row.fields.get("category") or ""
    others = {
        column: value
        for column, value in row.fields.items()
        if value and column not in (image, "category")
    }
    category = row.fields.get("category") or row.fields.get("label")
    fields = _fields(PurePosixPath(name), str(label), category, price)
    return RawRow(row.number, {**fields, "attributes": others}, done=row.done)


def _by_folders(folder: Path, price: PhotoPrice) -> Iterator[RawRow]:
    for number, path in enumerate(_photos(folder), 1):
        if path.suffix.lower() in _OTHER_ENDINGS:
            problem = f"photo {str(path)!r} is of no format that is read"
            yield RawRow(number, {"id": _id(path)}, problem, number)
        else:
            category = " > ".join(path.parent.parts)
            yield RawRow(number, _fields(path, path.parent.name, category, price), done=number)


def _photos(folder: Path) -> Iterator[PurePosixPath]:
    """Photos under a folder, by their path from it, always in the same order."""
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = PurePosixPath(Path(place).relative_to(folder).as_posix())
        for name in sorted(files):
            ending = PurePosixPath(name).suffix.lower()
            if not name.startswith(".") and ending in _PHOTO_ENDINGS | _OTHER_ENDINGS:
                yield inside / name


def _raise(error: OSError) -> None:
    raise error


def _fields(
    photo: PurePosixPath, label: str, category: object, price: PhotoPrice
) -> Mapping[str, object]:
    return {
        "id": _id(photo),
        "title": normalize("NFC", _title(_stem(photo), label)),
        "category": category,
        "price": price.price,
        "currency": price.currency,
        "image_path": str(photo),
    }


def _id(photo: PurePosixPath) -> str:
    """The same on every machine: Macs take letters of names apart."""
    return normalize("NFC", "-".join((*photo.parent.parts, _stem(photo))))


def _stem(photo: PurePosixPath) -> str:
    known = photo.suffix.lower() in _PHOTO_ENDINGS | _OTHER_ENDINGS
    return photo.stem if known else photo.name


def _title(stem: str, label: str) -> str:
    """A file's name in words; where it has none, the label and the name's beginning."""
    words = re.sub(r"[\s_\-]+", " ", stem).strip()
    if _WITHOUT_WORDS.fullmatch(words):
        return f"{label} {stem[:_SHOWN_OF_NAME]}".strip()
    return words[:1].upper() + words[1:]
