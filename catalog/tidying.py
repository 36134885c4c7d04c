"""What a catalogue gathers and nobody needs: repeated changes, pictures of no product."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import select

from catalog.images import ImageFolder
from catalog.pictures import read_named_pictures
from catalog.store import CatalogStore
from catalog.tables import products
from lookalike.contract.errors import BadRequestError

KEPT_CHANGES: Final = 10_000
"""No shard that can reach the store is further behind for long, and they are some 0.5 MB."""
UNUSED_S: Final = 86_400.0
"""A picture is stored before the product that names it, by an import in minutes at the most."""

_BATCH_CHANGES: Final = 1000
_PAUSE_S: Final = 0.02
"""As long as a batch takes: SQLite's other writers would hardly find a gap otherwise."""
_LOOKED_FOR: Final = 100


def tidy_log(store: CatalogStore, *, kept: int = KEPT_CHANGES, dry_run: bool = False) -> int:
    """Delete changes that later ones of the same product repeat; returns how many they are.

    A product's last change stays, its end included, and so do the last `kept`.
    """
    superseded = store.superseded_changes(kept)
    if not dry_run:
        for start in range(0, len(superseded), _BATCH_CHANGES):
            store.forget_changes(superseded[start : start + _BATCH_CHANGES])
            time.sleep(_PAUSE_S)
    return len(superseded)


def tidy_pictures(store: CatalogStore, images: ImageFolder, *, dry_run: bool = False) -> int:
    """Delete pictures that no product has, and nobody has put for a day; returns how many.

    Raises:
        BadRequestError: nothing in the folder is of this store, so it may be another one's.
        OSError: a picture can't be deleted.
    """
    moment_s = time.time() - UNUSED_S
    at_home = _some_lie_in(store, images)
    deleted = 0
    for digit in "0123456789abcdef":  # A sixteenth of the catalogue's keys at a time.
        with store.reading() as connection:
            named = read_named_pictures(connection, digit)
        for key in images.unused_since(moment_s, digit):
            if key in named:
                continue
            if not at_home:
                raise BadRequestError(
                    "no picture of the store's products lies in the folder of pictures: it may be "
                    "another catalogue's, and nothing is deleted from it"
                )
            deleted += dry_run or images.remove_unused(key, moment_s)
    return deleted


def _some_lie_in(store: CatalogStore, images: ImageFolder) -> bool:
    keys = select(products.c.image_key).where(products.c.image_key.is_not(None))
    with store.reading() as connection:
        return any(images.path(k).is_file() for k in connection.scalars(keys.limit(_LOOKED_FOR)))
