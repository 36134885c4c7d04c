"""What the HTTP front door answers, free of Ray; `deployments.routes` says where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import Path, Request, Response
from pydantic import BaseModel, TypeAdapter

from catalog.images import ImageFolder, media_type
from deployments.canary import canary_photo
from deployments.host_header import host_check
from deployments.http_errors import open_request_of, request_id_of
from deployments.pictures import PictureResponse
from deployments.readiness import CachedCheck
from deployments.search_query import search_params
from deployments.settings import GatewayArgs
from deployments.upload import Upload, admitted_upload
from lookalike.access.gate import Gate
from lookalike.admission import (
    Admission,
    StagesDown,
    StagesDownError,
    deadline_from_header,
)
from lookalike.catalog_writer import CatalogWriter
from lookalike.contract import schemas
from lookalike.contract.errors import DeadlineError, ForbiddenError, NotFoundError
from lookalike.contract.listing import (
    NewProductId,
    PutProductParams,
    new_product_id,
    with_unknown_end,
)
from lookalike.recommender import Recommender
from lookalike.telemetry.door import Door
from lookalike.telemetry.origin import serving
from lookalike.vision.images import ImageLimits

READY_FRESH_S: Final = 2.0
"""How long one canary run answers for."""
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
ProductPath = Annotated[str, Path(min_length=1, max_length=200, description="product id")]
_NEW_ID_RULES: Final = TypeAdapter(NewProductId).json_schema()
NewProductPath = Annotated[
    str,
    Path(
        description="product id; not . or .., and no space at either end",
        json_schema_extra=_NEW_ID_RULES,  # for the document: `new_product_id` refuses
    ),
]


class HttpApi:
    """The routes over one recommender, with admission, deadline and readiness around them."""

    def __init__(
        self,
        recommender: Recommender,
        images: ImageFolder,
        args: GatewayArgs,
        limits: ImageLimits | None = None,
        stages_down: StagesDown | None = None,
        writer: CatalogWriter | None = None,
        door: Door | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`writer` None: PUT and DELETE are refused. `gate` None: everybody may ask.

        `door` is told of every request.
        """
        self.door = door or Door("http")
        self.gate = gate
        self.check_host = host_check(args.access)
        self._recommender = recommender
        self._writer = writer
        self._images = images
        self._args = args
        self._limits = limits or ImageLimits()
        self._admission = Admission(args.max_in_flight, stages_down)
        self._uploads = Admission(args.max_uploads)
        self._readiness = CachedCheck(self._run_canary, READY_FRESH_S)

    async def recommend(self, request: Request) -> Response:
        """The products that look most like what lies in the crop of a photo."""

        async def work(upload: Upload) -> BaseModel:
            params = upload.params_as(schemas.RecommendParams)
            return await self._recommender.recommend(upload.image, params, request_id_of(request))

        return await self._answer_upload(request, work)

    async def classify(self, request: Request) -> Response:
        """The category of what lies in the crop of a photo."""

        async def work(upload: Upload) -> BaseModel:
            params = upload.params_as(schemas.ClassifyParams)
            return await self._recommender.classify(upload.image, params, request_id_of(request))

        return await self._answer_upload(request, work)

    async def crops(self, request: Request) -> Response:
        """Suggested crop boxes: the garments in a photo, the likeliest first."""

        async def work(upload: Upload) -> BaseModel:
            upload.params_as(schemas.Wire)
            return await self._recommender.crops(upload.image, request_id_of(request))

        return await self._answer_upload(request, work)

    async def product(self, request: Request, product_id: ProductPath) -> Response:
        """One product of the catalogue."""
        return await self._answer(request, lambda: self._recommender.product(product_id))

    async def put_product(self, request: Request, product_id: NewProductPath) -> Response:
        """List a product, or replace what is listed; in search within a second.

        On disk when answered. Without `image` the product keeps the picture that it has; sending
        the same again changes nothing.
        """
        writer = self._open_writer()
        checked_id = new_product_id(product_id)

        async def work(upload: Upload) -> BaseModel:
            params = upload.params_as(PutProductParams)
            return await writer.put(checked_id, params, upload.picture, request_id_of(request))

        with _change():
            return await self._answer_upload(request, work)

    async def delete_product(self, request: Request, product_id: ProductPath) -> Response:
        """Remove a product; out of search within a second, on disk when answered."""
        writer = self._open_writer()
        with _change():
            return await self._answer(
                request, lambda: writer.delete(product_id, request_id_of(request))
            )

    async def similar(self, request: Request, product_id: ProductPath) -> Response:
        """The products that look most like one of the catalogue."""
        params = search_params(request)
        return await self._answer(
            request,
            lambda: self._recommender.similar(product_id, params, request_id_of(request)),
        )

    async def image(self, request: Request, key: str) -> Response:
        """A product picture; its address changes when the picture does."""
        headers = {
            "ETag": f'"{key}"',
            "Cache-Control": _IMMUTABLE,
            "X-Content-Type-Options": "nosniff",
        }
        picture = await asyncio.to_thread(self._images.opened, key)
        if picture is None:
            raise NotFoundError("there is no such picture")
        if f'"{key}"' in request.headers.get("if-none-match", ""):
            picture.close()
            return Response(status_code=304, headers=headers)
        return PictureResponse(picture, media_type(key), headers)

    async def healthz(self) -> schemas.HealthReply:
        """The process answers; says nothing about the stages."""
        return schemas.HealthReply(status="ok")

    async def readyz(self) -> Response:
        """A canary picture went through all stages within the last seconds."""
        reply = await self._readiness.result()
        assert isinstance(reply, BaseModel)
        return _json(reply)

    async def _answer(self, request: Request, work: Callable[[], Awaitable[BaseModel]]) -> Response:
        async with self._admission.admit(self._deadline_s(request)):
            return _answered(request, await work())

    async def _answer_upload(
        self, request: Request, work: Callable[[Upload], Awaitable[BaseModel]]
    ) -> Response:
        async with (
            self._admission.within(self._deadline_s(request)),
            admitted_upload(request, self._limits, self._uploads, self._admission) as upload,
        ):
            return _answered(request, await work(upload))

    def _deadline_s(self, request: Request) -> float:
        return deadline_from_header(
            request.headers.get(schemas.DEADLINE_HEADER),
            self._args.default_deadline_s,
            self._args.max_deadline_s,
        )

    def _open_writer(self) -> CatalogWriter:
        if self._writer is None or not self._args.writes:
            raise ForbiddenError("this service takes no changes of its catalogue")
        return self._writer

    async def _run_canary(self) -> BaseModel:
        with serving(None):  # the canary is nobody's request
            async with Admission(1).admit(self._args.default_deadline_s):
                return await self._recommender.ready(canary_photo())


@contextmanager
def _change() -> Iterator[None]:
    """Around a change of the catalogue: past its deadline nobody knows whether it is stored."""
    try:
        yield
    except (DeadlineError, StagesDownError) as error:
        raise with_unknown_end(error) from None


def _answered(request: Request, reply: BaseModel) -> Response:
    open_request_of(request).answered_with(reply)
    return _json(reply)


def _json(reply: BaseModel) -> Response:
    return Response(reply.model_dump_json(), media_type="application/json")
