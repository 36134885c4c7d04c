"""How many requests are let in, and for how long each may work."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lookalike.contract.errors import BadRequestError, DeadlineError, OverloadedError
from lookalike.contract.schemas import DEADLINE_HEADER


class Admission:
    """Lets at most `max_in_flight` requests in at once; one more is refused, never queued."""

    def __init__(self, max_in_flight: int) -> None:
        self._free = max_in_flight

    @asynccontextmanager
    async def admit(self, deadline_s: float) -> AsyncIterator[None]:
        """A place, and `deadline_s` seconds to use it. Raises: OverloadedError, DeadlineError."""
        if self._free <= 0:
            raise OverloadedError("too many requests are at work; try again in a second")
        self._free -= 1
        try:
            async with asyncio.timeout(deadline_s) as scope:
                yield
        except TimeoutError:
            if not scope.expired():
                raise
            raise DeadlineError(f"no answer within {deadline_s:g} s") from None
        finally:
            self._free += 1


def deadline_from_header(value: str | None, default_s: float, max_s: float) -> float:
    """The deadline that a header asks for, `default_s` where there is none.

    Raises: BadRequestError for what is no number of seconds above 0 and up to `max_s`.
    """
    if value is None:
        return default_s
    try:
        deadline_s = float(value)
    except ValueError:
        deadline_s = math.nan
    if not 0 < deadline_s <= max_s:
        raise BadRequestError(f"{DEADLINE_HEADER}: must be seconds, above 0 and up to {max_s:g}")
    return deadline_s
