"""What one picture at a time is asked for with."""

from __future__ import annotations

import ssl
from importlib import metadata
from typing import Final

import httpx

from catalog.importers.connections import AddressRule, ConnectionGuard

_KEPT_CONNECTIONS: Final = 2


class PictureLine:
    """A client for one request at a time: its connections end together when the time is over."""

    def __init__(
        self,
        may_reach: AddressRule,
        exempt: frozenset[str],
        tls: ssl.SSLContext,
        timeout: httpx.Timeout,
    ) -> None:
        """Reach what `may_reach` allows and the origins that are `exempt`."""
        self.guard = ConnectionGuard(may_reach, exempt)
        self.client = httpx.Client(
            verify=tls,
            timeout=timeout,
            limits=httpx.Limits(max_keepalive_connections=_KEPT_CONNECTIONS),
            event_hooks={"request": [self.guard]},
            headers={
                "User-Agent": f"lookalike/{metadata.version('lookalike')}",
                "Accept": "image/*",
                # A packed answer could unpack to any size.
                "Accept-Encoding": "identity",
            },
        )
