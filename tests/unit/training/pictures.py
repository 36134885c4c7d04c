"""Small labelled data sets of painted rectangles and discs, in the forms that training reads."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout

COLOURS = ("firebrick", "navy", "forestgreen", "goldenrod", "purple", "black")


def painted(colour: str, round_: bool, shade: int = 0) -> Image.Image:
    """A garment-like blob of a colour on grey, 96 x 128 RGB."""
    picture = Image.new("RGB", (96, 128), (200 - shade, 200, 205))
    box = (16 + shade % 5, 20, 80, 108 - shade % 7)
    draw = ImageDraw.Draw(picture)
    (draw.ellipse if round_ else draw.rectangle)(box, fill=colour)
    return picture


def write_shop(folder: Path, styles: int = 8) -> Path:
    """A shop of so many styles in two colours, each with a `back` view."""
    (folder / "images").mkdir(parents=True)
    products, views = [], []
    for style in range(styles):
        for at, colour in enumerate((COLOURS[style % 6], COLOURS[(style + 1) % 6])):
            article = f"S{style}-{colour}"
            for view in ("main", "back"):
                path = f"images/{article}_{view}.png"
                picture = painted(colour, style % 2 == 0, 3 * style + at)
                picture.putpixel((0, 0), (0, 0, int(view == "back")))  # a file of its own
                picture.save(folder / path)
                if view == "main":
                    products.append((article, "shirt" if style % 2 else "hat", path))
                else:
                    views.append((article, view, path))
    _write(folder / "products.csv", ("article_id", "category", "image_path"), products)
    _write(folder / "views.csv", ("article_id", "view", "image_path"), views)
    return folder


def write_clothing(folder: Path, senders: int = 10, each: int = 2) -> Path:
    """Photos of single garments by so many senders."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for sender in range(senders):
        for at in range(each):
            name = f"p{sender}-{at}"
            round_ = (sender + at) % 2 == 0
            picture = painted(COLOURS[(sender + at) % 6], round_, sender)
            picture.save(folder / "images" / f"{name}.jpg")
            rows.append((name, str(sender), "hat" if round_ else "shirt"))
    _write(folder / "labels.csv", ("image", "sender_id", "category"), rows)
    return folder


def whole_box(picture: Image.Image, box: CropBoxPx) -> Cutout:
    """A segmenter that keeps everything: the crop, squashed to a cutout's size."""
    return np.asarray(picture.crop(box.corners).resize((224, 224)))


def _write(path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


class KilledError(Exception):
    """Stands for a process that is killed."""


class Counted:
    """A segmenter that counts its calls, and dies after some."""

    def __init__(self, dies_after: int = 10**9) -> None:
        self.calls = 0
        self._dies_after = dies_after

    def __call__(self, picture: Image.Image, box: CropBoxPx) -> Cutout:
        if self.calls == self._dies_after:
            raise KilledError
        self.calls += 1
        return whole_box(picture, box)
