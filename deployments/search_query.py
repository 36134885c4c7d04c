"""Search parameters in a query string."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from lookalike.contract import schemas
from lookalike.contract.errors import BadRequestError
from lookalike.contract.validation import bad_request

_LISTS: Final = frozenset({"categories", "brands", "exclude"})


def search_params(request: Request) -> schemas.SearchParams:
    """`SearchParams` of a query string; a list is a name that is repeated.

    Raises: BadRequestError naming the field.
    """
    query = _query_of(request)
    for name in query:
        if name not in _LISTS and len(query.getlist(name)) > 1:
            raise BadRequestError(f"{name[:60]}: send one")
    given: dict[str, Any] = {
        name: query.getlist(name) if name in _LISTS else query[name] for name in query
    }
    if given.get("categories") in (["auto"], ["any"]):
        given["categories"] = given["categories"][0]
    try:
        return schemas.SearchParams.model_validate(given)
    except ValidationError as error:
        raise bad_request(error) from None


def _query_of(request: Request) -> QueryParams:
    """The query string; Starlette's own has U+FFFD for what is no UTF-8. Raises: BadRequestError"""
    raw = request.scope["query_string"].decode(errors="surrogateescape")
    query = QueryParams(parse_qsl(raw, keep_blank_values=True, errors="surrogateescape"))
    for name, value in query.multi_items():
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            readable = name[:60].encode(errors="replace").decode()
            raise BadRequestError(f"{readable}: must be valid UTF-8 in the address") from None
    return query
