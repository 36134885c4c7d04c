"""The drawings that are trained on: the demo catalogue's kind of garments, under other seeds."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

DRAWING_SEEDS: Final = (101, 102, 103, 104)
"""Seeds of the drawings that are trained on; the shipped demo catalogue's, 7, is none of them."""

_LISTINGS_PER_CATEGORY: Final = 8
_STREET_PHOTOS: Final = 13


def draw_training_pictures(folder: Path) -> None:
    """Draws the demo catalogue's kind of garments under other seeds, in the form of a shop.

    Street photos are kept as their crops, as views of the look that they show.
    """
    from catalog.demo import draw_catalogue, draw_street_photos

    if (folder / "views.csv").exists():
        return
    (folder / "images").mkdir(parents=True, exist_ok=True)
    products, views = [], []
    for seed in DRAWING_SEEDS:
        for listing, picture in draw_catalogue(seed, _LISTINGS_PER_CATEGORY):
            path = f"images/{seed}-{listing.id}.jpg"
            picture.save(folder / path, quality=92)
            products.append((_article(seed, listing.look_id), str(listing.category), path))
        for at, photo in enumerate(draw_street_photos(seed, _STREET_PHOTOS)):
            path = f"images/{seed}-street{at}.jpg"
            x, y, width, height = photo.crop
            photo.image.crop((x, y, x + width, y + height)).save(folder / path, quality=92)
            views.append((_article(seed, photo.look_id), "street", path))
    _write(folder / "products.csv", ("article_id", "category", "image_path"), products)
    _write(folder / "views.csv", ("article_id", "view", "image_path"), views)


def _article(seed: int, look_id: str) -> str:
    """An article whose style is itself: the id has one dash, its last."""
    return f"{look_id}.{seed}".replace("-", "_") + "-look"


def _write(path: Path, header: tuple[str, ...], rows: list[tuple[str, str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
