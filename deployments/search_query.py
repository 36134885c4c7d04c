"""Search parameters in a query string."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from pydantic import ValidationError

from lookalike.contract import schemas
from lookalike.contract.errors import BadRequestError
from lookalike.contract.validation import bad_request

_LISTS: Final = frozenset({"categories", "brands", "exclude"})


def search_params(request: Request) -> schemas.SearchParams:
    """`SearchParams` of a query string; a list is a name that is repeated.

    Raises: BadRequestError naming the field.
    """
    query = request.query_params
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
