"""The client that an address asks for."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from lookalike.client.http import HttpSearchClient
from lookalike.client.interface import SearchClient

_NATS_SCHEMES: Final = frozenset({"nats", "tls"})


def is_nats(url: str) -> bool:
    """Whether an address is a NATS server's: nats:// or tls://."""
    return urlsplit(url).scheme in _NATS_SCHEMES


def client_for(url: str, *, deadline_s: float = 10.0, api_key: str | None = None) -> SearchClient:
    """A client over NATS for nats:// and tls:// addresses, over HTTP for any other.

    Raises: UnauthorizedError for an `api_key` that can't be one.
    """
    if not is_nats(url):
        return HttpSearchClient(url, deadline_s=deadline_s, api_key=api_key)
    from lookalike.client.nats import NatsSearchClient  # an HTTP client does not load nats-py

    return NatsSearchClient(url, deadline_s=deadline_s, api_key=api_key)
