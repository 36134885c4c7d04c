"""A backend that is a service elsewhere, behind its HTTP door."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from lookalike.client.http import HttpSearchClient
from lookalike.contract import schemas
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ForbiddenError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply
from worker.let_in import LetInLately

_NO_ID: Final = "x" * 201
"""Longer than any product's: the service's gate alone looks at who asks, and no stage is asked."""
_KNOWN_WAIT_S: Final = 2.0
"""How long a door that hangs holds up callers whom it has let in before."""


class HttpBackend:
    """Hands requests on over HTTP; replies carry the id under which the worker was asked."""

    def __init__(
        self, client: HttpSearchClient, key: str | None = None, lately: LetInLately | None = None
    ) -> None:
        """`key` is the one that `client` sends; `lately` is shared by the backends of a worker."""
        self._client = client
        self._key = key
        self._lately = lately or LetInLately()

    async def lets_strangers_write(self) -> bool:
        """Whether the service's gate lets in a change without a key.

        Raises: LookalikeError where the service does not say.
        """
        try:
            with contextlib.suppress(BadRequestError, NotFoundError):
                await self._client.with_key(None).delete_product(_NO_ID)
        except (UnauthorizedError, ForbiddenError):
            return False
        return True

    async def let_in(self) -> None:
        """As the service's gate does, however much its stages have to do.

        While the service can't be asked, those are let in whom it has let in within the hour.
        Raises: UnauthorizedError, ForbiddenError, RateLimitedError, DeadlineError,
        UnavailableError.
        """
        known = self._lately.holds(self._key)
        try:
            async with asyncio.timeout(_KNOWN_WAIT_S if known else None):
                await self._pass_gate()
        except (UnauthorizedError, ForbiddenError):
            self._lately.drop(self._key)
            raise
        except (TimeoutError, DeadlineError, UnavailableError):
            if not known:
                raise
        else:
            self._lately.add(self._key)

    async def _pass_gate(self) -> None:
        try:
            with contextlib.suppress(BadRequestError, NotFoundError):
                await self._client.product(_NO_ID)
        except OverloadedError as error:  # of what is behind the gate, but for a caller's own limit
            if isinstance(error, RateLimitedError):
                raise

    async def recommend(
        self, photo: bytes, params: schemas.RecommendParams, request_id: str
    ) -> schemas.RecommendReply:
        """As the service answers."""
        reply = await self._client.recommend(photo, params)
        return reply.model_copy(update={"request_id": request_id})

    async def classify(
        self, photo: bytes, params: schemas.ClassifyParams, request_id: str
    ) -> schemas.ClassifyReply:
        """As the service answers."""
        reply = await self._client.classify(photo, params)
        return reply.model_copy(update={"request_id": request_id})

    async def crops(self, photo: bytes, request_id: str) -> schemas.CropsReply:
        """As the service answers."""
        reply = await self._client.crops(photo)
        return reply.model_copy(update={"request_id": request_id})

    async def product(self, product_id: str) -> schemas.ProductReply:
        """As the service answers."""
        return await self._client.product(product_id)

    async def similar(
        self, product_id: str, params: schemas.SearchParams, request_id: str
    ) -> schemas.SimilarReply:
        """As the service answers."""
        reply = await self._client.similar(product_id, params)
        return reply.model_copy(update={"request_id": request_id})

    async def put_product(
        self,
        product_id: str,
        params: PutProductParams,
        picture: bytes | None,
        request_id: str,
    ) -> PutProductReply:
        """As the service answers."""
        reply = await self._client.put_product(product_id, params, picture)
        return reply.model_copy(update={"request_id": request_id})

    async def delete_product(self, product_id: str, request_id: str) -> DeleteProductReply:
        """As the service answers."""
        reply = await self._client.delete_product(product_id)
        return reply.model_copy(update={"request_id": request_id})
