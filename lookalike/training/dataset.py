"""The data folder's labelled pictures, source by source."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lookalike.training.one_picture import one_sample_a_picture
from lookalike.training.picture_tables import box_of, file_of, no_box
from lookalike.training.sample import DRAWN, Sample, class_index_of, style_of, too_common_style
from lookalike.training.table_rows import read_table
from lookalike.training.tagged import tagged_samples
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.weights import sha256_of

logger = logging.getLogger(__name__)

TWICE_IN_CCP: Final = {
    "0078": ("0984", "8a5c4bd9563792e11fd07e342b0f3ecb5ec169b3035dc24282f9dc1b302b39f0"),
    "0671": ("0197", "3ee4a1b0f3036ca687986b685ecda9191d38ba053054d0ce082070c615a160f1"),
    "0732": ("0692", "f4fc2fd0b5bb27c62b74e03192b57f1b2ce46c33277b506fe4008957d68b0af9"),
    "0990": ("0907", "67f6e482b77fd60f84a8a8d25f6c406af89df3f5b252c685e84b1d9666e13ec8"),
}
"""Clothing Co-Parsing holds these photos twice, in another crop. The others are held out: training
on these would show it what it is measured on. Each with its SHA-256: a shop numbers its own photos
alike."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that make no sample.

    `unknown` counts the labels that are none of the 13 categories, `problems` says of each other
    row which it is and why.
    """

    unknown: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def load_samples(
    data: Path, drawings: Path | None = None, left_out: LeftOut | None = None
) -> list[Sample]:
    """All samples under a data folder with `clothing/`, `street/` and `shop/`, each optional.

    `drawings` is a further folder in the form of a shop, under the source `drawn`. Rows that will
    not do cost themselves alone, and are added to `left_out`.

    Raises:
        FileNotFoundError: none of the three is there.
        ValueError: a table lacks a column, or is no text.
        OSError: a table can't be read.
    """
    left_out = LeftOut() if left_out is None else left_out
    samples: list[Sample] = []
    street: list[Sample] = []
    clothing_is_there, street_is_there, shop_is_there = check_data(data)
    if clothing_is_there:
        samples += clothing_samples(data / "clothing", left_out)
    if street_is_there:
        street = street_samples(data / "street", left_out)
        samples += street
    if shop_is_there:
        samples += shop_samples(data / "shop", left_out=left_out)
    if drawings is not None:
        samples += shop_samples(drawings, DRAWN, left_out)
    samples += tagged_samples(data / "street", street, left_out.problems)
    return samples


def check_data(data: Path) -> tuple[bool, bool, bool]:
    """Which of `clothing/`, `street/` and `shop/` a data folder has, by their tables.

    Raises:
        FileNotFoundError: none of them.
    """
    tables = ("clothing/labels.csv", "street/boxes.csv", "shop/products.csv")
    clothing, street, shop = ((data / table).exists() for table in tables)
    if not (clothing or street or shop):
        raise FileNotFoundError(
            f"{data} holds neither clothing/ nor street/ nor shop/ ({', '.join(tables)})"
        )
    return clothing, street, shop


def clothing_samples(folder: Path, left_out: LeftOut | None = None) -> list[Sample]:
    """Photos of single garments, split by sender; every photo is its own instance."""
    left_out = LeftOut() if left_out is None else left_out
    samples = []
    for place, row in _rows(folder / "labels.csv", left_out, "image", "sender_id", "category"):
        if not row["image"]:
            left_out.problems.append(f"{place} names no picture")
        elif (class_index := _class_of(row["category"], left_out)) is not None:
            name = f"clothing/{row['image']}"
            samples.append(
                Sample(
                    source="clothing",
                    path=file_of(folder / "images", row["image"]),
                    folder=folder / "images",
                    box=None,
                    class_index=class_index,
                    group=row["sender_id"],
                    instance=name,
                    style=name,
                )
            )
    return samples


def street_samples(
    folder: Path,
    left_out: LeftOut | None = None,
    twice: Mapping[str, tuple[str, str]] = TWICE_IN_CCP,
) -> list[Sample]:
    """Garments of street photos by their boxes, split by photo, of those that are `twice` there
    the others."""
    left_out = LeftOut() if left_out is None else left_out
    samples = []
    images = folder / "images"
    rows = list(_rows(folder / "boxes.csv", left_out, "photo", "category", "x", "y", "w", "h"))
    twins = _twins(images, {row["photo"] for _, row in rows}, twice)
    for place, row in rows:
        box = _whole_pixels(row)
        if not row["photo"]:
            left_out.problems.append(f"{place} names no picture")
        elif box is None:
            left_out.problems.append(f"{place}: {no_box(row)}")
        elif row["photo"] in twins:
            twin = twins[row["photo"]]
            left_out.problems.append(f"{place}: {row['photo']} is {twin} once more")
        elif (class_index := _class_of(row["category"], left_out)) is not None:
            name = f"street/{row['photo']}/{'-'.join(map(str, box.corners))}"
            samples.append(
                Sample(
                    source="street",
                    path=file_of(images, row["photo"]),
                    folder=images,
                    box=box,
                    class_index=class_index,
                    group=row["photo"],
                    instance=name,
                    style=name,
                )
            )
    return samples


def _twins(images: Path, photos: Set[str], twice: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Those of `photos` that are another one of them once more, by their files."""
    twins = {}
    for photo, (twin, digest) in twice.items():
        file = file_of(images, photo)
        if {photo, twin} <= photos and file.is_file() and sha256_of(file) == digest:
            twins[photo] = twin
    return twins


def shop_samples(
    folder: Path, source: str = "shop", left_out: LeftOut | None = None
) -> list[Sample]:
    """A shop's studio photos and further views, split by style; one instance a style and colour.

    A picture that several articles or views name is taken once, and they are one instance.
    Any folder with a `products.csv` (article_id, category, image_path) and, if at all, a
    `views.csv` (article_id, view, image_path) will do: the drawings come the same way, under
    another `source`. Where one style is most of the shop that is logged: its article ids mean
    something else then.
    """
    left_out = LeftOut() if left_out is None else left_out
    category: dict[str, int] = {}
    products = list(_articles(folder / "products.csv", left_out, "category"))
    for row in products:
        class_index = _class_of(row["category"], left_out)
        if class_index is not None:
            category[row["article_id"]] = class_index
    if told := too_common_style(category):
        logger.warning("%s: %s", folder / "products.csv", told)
    rows = [(row, "main") for row in products]
    if (views := folder / "views.csv").exists():
        rows += [(row, row["view"]) for row in _articles(views, left_out, "view")]
    samples = [
        Sample(
            source=source,
            path=file_of(folder, row["image_path"]),
            folder=folder / "images",
            box=None,
            class_index=category[row["article_id"]],
            group=style_of(row["article_id"]),
            instance=f"{source}/{row['article_id']}",
            style=f"{source}/{style_of(row['article_id'])}",
            view=view.casefold() or "other",
        )
        for row, view in rows
        if row["article_id"] in category
    ]
    return one_sample_a_picture(samples)


def _articles(table: Path, left_out: LeftOut, column: str) -> Iterator[dict[str, str]]:
    """Rows of pictures of articles, with a further column."""
    for place, row in _rows(table, left_out, "article_id", "image_path", column):
        if row["article_id"] and row["image_path"]:
            yield row
        else:
            left_out.problems.append(f"{place} lacks its article_id or image_path")


def _rows(table: Path, left_out: LeftOut, *columns: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row, and the words for where it stands."""
    header, rows = read_table(table, columns, left_out.problems)
    if missing := set(columns) - set(header):
        raise ValueError(f"{table} lacks the columns {', '.join(sorted(missing))}")
    return rows


def _class_of(name: str, left_out: LeftOut) -> int | None:
    """The class index of a category; None for one that is unknown, which is counted."""
    try:
        return class_index_of(name)
    except ValueError:
        left_out.unknown[name] += 1
        return None


def _whole_pixels(row: dict[str, str]) -> CropBoxPx | None:
    """A row's box with its edges rounded, as the service does; None where it is none."""
    box = box_of(row)
    if box is None or not all(map(math.isfinite, (*box, box[0] + box[2], box[1] + box[3]))):
        return None
    left, top, right, bottom = map(round, (box[0], box[1], box[0] + box[2], box[1] + box[3]))
    return CropBoxPx(left, top, right - left, bottom - top)
