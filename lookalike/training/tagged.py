"""Street photos of which only the garments' names are known: crops by other photos' boxes."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category, category_of
from lookalike.training.picture_tables import file_of
from lookalike.training.sample import NO_CLASS, Sample
from lookalike.training.splits import Split
from lookalike.training.table_rows import read_table
from lookalike.vision.crop import CropBoxPx

SOURCE: Final = "tagged"
"""All of it is trained on: a borrowed box is no ground truth to be measured by."""

_TOPS: Final = frozenset(
    {
        Category.T_SHIRT,
        Category.LONGSLEEVE,
        Category.POLO,
        Category.UNDERSHIRT,
        Category.SHIRT,
        Category.HOODIE,
    }
)
_COVERED_BY: Final[Mapping[Category, frozenset[Category]]] = {
    **dict.fromkeys(_TOPS, _TOPS | {Category.OUTERWEAR, Category.DRESS}),
    Category.DRESS: frozenset({Category.OUTERWEAR}),
    Category.PANTS: frozenset({Category.DRESS}),
}


def tagged_samples(folder: Path, boxed: Sequence[Sample], problems: list[str]) -> list[Sample]:
    """Crops of the photos in `tags.csv` (photo, tags), for each garment that has a box elsewhere.

    Everybody stands in the middle of a photo of one height, so that a box of the same category
    from another photo of `boxed`, training ones alone, lies about right. Two garments over each
    other can't be told apart by it: then the crop has no class. Words mean what the labels of
    `boxes.csv` do; of a word that labels no box ("top", "romper") the shops' meaning chooses the
    box, and the crop has no class. Shoes are left out: there are plenty; so are photos of `boxed`
    themselves: their own boxes say it all, and some of them are held out. Nothing without a
    `tags.csv`. Rows that can't be read are added to `problems`.

    Raises:
        ValueError: the table lacks a column, or is no text.
        OSError: it can't be read.
    """
    table = folder / "tags.csv"
    if not table.exists():
        return []
    header, rows = read_table(table, ("photo", "tags"), problems)
    if not {"photo", "tags"} <= set(header):
        raise ValueError(f"{table} lacks the columns photo, tags")
    boxes, boxed_photos = _boxes(boxed), {sample.path for sample in boxed}
    labels = _labels(folder)
    samples: list[Sample] = []
    for _, row in rows:
        path = file_of(folder / "images", row["photo"])
        if not row["photo"] or path in boxed_photos:
            continue
        worn = {tag: labels.get(tag, category_of(tag)) for tag in row["tags"].split()}
        sure = {category for tag, category in worn.items() if tag in labels or not labels}
        categories = [category for category in worn.values() if category is not None]
        for category in sorted(set(categories) & boxes.keys()):
            own = categories.count(category) == 1 and category in sure
            covers = _COVERED_BY.get(category, frozenset()) - {category}
            hidden = not covers.isdisjoint(categories)
            name = f"{SOURCE}/{row['photo']}/{category}"
            samples.append(
                Sample(
                    source=SOURCE,
                    path=path,
                    folder=folder / "images",
                    box=_drawn(boxes[category], name),
                    class_index=CATEGORY_INDEX[category] if own and not hidden else NO_CLASS,
                    group=row["photo"],
                    instance=name,
                    style=name,
                )
            )
    return samples


def _labels(folder: Path) -> Mapping[str, Category]:
    """The categories that the labels of `boxes.csv` have there; none where it has no labels."""
    table = folder / "boxes.csv"
    if not table.exists():
        return {}
    header, rows = read_table(table, ("label", "category"), [])  # its problems are known already
    meant: dict[str, set[str]] = defaultdict(set)
    if {"label", "category"} <= set(header):
        for _, row in rows:
            meant[row["label"]].add(row["category"])
    return {
        label: Category(next(iter(names)))
        for label, names in meant.items()
        if len(names) == 1 and names <= set(Category)
    }


def _boxes(boxed: Sequence[Sample]) -> Mapping[Category, list[CropBoxPx]]:
    """Boxes of training photos by category; of usual size, since a sliver may miss its garment."""
    by_index = {index: category for category, index in CATEGORY_INDEX.items()}
    found: dict[Category, list[CropBoxPx]] = defaultdict(list)
    for sample in boxed:
        if sample.box is None or sample.class_index == NO_CLASS or sample.split is not Split.TRAIN:
            continue
        category = by_index[sample.class_index]
        if category is not Category.SHOES:
            found[category].append(sample.box)
    return {category: _usual(boxes) for category, boxes in found.items()}


def _usual(boxes: Sequence[CropBoxPx]) -> list[CropBoxPx]:
    """The middle half by area, or all of fewer than four."""
    by_area = sorted(boxes, key=lambda box: box.width * box.height)
    return by_area[len(boxes) // 4 : len(boxes) - len(boxes) // 4]


def _drawn(boxes: Sequence[CropBoxPx], name: str) -> CropBoxPx:
    digest = hashlib.sha256(name.encode()).digest()
    return boxes[int.from_bytes(digest[:8], "big") % len(boxes)]
