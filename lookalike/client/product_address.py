"""Where a product lies over HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from lookalike.contract.errors import BadRequestError, NotFoundError
from lookalike.contract.validation import id_bytes

_STEPS: Final = frozenset({".", ".."})
"""What clients take for a step in the address. Source: RFC 3986, 5.2.4."""


def product_path(product_id: str) -> str:
    """The path of a product's address.

    Raises: NotFoundError for an id that would lead to another address, BadRequestError for none.
    """
    if not product_id:
        raise BadRequestError("id: String should have at least 1 character")
    if "/" in product_id or product_id in _STEPS:
        raise NotFoundError(f"there is no product {product_id!r}")
    return f"/v1/products/{quote(id_bytes(product_id), safe='')}"
