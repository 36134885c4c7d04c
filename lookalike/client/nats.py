"""The client over NATS."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import uuid
from collections.abc import AsyncIterator
from typing import Self, TypeVar

from nats.errors import Error as NatsError
from pydantic import BaseModel

from lookalike.client.fitting import FittedPhoto, fit
from lookalike.client.nats_messages import (
    check_size,
    id_payload,
    params_header,
)
from lookalike.client.nats_object_store import not_stored, put_whole, take_away
from lookalike.client.nats_questions import AsksOverNats, Change
from lookalike.contract import schemas, subjects
from lookalike.contract.errors import ImageTooLargeError, UnsupportedFormatError
from lookalike.contract.listing import (
    DeleteProductReply,
    PutProductParams,
    PutProductReply,
    new_product_id,
)

R = TypeVar("R", bound=BaseModel)


class NatsSearchClient(AsksOverNats):
    """`SearchClient` and `CatalogClient` over NATS; use it as an async context manager.

    A connection that breaks is taken up again while there is time. What only reads is then asked
    once more; anything else fails with UnavailableError, since nobody knows whether it was done.
    """

    def within(self, deadline_s: float) -> Self:
        """This client, on the same connection, with another deadline for each request."""
        other = copy.copy(self)
        other._questions = self._questions.within(deadline_s)
        return other

    async def recommend(
        self, photo: bytes, params: schemas.RecommendParams | None = None
    ) -> schemas.RecommendReply:
        """The products most like what lies in the crop of a photo."""
        crop = params.crop if params else None
        reply, fitted = await self._ask_about_photo(
            subjects.RECOMMEND, photo, params, crop, schemas.RecommendReply
        )
        return reply.model_copy(update={"crop": fitted.used_crop}) if fitted else reply

    async def classify(
        self, photo: bytes, params: schemas.ClassifyParams | None = None
    ) -> schemas.ClassifyReply:
        """The category of what lies in the crop of a photo."""
        crop = params.crop if params else None
        reply, fitted = await self._ask_about_photo(
            subjects.CLASSIFY, photo, params, crop, schemas.ClassifyReply
        )
        return reply.model_copy(update={"crop": fitted.used_crop}) if fitted else reply

    async def crops(self, photo: bytes) -> schemas.CropsReply:
        """Suggested crop boxes."""
        reply, fitted = await self._ask_about_photo(
            subjects.CROPS, photo, None, None, schemas.CropsReply
        )
        if fitted is None:
            return reply
        original = {
            "width": fitted.original.width,
            "height": fitted.original.height,
            "crops": [fitted.in_original(box) for box in reply.crops],
        }
        return reply.model_copy(update=original)

    async def product(self, product_id: str) -> schemas.ProductReply:
        """One product."""
        return await self._ask_about_product(
            subjects.PRODUCTS_GET, product_id, None, schemas.ProductReply
        )

    async def similar(
        self, product_id: str, params: schemas.SearchParams | None = None
    ) -> schemas.SimilarReply:
        """The products most like one of the catalogue."""
        return await self._ask_about_product(
            subjects.PRODUCTS_SIMILAR, product_id, params, schemas.SimilarReply
        )

    async def put_product(
        self, product_id: str, params: PutProductParams, picture: bytes | None = None
    ) -> PutProductReply:
        """List a product or replace it; without a picture it keeps the one that it has."""
        if picture is not None and not picture:
            raise UnsupportedFormatError("the picture is empty")  # no payload: none was sent
        headers = params_header(params) | {subjects.PRODUCT_HEADER: new_product_id(product_id)}
        change = Change()

        async def put() -> PutProductReply:
            if len(picture or b"") <= await self._questions.room(headers):
                return await self._questions.ask(
                    subjects.PRODUCTS_PUT, picture or b"", headers, PutProductReply, change
                )
            async with self._stored(picture or b"") as name:
                by_name = headers | {subjects.PHOTO_HEADER: name}
                return await self._questions.ask(
                    subjects.PRODUCTS_PUT, b"", by_name, PutProductReply, change
                )

        return await self._questions.timed(put, change)

    async def delete_product(self, product_id: str) -> DeleteProductReply:
        """Remove a product."""
        change, payload = Change(), id_payload(product_id)
        return await self._questions.timed(
            lambda: self._questions.ask(
                subjects.PRODUCTS_DELETE, payload, {}, DeleteProductReply, change
            ),
            change,
        )

    async def ready(self) -> schemas.ReadyReply:
        """Whether every stage answers."""
        return await self._questions.timed(
            lambda: self._questions.ask(subjects.READY, b"", {}, schemas.ReadyReply)
        )

    async def _ask_about_product(
        self, subject: str, product_id: str, params: BaseModel | None, reply_type: type[R]
    ) -> R:
        return await self._questions.timed(
            lambda: self._questions.ask(
                subject, id_payload(product_id), params_header(params), reply_type
            )
        )

    async def _ask_about_photo(
        self,
        subject: str,
        photo: bytes,
        params: BaseModel | None,
        crop: schemas.Crop | None,
        reply_type: type[R],
    ) -> tuple[R, FittedPhoto | None]:
        """The reply, and which part of the photo was sent where all of it was too large."""

        async def ask() -> tuple[R, FittedPhoto | None]:
            headers = params_header(params)
            room = await self._questions.room(headers)
            if len(photo) <= room:
                return await self._questions.ask(subject, photo, headers, reply_type), None
            check_size(photo)
            fitted = await asyncio.to_thread(fit, photo, crop, room)
            if fitted is None:
                async with self._stored(photo) as name:
                    by_name = headers | {subjects.PHOTO_HEADER: name}
                    return await self._questions.ask(subject, b"", by_name, reply_type), None
            inside = params and params.model_copy(update={"crop": fitted.crop})
            return await self._questions.ask(
                subject, fitted.jpeg, params_header(inside), reply_type
            ), fitted

        return await self._questions.timed(ask)

    @contextlib.asynccontextmanager
    async def _stored(self, photo: bytes) -> AsyncIterator[str]:
        """Put a photo into the object store for as long as a request needs it; its name there."""
        check_size(photo)
        name = uuid.uuid4().hex
        connection = await self._questions.link.connection()
        try:
            bucket = await connection.jetstream().object_store(subjects.PHOTO_BUCKET)
            await put_whole(bucket, name, photo)
        except NatsError as refused:
            no_store = ImageTooLargeError(
                f"the photo has {len(photo):,} bytes; the NATS server takes messages of "
                f"{connection.max_payload:,} bytes and has no object store for larger ones"
            )
            raise not_stored(refused, len(photo), no_store) from None
        try:
            yield name
        finally:
            await take_away(bucket, name)
