"""The demo's street photos as questions with known right answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from catalog.demo_catalogue import STREET_INDEX
from lookalike.contract.taxonomy import Category


@dataclass(frozen=True, slots=True)
class StreetQuery:
    """A photo, the crop (x, y, width, height) in pixels, and what a right answer holds."""

    photo: Path
    crop: tuple[int, int, int, int]
    category: Category
    look_id: str
    listing_ids: tuple[str, ...]


def street_queries(folder: Path) -> list[StreetQuery]:
    """The street photos of a folder that `build_street` filled; none where there is no index."""
    index = folder / STREET_INDEX
    if not index.is_file():
        return []
    return [
        StreetQuery(
            photo=folder / photo["photo"],
            crop=tuple(photo["crop"][side] for side in ("x", "y", "width", "height")),
            category=Category(photo["category"]),
            look_id=photo["look_id"],
            listing_ids=tuple(photo["listing_ids"]),
        )
        for photo in json.loads(index.read_text(encoding="utf-8"))["photos"]
    ]
