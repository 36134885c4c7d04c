"""How often one caller may ask."""

from __future__ import annotations

import math
from collections import OrderedDict
from ipaddress import IPv6Network, ip_address
from typing import Final

from aiolimiter import AsyncLimiter

from lookalike.contract.errors import RateLimitedError

MAX_CALLERS: Final = 10_000
"""Callers that are remembered, some 0.5 KB each; the one that was quiet for longest goes first."""
_MINUTE_S: Final = 60.0
_IPV6_HOLDERS_BITS: Final = 64
"""What one subscriber is given at least. Source: RFC 6177."""


class RateLimits:
    """A leaky bucket a caller: a minute's worth of requests at once, then evenly.

    It counts in this process alone: each replica of each door grants the limit by itself.
    """

    def __init__(self, max_callers: int = MAX_CALLERS) -> None:
        self._buckets: OrderedDict[tuple[str, int], AsyncLimiter] = OrderedDict()
        self._max_callers = max_callers

    async def take(self, caller: str, per_minute: int) -> None:
        """Count one request. Raises: RateLimitedError; then it does not count."""
        known = (caller, per_minute)
        bucket = self._buckets.get(known)
        if bucket is None:
            bucket = self._buckets[known] = AsyncLimiter(per_minute, _MINUTE_S)
            if len(self._buckets) > self._max_callers:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(known)
        if not bucket.has_capacity():
            # At most one request is missing, and that leaks away in this time.
            raise RateLimitedError.after(math.ceil(_MINUTE_S / per_minute), per_minute)
        await bucket.acquire()  # there is room: it returns at once


def holder_of(address: str) -> str:
    """Who is counted for a network address: itself, or with IPv6 the network that one holder has.

    Anything else is counted as it is written.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _IPV6_HOLDERS_BITS), strict=False))
