"""Listing and removing products while the service runs, for every front door."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from lookalike import replies
from lookalike.contract import money
from lookalike.contract.errors import BadRequestError, NotFoundError, UnavailableError
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply
from lookalike.contract.taxonomy import Category
from lookalike.ports import Encoded, PictureStore, ProductStore, StoredProduct
from lookalike.products import Product

_ATTEMPTS: Final = 5
"""How often a put that keeps the picture looks again when others change it meanwhile."""

Look = Callable[[bytes], Awaitable[Encoded]]
"""Segment and encode a whole photo; raises what a photo or a stage can fail with."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A product's picture; `encoded` None where the store knows its features already."""

    image_key: str
    category: Category
    encoded: Encoded | None


class CatalogWriter:
    """Puts and deletes single products: durable when answered, in search within a second.

    Any number of writers may work at once, in any number of processes: of two that put one
    product the later wins as a whole, and a put without a picture never brings back a product or
    a picture that another writer removed meanwhile.
    """

    def __init__(
        self,
        store: ProductStore,
        pictures: PictureStore,
        look: Look,
        model_version: str,
        *,
        public_url: str = "",
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._look = look
        self._model_version = model_version
        self._public_url = public_url

    async def put(
        self, product_id: str, params: PutProductParams, picture: bytes | None, request_id: str
    ) -> PutProductReply:
        """List a product; `picture` None keeps the one that it has. The same again is no change.

        Raises: BadRequestError where there is no picture, BadImageError, UnsupportedFormatError,
            ImageTooLargeError, OverloadedError, UnavailableError.
        """
        started = time.perf_counter()
        looked: dict[str, Encoded] = {}
        for _ in range(_ATTEMPTS):
            stored = await self._store.stored(product_id)
            if picture is None:
                seen = await self._kept_picture(stored, params, looked)
            else:
                seen = await self._new_picture(stored, params, picture, looked)
            product = _product(product_id, params, seen)
            features = None if seen.encoded is None else seen.encoded.features
            version = await self._store.replace(product, features, keeps_image=picture is None)
            if version is not None:
                return self._reply(request_id, started, product, seen, version)
        raise UnavailableError("others keep changing this product; try again")

    async def delete(self, product_id: str, request_id: str) -> DeleteProductReply:
        """Remove a product. Raises: NotFoundError, UnavailableError."""
        version = await self._store.delete(product_id)
        if version is None:
            raise NotFoundError(f"there is no product {product_id!r} in the catalogue")
        return DeleteProductReply(request_id=request_id, id=product_id, catalog_version=version)

    async def _new_picture(
        self,
        stored: StoredProduct | None,
        params: PutProductParams,
        picture: bytes,
        looked: dict[str, Encoded],
    ) -> _Seen:
        key = await self._pictures.key(picture)
        seen = await self._see(key, stored, params, picture, looked)
        await self._pictures.put(picture)
        return seen

    async def _kept_picture(
        self, stored: StoredProduct | None, params: PutProductParams, looked: dict[str, Encoded]
    ) -> _Seen:
        key = None if stored is None else stored.product.image_key
        if key is None:
            raise BadRequestError("image: missing; the catalogue has no picture of this product")
        return await self._see(key, stored, params, None, looked)

    async def _see(
        self,
        key: str,
        stored: StoredProduct | None,
        params: PutProductParams,
        picture: bytes | None,
        looked: dict[str, Encoded],
    ) -> _Seen:
        """What there is to know of a picture; it is looked at only where that is not known."""
        known = stored is not None and stored.seen_image_key == key
        if known and params.category is not None:
            return _Seen(key, params.category, None)
        if key not in looked:
            content = picture if picture is not None else await self._pictures.get(key)
            if content is None:
                raise BadRequestError("image: the product's picture is lost; send it again")
            looked[key] = await self._look(content)
        guessed = replies.category_reply(looked[key].probabilities).name
        return _Seen(key, params.category or guessed, looked[key])

    def _reply(
        self, request_id: str, started: float, product: Product, seen: _Seen, version: int
    ) -> PutProductReply:
        encoded = seen.encoded
        return PutProductReply(
            request_id=request_id,
            product=replies.product(product, self._public_url),
            category=None if encoded is None else replies.category_reply(encoded.probabilities),
            catalog_version=version,
            model_version=self._model_version,
            timings_ms=replies.timings(started, encoded),
        )


def _product(product_id: str, params: PutProductParams, seen: _Seen) -> Product:
    return Product(
        id=product_id,
        title=params.title,
        brand=params.brand,
        category=seen.category,
        price_minor=money.to_minor(params.price, params.currency),
        currency=params.currency,
        item_url=params.item_url,
        image_key=seen.image_key,
        attributes=dict(params.attributes),
    )
