"""The data folder's labelled pictures, source by source."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from lookalike.training.sample import Sample, class_index_of, style_of
from lookalike.training.tagged import tagged_samples
from lookalike.vision.crop import CropBoxPx


def load_samples(data: Path, drawings: Path | None = None) -> list[Sample]:
    """All samples under a data folder with `clothing/`, `street/` and `shop/`, each optional.

    `drawings` is a further folder in the form of a shop, under the source `drawn`.

    Raises:
        FileNotFoundError: none of the three is there.
        ValueError: a table lacks a column, or names a category that is none of the 13.
    """
    samples: list[Sample] = []
    street: list[Sample] = []
    if (data / "clothing" / "labels.csv").exists():
        samples += clothing_samples(data / "clothing")
    if (data / "street" / "boxes.csv").exists():
        street = street_samples(data / "street")
        samples += street
    if (data / "shop" / "products.csv").exists():
        samples += shop_samples(data / "shop")
    if drawings is not None:
        samples += shop_samples(drawings, source="drawn")
    samples += tagged_samples(data / "street", street)
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


def _rows(table: Path, *columns: str) -> Iterator[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(columns) - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{table} lacks the columns {', '.join(sorted(missing))}")
        yield from reader
