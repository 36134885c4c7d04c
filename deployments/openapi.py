"""What FastAPI can't see by itself of the API's document: uploads, search parameters, errors."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from deployments.http_gate import SECURITY_SCHEMES
from lookalike.contract import schemas
from lookalike.contract.errors import OverloadedError
from lookalike.contract.listing import PutProductParams
from lookalike.contract.subjects import RETRY_AFTER_HEADER

_REF: Final = "#/components/schemas/{model}"
_PICTURES: Final = "image/jpeg, image/png, image/webp, image/gif, image/bmp"
_RETRY_AFTER: Final = "RetryAfter"
_REQUEST_ID: Final = "RequestId"
_DEADLINE: Final = "Deadline"
_ANSWERED_BY_THE_SERVER: Final = "400"
"""What the application does not see, and so gives no id."""
_HEADERS: Final[dict[str, Any]] = {
    _REQUEST_ID: {
        "description": "the id under which the service logs the request; the caller's own "
        f"{schemas.REQUEST_ID_HEADER}, where it sent one",
        "schema": {"type": "string"},
    },
    _RETRY_AFTER: {
        "description": "seconds to wait before asking again",
        "schema": {"type": "integer", "minimum": 0},
    },
}
_PARAMETERS: Final[dict[str, Any]] = {
    _DEADLINE: {
        "name": schemas.DEADLINE_HEADER,
        "in": "header",
        "required": False,
        "description": "seconds that the caller is ready to wait; a service refuses more than its "
        "own limit (60, where it is not set otherwise)",
        "schema": {"type": "number", "exclusiveMinimum": 0},
    }
}
_PARAMETER_TYPES: Final = (
    schemas.RecommendParams,
    schemas.ClassifyParams,
    schemas.SearchParams,
    PutProductParams,
)
OPEN_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": schemas.ErrorReply, "description": codes}
    for status, codes in {
        404: "not_found",
        413: "image_too_large",
        415: "bad_image: no picture of a supported format",
        422: "bad_image, bad_crop or bad_request",
        429: "overloaded or rate_limited; see Retry-After",
        500: "internal",
        503: "unavailable: a stage is down",
        504: "deadline",
    }.items()
} | {"default": {"model": schemas.ErrorReply, "description": "any other failure, by its code"}}
"""`responses` of what asks for no key."""
ERRORS: Final[dict[int | str, dict[str, Any]]] = OPEN_ERRORS | {
    401: {"model": schemas.ErrorReply, "description": "unauthorized: no API key that counts"},
    403: {
        "model": schemas.ErrorReply,
        "description": "forbidden: no scope for it, no changes taken, or another host's name",
    },
}
TOO_LONG: Final[dict[int | str, dict[str, Any]]] = {
    400: {
        "description": "the address is longer than servers take "
        f"({schemas.MAX_ADDRESS_CHARS:,} characters are safe)",
        "content": {"text/plain": {}},
    }
}


def upload_operation(
    params_type: type[schemas.Wire] | None, required: str = "image"
) -> dict[str, Any]:
    """The `requestBody` of an upload: a file `image` and, as JSON, `params`."""
    properties: dict[str, Any] = {
        "image": {
            "type": "string",
            "format": "binary",
            "description": "JPEG, PNG, WebP, GIF or BMP, at most 15 MB and 50 megapixels",
        }
    }
    encoding: dict[str, Any] = {"image": {"contentType": _PICTURES}}
    if params_type is not None:
        properties["params"] = {"$ref": _REF.format(model=params_type.__name__)}
        encoding["params"] = {"contentType": "application/json"}
    schema = {"type": "object", "required": [required], "properties": properties}
    content = {"multipart/form-data": {"schema": schema, "encoding": encoding}}
    return {"requestBody": {"required": True, "content": content}}


def search_operation() -> dict[str, Any]:
    """The `parameters` of a search in a query string."""
    fields = schemas.SearchParams.model_json_schema(ref_template=_REF)
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema}
            for name, schema in fields["properties"].items()
        ]
    }


def with_parameter_schemas(api: FastAPI) -> None:
    """Give the document of `api` the schemas that its operations refer to."""

    def document() -> dict[str, Any]:
        if api.openapi_schema is None:
            made = get_openapi(
                title=api.title, summary=api.summary, version=api.version, routes=api.routes
            )
            _, parameters = models_json_schema(
                [(wire_type, "validation") for wire_type in _PARAMETER_TYPES], ref_template=_REF
            )
            made["components"]["schemas"] |= parameters["$defs"]
            made["components"]["securitySchemes"] = SECURITY_SCHEMES
            made["components"] |= {"headers": _HEADERS, "parameters": _PARAMETERS}
            for methods in made["paths"].values():
                for operation in methods.values():
                    _with_headers(operation)
            api.openapi_schema = made
        return api.openapi_schema

    api.openapi = document  # type: ignore[method-assign]


def _with_headers(operation: dict[str, Any]) -> None:
    """Name the headers of requests and replies; what asks for a key takes a deadline."""
    if "security" in operation:
        deadline = {"$ref": f"#/components/parameters/{_DEADLINE}"}
        operation["parameters"] = [*operation.get("parameters", []), deadline]
    for status, response in operation["responses"].items():
        if status == _ANSWERED_BY_THE_SERVER:
            continue
        names = {schemas.REQUEST_ID_HEADER: _REQUEST_ID}
        if status == str(OverloadedError.http_status):
            names |= {RETRY_AFTER_HEADER: _RETRY_AFTER}
        response["headers"] = {
            header: {"$ref": f"#/components/headers/{name}"} for header, name in names.items()
        }
