"""The demo catalogue on disk: drawn listings in the store, street photos in a folder."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from sqlalchemy import select

from catalog.demo import DemoListing, draw_street_photos
from catalog.demo.listings import PRODUCT_PAGES, design_of, listing
from catalog.demo.studio import studio_photo
from catalog.images import ImageFolder
from catalog.records import PRODUCT_COLUMNS, product_from_row
from catalog.store import CatalogStore
from catalog.tables import products
from lookalike.contract.taxonomy import CATEGORIES, CATEGORY_INDEX, Category
from lookalike.processors import usable_processors
from lookalike.products import Product

STREET_INDEX: Final = "street.json"
"""Beside the street photos: what each shows, where, and which listings are the right answer."""

_JPEG_QUALITY: Final = 90
"""As shops deliver their pictures."""
_COMMIT_EVERY: Final = 13

_ID: Final = re.compile(r"demo-[a-z-]+-(?P<number>0*[1-9]\d{0,6})", re.ASCII)
_IS_DEMOS: Final = products.c.item_url.startswith(PRODUCT_PAGES, autoescape=True)

DrawProgress = Callable[[int, int], None]
"""Called with how many are there by now, and how many there will be."""


@dataclass(frozen=True, slots=True)
class DemoCounts:
    """`drawn` listings are new or different, `kept` were in the store already."""

    drawn: int
    kept: int


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The listing of one category and number, and where its photo's randomness comes from."""

    seed: int
    category: Category
    number: int

    def listing(self) -> DemoListing:
        design, nth = design_of(self.seed, self.category, self.number)
        return listing(self.seed, design, self.number, nth)

    def photo(self) -> Image.Image:
        design, _ = design_of(self.seed, self.category, self.number)
        rng = np.random.default_rng([self.seed, CATEGORY_INDEX[self.category], self.number, 1])
        return studio_photo(design, rng)


def build_demo(
    store: CatalogStore,
    images: ImageFolder,
    on_progress: DrawProgress | None = None,
    *,
    seed: int = 7,
    per_category: int = 40,
) -> DemoCounts:
    """Draw 13 x `per_category` listings into the store; those that are there are not drawn again.

    Committed every 13 listings, picture first: a run that is cut off goes on where it stopped.
    """
    drawings = [_Drawing(seed, c, n) for n in range(per_category) for c in CATEGORIES]
    missing = [d for d in drawings if not _is_there(d.listing(), store, images)]
    kept = len(drawings) - len(missing)
    report = on_progress or (lambda _done, _total: None)
    report(kept, len(drawings))
    pool = ThreadPoolExecutor(usable_processors(), thread_name_prefix="draw")
    try:
        drawn = pool.map(lambda drawing: _drawn(drawing, images), missing)
        done = kept
        while batch := list(islice(drawn, _COMMIT_EVERY)):
            store.put_products(batch)
            done += len(batch)
            report(done, len(drawings))
    finally:
        pool.shutdown(cancel_futures=True)
    return DemoCounts(drawn=len(missing), kept=kept)


def holds_demo_alone(store: CatalogStore) -> bool:
    """Whether every product is one of the demo's, by its page; True of an empty store."""
    others = select(products.c.id).where(~_IS_DEMOS)
    with store.reading() as connection:
        return connection.execute(others.limit(1)).first() is None


def is_of_seed(store: CatalogStore, seed: int = 7) -> bool:
    """Whether every product, but for its picture, is as `build_demo` lists it by this seed."""
    with store.reading() as connection:
        rows = connection.execute(select(*PRODUCT_COLUMNS)).all()
    return all(_is_listed(product_from_row(row), seed) for row in rows)


def remove_demo(store: CatalogStore) -> int:
    """Delete the demo's products, by their pages, and no others; returns how many.

    Each is a change of the log, so a running service follows. Their pictures stay in the folder.
    """
    with store.reading() as connection:
        of_demo = list(connection.scalars(select(products.c.id).where(_IS_DEMOS)))
    return sum(store.delete_product(product_id) is not None for product_id in of_demo)


def build_street(folder: Path, *, seed: int = 7, count: int = len(CATEGORIES)) -> int:
    """Draw `count` street photos as JPEG into `folder`, with `street.json`; returns how many.

    The index holds `photo`, `crop` {x, y, width, height} in pixels, `category`, `look_id` and
    `listing_ids` of each. It is written last, so a folder that has it is complete, and what it
    lists of the same seed is not drawn again.
    """
    index = folder / STREET_INDEX
    if _is_complete(index, seed, count):
        return count
    folder.mkdir(parents=True, exist_ok=True)
    photos = list(_street_photos(folder, seed, count))
    content = json.dumps({"seed": seed, "photos": photos}, indent=1)
    part = index.with_suffix(".part")
    part.write_text(content + "\n", encoding="utf-8")
    part.replace(index)
    return count


def remove_street(folder: Path) -> int:
    """Delete the street photos that `build_street` drew, and their index; returns how many."""
    index = folder / STREET_INDEX
    try:
        names = [photo["photo"] for photo in json.loads(index.read_text("utf-8"))["photos"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0
    for name in names:
        (folder / Path(name).name).unlink(missing_ok=True)
    index.unlink()
    return len(names)


def _street_photos(folder: Path, seed: int, count: int) -> Iterator[dict[str, Any]]:
    for number, street in enumerate(draw_street_photos(seed, count)):
        name = f"{number + 1:02}-{street.category}.jpg"
        (folder / name).write_bytes(_jpeg(street.image))
        x, y, width, height = street.crop
        yield {
            "photo": name,
            "crop": {"x": x, "y": y, "width": width, "height": height},
            "category": street.category,
            "look_id": street.look_id,
            "listing_ids": list(street.listing_ids),
        }


def _is_complete(index: Path, seed: int, count: int) -> bool:
    try:
        content = json.loads(index.read_text(encoding="utf-8"))
        photos = [index.parent / photo["photo"] for photo in content["photos"]]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    return content.get("seed") == seed and len(photos) == count and all(p.is_file() for p in photos)


def _is_listed(stored: Product, seed: int) -> bool:
    named = _ID.fullmatch(stored.id)
    if named is None:
        return False
    drawing = _Drawing(seed, stored.category, int(named["number"]) - 1)
    return stored == _product(drawing.listing(), stored.image_key)


def _is_there(wanted: DemoListing, store: CatalogStore, images: ImageFolder) -> bool:
    stored = store.get_product(wanted.id)
    if stored is None or stored.image_key is None:
        return False
    return stored == _product(wanted, stored.image_key) and images.path(stored.image_key).is_file()


def _drawn(drawing: _Drawing, images: ImageFolder) -> Product:
    return _product(drawing.listing(), images.put(_jpeg(drawing.photo())))


def _product(drawn: DemoListing, image_key: str | None) -> Product:
    return Product(
        id=drawn.id,
        title=drawn.title,
        brand=drawn.brand,
        category=drawn.category,
        price_minor=drawn.price_minor,
        currency=drawn.currency,
        item_url=drawn.item_url,
        image_key=image_key,
        attributes=drawn.attributes,
    )


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
