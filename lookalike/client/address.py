"""Whether an address can be a server's, before anything is sent there."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

import httpx

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import DEFAULT_NATS_URL

_LAST_PORT: Final = 65_535


def leads_somewhere(url: str) -> bool:
    """Whether it names a host, and a port that can be; HTTP's and NATS's look alike."""
    try:
        address = httpx.URL(url)
        named = urlsplit(url).hostname and address.host  # each refuses what the other takes
        return bool(named) and (address.port or 0) <= _LAST_PORT
    except (httpx.InvalidURL, ValueError):
        return False


def checked(url: str) -> str:
    """`url` itself. Raises: UnavailableError, without the login, where it leads nowhere."""
    if leads_somewhere(url):
        return url
    shown = re.sub("//.*@", "//", url)
    raise UnavailableError(
        f"{shown!r} is no address of a service, such as {DEFAULT_URL} or {DEFAULT_NATS_URL}"
    )
