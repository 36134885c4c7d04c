"""One labelled picture: where it lies, what it shows, and what it must be split by."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category, category_of
from lookalike.training.splits import Half, Split, half_of, split_of
from lookalike.vision.crop import CropBoxPx

NO_CLASS = -1
"""Class index of a picture whose category nobody gave."""

DRAWN: Final = "drawn"
"""Source of the drawings, which are nobody's photos."""

FEW_ARTICLES: Final = 10
"""Of fewer articles one style may well be most."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One garment in one picture.

    `instance` names what counts as the same thing (product and colour in a shop, else the picture
    itself), `style` what counts as the same cut; `group` is what the split keeps together.
    `folder` is where pictures of its source usually lie.
    """

    source: str
    path: Path
    folder: Path
    box: CropBoxPx | None
    class_index: int
    group: str
    instance: str
    style: str
    view: str = "main"

    @property
    def key(self) -> str:
        """Names the sample in caches: source, file as seen from its folder, box; whatever the file
        holds, and wherever the folder lies.

        Without `.jpg`, which tables may leave out: it is known once the file is there.
        """
        box = "" if self.box is None else ",".join(map(str, self.box.corners))
        name = Path(os.path.relpath(self.path, self.folder)).as_posix()
        return f"{self.source}/{name.removesuffix('.jpg')}#{box}"

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


def too_common_style(articles: Iterable[str]) -> str:
    """What is odd about article ids of which most are of one style; empty where nothing is.

    Ids such as SKU-0001, SKU-0002 are one style by the rule: all of them lie on one side of the
    split, and any of them finds any other one's style.
    """
    articles = list(articles)
    if len(articles) < FEW_ARTICLES:
        return ""
    (style, count), *_ = Counter(map(style_of, articles)).most_common(1)
    if count * 2 <= len(articles):
        return ""
    return (
        f"{count} of {len(articles)} articles are of the style {style!r}, the id up to its last "
        "dash: figures of styles say little, and the split keeps these articles together. "
        "Ids in the form STYLE-COLOUR mend it"
    )


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
