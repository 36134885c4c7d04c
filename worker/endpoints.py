"""The table of endpoints: subject, what is asked, what is answered, and who answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pydantic import BaseModel

from lookalike.access.keys import Scope
from lookalike.contract import schemas, subjects
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply
from worker.messages import Asked, Message, PhotoMessage, ProductMessage, PutMessage


class Backend(Protocol):
    """Answers requests: the recommender in this process, or a service elsewhere."""

    def let_in(self) -> Awaitable[None]:
        """Look at the caller's key, for what asks nothing of the backend yet.

        Raises: UnauthorizedError, ForbiddenError, RateLimitedError; DeadlineError and
        UnavailableError where nobody can say for now whether the key counts.
        """
        ...

    def recommend(
        self, photo: bytes, params: schemas.RecommendParams, request_id: str
    ) -> Awaitable[schemas.RecommendReply]:
        """The products most like what lies in the crop of a photo."""
        ...

    def classify(
        self, photo: bytes, params: schemas.ClassifyParams, request_id: str
    ) -> Awaitable[schemas.ClassifyReply]:
        """The category of what lies in the crop of a photo."""
        ...

    def crops(self, photo: bytes, request_id: str) -> Awaitable[schemas.CropsReply]:
        """Suggested crop boxes."""
        ...

    def product(self, product_id: str) -> Awaitable[schemas.ProductReply]:
        """One product."""
        ...

    def similar(
        self, product_id: str, params: schemas.SearchParams, request_id: str
    ) -> Awaitable[schemas.SimilarReply]:
        """The products most like one of the catalogue."""
        ...

    def put_product(
        self,
        product_id: str,
        params: PutProductParams,
        picture: bytes | None,
        request_id: str,
    ) -> Awaitable[PutProductReply]:
        """List a product or replace it; raises ForbiddenError as well."""
        ...

    def delete_product(self, product_id: str, request_id: str) -> Awaitable[DeleteProductReply]:
        """Remove a product; raises ForbiddenError as well."""
        ...


BackendFor = Callable[[float, str | None], Backend]
"""The backend of a request that has so many seconds and carries that key."""

_OPERATIONS: Final = {
    "products-get": "product",
    "products-similar": "similar",
    "products-put": "put_product",
    "products-delete": "delete_product",
    "jobs-submit": "submit_job",
    "jobs-get": "job",
    "jobs-cancel": "cancel_job",
}


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """One endpoint. `request` and `reply` are published as JSON schemas with it.

    One that `asks_stages` counts as a request at work, and gets the photo that a request names.
    `repeatable`: whether the same message again changes no more than the first one did.
    """

    name: str
    subject: str
    summary: str
    request: type[BaseModel]
    reply: type[BaseModel]
    answer: Callable[[Backend, Asked], Awaitable[BaseModel]]
    changes: bool = False
    repeatable: Callable[[Message], bool] = lambda _: True
    asks_stages: bool = True
    scope: Scope | None = Scope.READ
    """What a key must be for; None: it needs no key."""

    @property
    def operation(self) -> str:
        """As the operation is called over HTTP, and in logs, metrics and traces."""
        return _OPERATIONS.get(self.name, self.name)

    def metadata(self) -> dict[str, str]:
        """What discovery shows."""
        return {
            "description": self.summary,
            "request_schema": _schema(self.request, "validation"),
            "response_schema": _schema(self.reply, "serialization"),
            "error_schema": _schema(schemas.ErrorReply, "serialization"),
        }


async def _recommend(backend: Backend, asked: Asked) -> BaseModel:
    photo, params = asked.photo_and(schemas.RecommendParams)
    return await backend.recommend(photo, params, asked.request_id)


async def _classify(backend: Backend, asked: Asked) -> BaseModel:
    photo, params = asked.photo_and(schemas.ClassifyParams)
    return await backend.classify(photo, params, asked.request_id)


async def _crops(backend: Backend, asked: Asked) -> BaseModel:
    photo, _ = asked.photo_and(schemas.Wire)
    return await backend.crops(photo, asked.request_id)


async def _product(backend: Backend, asked: Asked) -> BaseModel:
    product_id, _ = asked.message.product(schemas.Wire)
    return await backend.product(product_id)


async def _similar(backend: Backend, asked: Asked) -> BaseModel:
    product_id, params = asked.message.product(schemas.SearchParams)
    return await backend.similar(product_id, params, asked.request_id)


async def _put(backend: Backend, asked: Asked) -> BaseModel:
    product_id, picture, params = asked.put()
    return await backend.put_product(product_id, params, picture, asked.request_id)


async def _delete(backend: Backend, asked: Asked) -> BaseModel:
    product_id, _ = asked.message.product(schemas.Wire)
    return await backend.delete_product(product_id, asked.request_id)


ENDPOINTS: Final = (
    EndpointSpec(
        "recommend",
        subjects.RECOMMEND,
        "The products that look most like what lies in the crop of a photo.",
        PhotoMessage[schemas.RecommendParams],
        schemas.RecommendReply,
        _recommend,
    ),
    EndpointSpec(
        "classify",
        subjects.CLASSIFY,
        "The category of what lies in the crop of a photo.",
        PhotoMessage[schemas.ClassifyParams],
        schemas.ClassifyReply,
        _classify,
    ),
    EndpointSpec(
        "crops",
        subjects.CROPS,
        "Suggested crop boxes: the garments in a photo, the likeliest first.",
        PhotoMessage[schemas.Wire],
        schemas.CropsReply,
        _crops,
    ),
    EndpointSpec(
        "products-get",
        subjects.PRODUCTS_GET,
        "One product of the catalogue.",
        ProductMessage[schemas.Wire],
        schemas.ProductReply,
        _product,
    ),
    EndpointSpec(
        "products-similar",
        subjects.PRODUCTS_SIMILAR,
        "The products that look most like one of the catalogue.",
        ProductMessage[schemas.SearchParams],
        schemas.SimilarReply,
        _similar,
    ),
    EndpointSpec(
        "products-put",
        subjects.PRODUCTS_PUT,
        "List a product, or replace what is listed; on disk when answered.",
        PutMessage,
        PutProductReply,
        _put,
        changes=True,
        scope=Scope.WRITE,
    ),
    EndpointSpec(
        "products-delete",
        subjects.PRODUCTS_DELETE,
        "Remove a product; on disk when answered.",
        ProductMessage[schemas.Wire],
        DeleteProductReply,
        _delete,
        changes=True,
        scope=Scope.WRITE,
    ),
)
"""What any backend answers; the service adds readiness, which has a rule of its own."""


def _schema(wire_type: type[BaseModel], mode: Any) -> str:
    return json.dumps(wire_type.model_json_schema(mode=mode))
