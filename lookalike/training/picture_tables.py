"""Tables of pictures as others write them: labelled ones, and a shop's articles."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import CATEGORY_INDEX, category_of
from lookalike.training.crops import Box
from lookalike.training.table_rows import read_table

_NAMES: Final = ("image", "photo")
_BOX: Final = ("x", "y", "w", "h")
_ARTICLE: Final = ("article_id", "image_path")
_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")
"""Which tables may leave out of a picture's name, in whatever letters."""

_LISTED: Final = 10
"""Names of views that a message lists."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to look at: its file and the asked box (x, y, w, h) in pixels, None for all."""

    path: Path
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """Pictures with their class indices (N,) int64.

    `unknown` counts the labels that are none of the 13 categories, `problems` says of each other
    row that is left out which it is and why.
    """

    pictures: list[Picture]
    labels: npt.NDArray[np.int64]
    unknown: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NamedPictures:
    """Pictures with the article that each shows; `problems` as in `LabelledPictures`."""

    pictures: list[Picture]
    articles: list[str]
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class UnnamedPictures:
    """Pictures of which nothing else is asked; `problems` as in `LabelledPictures`."""

    pictures: list[Picture]
    problems: list[str] = field(default_factory=list)


def read_labels(table: Path, folder: Path, boxes: bool) -> LabelledPictures:
    """A table with `image` or `photo`, `category`, and `x`, `y`, `w`, `h` where boxes are asked.

    With both columns each row is named by the first of the two that holds anything.

    Raises:
        ValueError: it is no text, or a column is missing.
        OSError: it can't be read.
    """
    found = LabelledPictures([], np.empty(0, np.int64))
    header, rows = read_table(table, {*_NAMES, "category", *_BOX}, found.problems)
    if not set(_NAMES) & set(header) or "category" not in header:
        raise ValueError(f"{table} needs the columns image (or photo) and category")
    _check_boxes(table, header, boxes)
    labels = []
    for place, row in rows:
        name = _name_in(row, _NAMES)
        category = category_of(row["category"])
        box = box_of(row) if boxes else None
        if not name:
            found.problems.append(f"{place} names no picture")
        elif category is None:
            found.unknown[row["category"]] += 1
        elif boxes and box is None:
            found.problems.append(f"{place}: {no_box(row)}")
        else:
            found.pictures.append(Picture(file_of(folder, name), box))
            labels.append(CATEGORY_INDEX[category])
    return LabelledPictures(
        found.pictures, np.array(labels, np.int64), found.unknown, found.problems
    )


def read_articles(
    table: Path, views: Sequence[str] = (), folder: Path | None = None
) -> NamedPictures:
    """A table with `article_id` and `image_path`, as in `shop/`.

    Pictures lie in `folder`, the table's own if not given. `views` keeps the rows of these views
    alone, in whatever letters.

    Raises:
        ValueError: it is no text, a column is missing, or no row has one of the views.
        OSError: it can't be read.
    """
    found = NamedPictures([], [])
    header, rows = read_table(table, {*_ARTICLE, "view"}, found.problems)
    needed = {*_ARTICLE} | ({"view"} if views else set())
    if missing := needed - set(header):
        raise ValueError(f"{table} lacks the columns {', '.join(sorted(missing))}")
    wanted, there = {view.strip().casefold() for view in views}, set()
    for place, row in rows:
        if views:
            there.add(row["view"].casefold())
            if row["view"].casefold() not in wanted:
                continue
        if not (row["image_path"] and row["article_id"]):
            found.problems.append(f"{place} lacks its article_id or image_path")
            continue
        found.pictures.append(Picture(file_of(folder or table.parent, row["image_path"])))
        found.articles.append(row["article_id"])
    for view in views:
        if view.strip().casefold() not in there:
            raise ValueError(f"no row of {table} has the view {view}; {_listed(there)}")
    return found


def _listed(views: Collection[str]) -> str:
    """Which views there are, or the first ones of many."""
    names = sorted(view for view in views if view)
    more = [f"{len(names) - _LISTED} more"] if len(names) > _LISTED else []
    *first, last = [*names[:_LISTED], *more] or ["none"]
    listed = " and ".join([", ".join(first), last] if first else [last])
    return f"there {'are' if first else 'is'} {listed}"


def read_pictures(table: Path, folder: Path | None, boxes: bool) -> UnnamedPictures:
    """The pictures of either kind of table, whatever they show.

    They lie below `folder`, the table's own if not given.

    Raises:
        ValueError: no column names pictures, or those of the boxes are missing.
        OSError: it can't be read.
    """
    columns = (*_NAMES, "image_path")
    found = UnnamedPictures([])
    header, rows = read_table(table, {*columns, *_BOX}, found.problems)
    if not set(columns) & set(header):
        raise ValueError(f"{table} needs a column image, photo or image_path")
    _check_boxes(table, header, boxes)
    for place, row in rows:
        box = box_of(row) if boxes else None
        name = _name_in(row, columns)
        if not name:
            found.problems.append(f"{place} names no picture")
        elif boxes and box is None:
            found.problems.append(f"{place}: {no_box(row)}")
        else:
            found.pictures.append(Picture(file_of(folder or table.parent, name), box))
    return found


def _name_in(row: Mapping[str, str], columns: Sequence[str]) -> str:
    """The first of these cells that holds anything; empty where none does."""
    return next((row[column] for column in columns if row.get(column)), "")


def _check_boxes(table: Path, header: Sequence[str], boxes: bool) -> None:
    if boxes and not set(_BOX) <= set(header):
        raise ValueError(f"{table} has no columns x, y, w, h for --boxes")


def box_of(row: Mapping[str, str]) -> Box | None:
    """A row's x, y, w, h in pixels; None where they are no numbers, or parts of the photo."""
    try:
        x, y, w, h = (float(row[side]) for side in _BOX)
    except ValueError:
        return None
    return None if _are_parts(w, h) else (x, y, w, h)


def no_box(row: Mapping[str, str]) -> str:
    """What is wrong with a row that has no box."""
    asked = ", ".join(row[side] or "nothing" for side in _BOX)
    try:
        parts = _are_parts(float(row["w"]), float(row["h"]))
    except ValueError:
        parts = False
    if parts:
        return f"{asked} is no box in pixels: these seem to be parts of the photo's sides"
    return f"{asked} is no box of four numbers"


def _are_parts(width: float, height: float) -> bool:
    """Whether a box is given in parts of the photo, or is smaller than a pixel anyway."""
    return 0.0 < width <= 1.0 and 0.0 < height <= 1.0


def file_of(folder: Path, name: str) -> Path:
    """The file of that name, or of that name and a picture's suffix, in whatever letters.

    Backslashes part folders as slashes do, where no file's own name has them.
    """
    path = folder / name
    if os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        return path
    if "\\" in name:
        return file_of(folder, name.replace("\\", "/"))
    names = _names_in(path.parent)
    wanted = path.name.casefold()
    found = (names.get(f"{wanted}{suffix}") for suffix in ("", *_SUFFIXES))
    return next((file for file in found if file is not None), path)


@lru_cache(maxsize=64)
def _names_in(folder: Path) -> dict[str, Path]:
    """The files of a folder by their names in small letters."""
    try:
        files = [path for path in folder.iterdir() if os.path.isfile(path)]  # noqa: PTH113
        return {path.name.casefold(): path for path in sorted(files, reverse=True)}
    except (OSError, ValueError):
        return {}
