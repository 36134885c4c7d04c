"""The HTTP front door as a plain FastAPI application, free of Ray: its addresses."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, Response
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel

from deployments.api import HttpApi
from deployments.http_errors import install
from deployments.http_gate import guarded, security
from deployments.openapi import (
    ERRORS,
    OPEN_ERRORS,
    TOO_LONG,
    search_operation,
    upload_operation,
    with_parameter_schemas,
)
from lookalike.access.keys import Scope
from lookalike.contract import schemas
from lookalike.contract.listing import DeleteProductReply, PutProductParams, PutProductReply

_PRODUCT: Final = "/v1/products/{product_id}"
Endpoint = Callable[..., Coroutine[Any, Any, Any]]
Guard = Callable[[Scope], list[Any]]
"""The dependencies of a route that takes keys of a scope."""


def build_api(routes: HttpApi) -> FastAPI:
    """The FastAPI application of `routes`."""
    api = FastAPIOffline(  # its page of the API asks no other server for anything
        title="lookalike",
        summary="A photo and a crop box in, exact nearest products out.",
        version=version("lookalike"),
        redoc_url=None,
        swagger_ui_parameters={"validatorUrl": None},  # else one of Swagger's, for a badge
        redirect_slashes=False,  # they would name http where TLS ends before us
    )
    guard = partial(guarded, routes.gate, check_host=routes.check_host)
    _add_photo_routes(api, routes, guard)
    _add_product_routes(api, routes, guard)
    _add_open_routes(api, routes)
    install(api, routes.door)
    with_parameter_schemas(api)
    return api


def _add_photo_routes(api: FastAPI, routes: HttpApi, guard: Guard) -> None:
    """What is asked about a photo."""
    post: dict[str, tuple[Endpoint, type[BaseModel], type[schemas.Wire] | None]] = {
        "/v1/recommend": (routes.recommend, schemas.RecommendReply, schemas.RecommendParams),
        "/v1/classify": (routes.classify, schemas.ClassifyReply, schemas.ClassifyParams),
        "/v1/crops": (routes.crops, schemas.CropsReply, None),
    }
    for path, (endpoint, reply, params) in post.items():
        api.post(
            path,
            response_model=reply,
            responses=ERRORS,
            openapi_extra=upload_operation(params) | security(Scope.READ),
            dependencies=guard(Scope.READ),
            operation_id=endpoint.__name__,
        )(endpoint)


def _add_product_routes(api: FastAPI, routes: HttpApi, guard: Guard) -> None:
    """What is asked about a product, and changes of the catalogue."""
    api.put(
        _PRODUCT,
        response_model=PutProductReply,
        responses=ERRORS,
        openapi_extra=upload_operation(PutProductParams, required="params") | security(Scope.WRITE),
        dependencies=guard(Scope.WRITE),
        operation_id="put_product",
    )(routes.put_product)
    api.delete(
        _PRODUCT,
        response_model=DeleteProductReply,
        responses=ERRORS,
        openapi_extra=security(Scope.WRITE),
        dependencies=guard(Scope.WRITE),
        operation_id="delete_product",
    )(routes.delete_product)
    get: dict[str, tuple[Endpoint, type[BaseModel], dict[str, Any]]] = {
        _PRODUCT: (routes.product, schemas.ProductReply, {}),
        "/v1/products/{product_id}/similar": (
            routes.similar,
            schemas.SimilarReply,
            search_operation(),
        ),
    }
    for path, (read, reply, extra) in get.items():
        _add_get(
            api,
            path,
            read,
            response_model=reply,
            responses=ERRORS | TOO_LONG,
            openapi_extra=extra | security(Scope.READ),
            dependencies=guard(Scope.READ),
            operation_id=read.__name__,
        )


def _add_open_routes(api: FastAPI, routes: HttpApi) -> None:
    """What asks for no key: probes, and pictures, which browsers fetch by addresses told before."""
    probes: dict[str, tuple[Endpoint, type[BaseModel]]] = {
        "/healthz": (routes.healthz, schemas.HealthReply),
        "/readyz": (routes.readyz, schemas.ReadyReply),
    }
    for path, (probe, reply) in probes.items():
        _add_get(
            api,
            path,
            probe,
            response_model=reply,
            responses=OPEN_ERRORS,
            operation_id=probe.__name__,
        )
    _add_get(
        api,
        "/v1/images/{key}",
        routes.image,
        response_class=Response,
        responses=OPEN_ERRORS
        | {200: {"content": {"image/*": {}}}, 304: {"description": "unchanged"}},
        operation_id="image",
    )


def _add_get(api: FastAPI, path: str, endpoint: Endpoint, **told: Any) -> None:
    """Answer GET and, which the document leaves out, HEAD. Source: RFC 9110, 9.1.

    The server in front of the application sends no content for HEAD.
    """
    api.get(path, **told)(endpoint)
    api.head(path, include_in_schema=False, **told)(endpoint)
