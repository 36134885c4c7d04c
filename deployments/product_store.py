"""The catalogue's store and pictures as ports of the writer: on threads, and possibly away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from catalog.database import reached
from catalog.images import ImageFolder, image_key
from catalog.records import FeatureRow
from catalog.store import CatalogStore, open_store
from deployments.worker_thread import WorkerThread
from lookalike.contract.errors import UnavailableError
from lookalike.ports import StoredProduct
from lookalike.products import Product
from lookalike.search import Features

STORE_IS_AWAY: Final = "the store can't be reached; try again in a moment"
"""What a caller is told; why, with the driver's own words and the address, is in the log."""
LOCK_PATIENCE_S: Final = 3.0
"""How long a change waits for other writers, well inside the usual deadline of 10 s."""
_log = logging.getLogger(__name__)


class ThreadedProductStore:
    """`ProductStore` over the catalogue's store, opened when it is first reached.

    One thread, as the store takes one writer at a time. A call whose caller gives up before its
    turn is dropped.
    """

    def __init__(
        self, store_url: str, model_version: str, lock_patience_s: float = LOCK_PATIENCE_S
    ) -> None:
        self._store_url = store_url
        self._model_version = model_version
        self._lock_patience_s = lock_patience_s
        self._store: CatalogStore | None = None
        self._thread = WorkerThread("store")

    async def stored(self, product_id: str) -> StoredProduct | None:
        """Look up. Raises: UnavailableError."""
        return await self._thread.run(self._stored, product_id)

    async def replace(
        self, product: Product, features: Features | None, *, keeps_image: bool
    ) -> int | None:
        """Add or replace. Raises: UnavailableError."""
        return await self._thread.run(self._replace, product, features, keeps_image)

    async def delete(self, product_id: str) -> int | None:
        """Remove. Raises: UnavailableError."""
        return await self._thread.run(self._delete, product_id)

    async def close(self) -> None:
        """Let the store go; the next call opens it again."""
        await self._thread.run(self._close)

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _stored(self, product_id: str) -> StoredProduct | None:
        with _told_apart(STORE_IS_AWAY), reached():
            found = self._opened().get_stored(product_id, self._model_version)
        return None if found is None else StoredProduct(*found)

    def _replace(
        self, product: Product, features: Features | None, keeps_image: bool
    ) -> int | None:
        row = None
        if features is not None:
            row = FeatureRow(product.id, product.image_key or "", features)
        with _told_apart(STORE_IS_AWAY), reached():
            return self._opened().replace_product(
                product, self._model_version, row, keeps_image=keeps_image
            )

    def _delete(self, product_id: str) -> int | None:
        with _told_apart(STORE_IS_AWAY), reached():
            return self._opened().delete_product(product_id)

    def _opened(self) -> CatalogStore:
        if self._store is None:
            self._store = open_store(
                self._store_url, create=False, busy_timeout_s=self._lock_patience_s
            )
        return self._store


class ThreadedPictures:
    """`PictureStore` over the folder of pictures."""

    def __init__(self, images: ImageFolder) -> None:
        self._images = images

    async def key(self, picture: bytes) -> str:
        """The key. Raises: UnsupportedFormatError."""
        return await asyncio.to_thread(image_key, picture)

    async def put(self, picture: bytes) -> str:
        """Keep. Raises: UnavailableError where the disk is full or not there."""
        with _told_apart("the picture can't be stored; try again in a moment"):
            return await asyncio.to_thread(self._images.put, picture)

    async def get(self, key: str) -> bytes | None:
        """Read. Raises: UnavailableError."""
        with _told_apart("the picture can't be read; try again in a moment"):
            return await asyncio.to_thread(self._images.get, key)


@contextmanager
def _told_apart(to_caller: str) -> Iterator[None]:
    """Around what may fail by store or disk: why goes to the log, `to_caller` to who asked.

    Raises: UnavailableError.
    """
    try:
        yield
    except (UnavailableError, OSError) as error:
        _log.warning("a change is answered with %r: %s", to_caller, error)
        raise UnavailableError(to_caller) from None
