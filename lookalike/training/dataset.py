"""The labelled pictures: where each lies, what it shows, and what it must be split by."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category, category_of
from lookalike.training.splits import Half, Split, half_of, split_of
from lookalike.vision.crop import CropBoxPx

NO_CLASS = -1
"""Class index of a picture whose category nobody gave."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One garment in one picture.

    `instance` names what counts as the same thing (product and colour in a shop, else the picture
    itself), `style` what counts as the same cut; `group` is what the split keeps together.
    """

    source: str
    path: Path
    box: CropBoxPx | None
    class_index: int
    group: str
    instance: str
    style: str
    view: str = "main"

    @property
    def key(self) -> str:
        """Names the sample in caches: source, file, box."""
        box = "" if self.box is None else ",".join(map(str, self.box.corners))
        return f"{self.source}/{self.path.name}#{box}"

    @property
    def split(self) -> Split:
        """The side of the leak-free split."""
        return split_of(self.source, self.group)

    @property
    def half(self) -> Half:
        """The half of the validation side, for a sample that lies on it."""
        return half_of(self.source, self.group)


def style_of(article_id: str) -> str:
    """The style of an article: its id up to the last dash. Source: the shop data's README."""
    return article_id.rpartition("-")[0] or article_id


def load_samples(data: Path, drawings: Path | None = None) -> list[Sample]:
    """All samples under a data folder with `clothing/`, `street/` and `shop/`, each optional.

    `drawings` is a further folder in the form of a shop, under the source `drawn`.

    Raises:
        FileNotFoundError: none of the three is there.
        ValueError: a table lacks a column, or names a category that is none of the 13.
    """
    samples: list[Sample] = []
    if (data / "clothing" / "labels.csv").exists():
        samples += clothing_samples(data / "clothing")
    if (data / "street" / "boxes.csv").exists():
        samples += street_samples(data / "street")
    if (data / "shop" / "products.csv").exists():
        samples += shop_samples(data / "shop")
    if drawings is not None:
        samples += shop_samples(drawings, source="drawn")
    if not samples:
        raise FileNotFoundError(f"{data} holds neither clothing/ nor street/ nor shop/")
    return samples


def clothing_samples(folder: Path) -> list[Sample]:
    """Photos of single garments, split by sender; every photo is its own instance."""
    return [
        Sample(
            source="clothing",
            path=folder / "images" / f"{row['image']}.jpg",
            box=None,
            class_index=class_index_of(row["category"]),
            group=row["sender_id"],
            instance=f"clothing/{row['image']}",
            style=f"clothing/{row['image']}",
        )
        for row in _rows(folder / "labels.csv", "image", "sender_id", "category")
    ]


def street_samples(folder: Path) -> list[Sample]:
    """Garments of street photos by their boxes, split by photo."""
    samples = []
    for row in _rows(folder / "boxes.csv", "photo", "category", "x", "y", "w", "h"):
        box = CropBoxPx(int(row["x"]), int(row["y"]), int(row["w"]), int(row["h"]))
        name = f"street/{row['photo']}/{'-'.join(map(str, box.corners))}"
        samples.append(
            Sample(
                source="street",
                path=folder / "images" / f"{row['photo']}.jpg",
                box=box,
                class_index=class_index_of(row["category"]),
                group=row["photo"],
                instance=name,
                style=name,
            )
        )
    return samples


def shop_samples(folder: Path, source: str = "shop") -> list[Sample]:
    """A shop's studio photos and further views, split by style; one instance a style and colour.

    Any folder with a `products.csv` (article_id, category, image_path) and, if at all, a
    `views.csv` (article_id, view, image_path) will do: the drawings come the same way, under
    another `source`.
    """
    products = list(_rows(folder / "products.csv", "article_id", "category", "image_path"))
    category = {row["article_id"]: row["category"] for row in products}
    views = folder / "views.csv"
    rows = [(row, "main") for row in products]
    if views.exists():
        table = _rows(views, "article_id", "view", "image_path")
        rows += [(row, row["view"]) for row in table if row["article_id"] in category]
    return [
        Sample(
            source=source,
            path=folder / row["image_path"],
            box=None,
            class_index=class_index_of(category[row["article_id"]]),
            group=style_of(row["article_id"]),
            instance=f"{source}/{row['article_id']}",
            style=f"{source}/{style_of(row['article_id'])}",
            view=view,
        )
        for row, view in rows
    ]


def class_index_of(name: str) -> int:
    """The logit of a category by name or by a shop's word for it; `NO_CLASS` for an empty cell.

    Raises:
        ValueError: the name means none of the 13 categories.
    """
    if not name:
        return NO_CLASS
    category: Category | None = category_of(name)
    if category is None:
        raise ValueError(f"{name!r} is none of the 13 categories")
    return CATEGORY_INDEX[category]


def _rows(table: Path, *columns: str) -> Iterator[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{table} lacks the columns {', '.join(sorted(missing))}")
        yield from reader
