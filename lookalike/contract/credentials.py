"""How a caller says who asks, over HTTP and NATS alike."""

from __future__ import annotations

from typing import Final

from lookalike.contract.errors import UnauthorizedError

AUTHORIZATION_HEADER: Final = "Authorization"
"""`Bearer` and the API key. Source: RFC 6750, 2.1."""
API_KEY_HEADER: Final = "X-API-Key"
"""The API key alone, for callers whose `Authorization` a proxy in between needs; it counts where
both are sent."""
API_KEY_VARIABLE: Final = "LOOKALIKE_API_KEY"
"""Environment variable that the commands take the key from."""

_BEARER: Final = "bearer"


def bearer(api_key: str | None) -> dict[str, str]:
    """The header that carries a key, none where there is none.

    Raises: UnauthorizedError for what no header can carry, so that no library tells it on.
    """
    key = _carried(api_key)
    return {AUTHORIZATION_HEADER: f"Bearer {key}"} if key else {}


def key_alone(api_key: str | None) -> dict[str, str]:
    """As `bearer`, where `Authorization` carries something else."""
    key = _carried(api_key)
    return {API_KEY_HEADER: key} if key else {}


def _carried(api_key: str | None) -> str:
    key = (api_key or "").strip()
    if not key.isascii() or not key.isprintable():
        raise UnauthorizedError("the API key has characters that no key has")
    return key


def sent_key(authorization: str | None, api_key: str | None) -> str | None:
    """The key in the values of the two headers; None where neither holds one."""
    if alone := (api_key or "").strip():
        return alone
    scheme, _, key = (authorization or "").strip().partition(" ")
    return key.strip() or None if scheme.lower() == _BEARER else None
