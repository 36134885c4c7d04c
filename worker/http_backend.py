"""A backend that is a service elsewhere, behind its HTTP door."""

from __future__ import annotations

import contextlib
from typing import Final

from lookalike.client.http import HttpSearchClient
from lookalike.contract import schemas
from lookalike.contract.errors import NotFoundError
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply

_NOBODYS: Final = "nobody's"


class HttpBackend:
    """Hands requests on over HTTP; replies carry the id under which the worker was asked."""

    def __init__(self, client: HttpSearchClient) -> None:
        self._client = client

    async def let_in(self) -> None:
        """As the service answers whoever asks for a product that nobody has."""
        with contextlib.suppress(NotFoundError):
            await self._client.product(_NOBODYS)

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
