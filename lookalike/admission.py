"""How many requests are let in, and how long each may work; the same at every front door."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    OverloadedError,
    UnavailableError,
)
from lookalike.contract.schemas import DEADLINE_HEADER

StagesDown = Callable[[], Awaitable[Sequence[str]]]
"""Names the stages of which nothing runs at the moment."""


class StagesDownError(UnavailableError):
    """The deadline passed, as for DeadlineError, and a stage of the service is down."""


class Admission:
    """Lets at most `max_in_flight` requests in at once; one more is refused, never queued.

    `stages_down` is asked when a deadline passes: Ray Serve lets a call wait for a replica that
    may never come back, and then the stage is named instead.
    """

    def __init__(self, max_in_flight: int, stages_down: StagesDown | None = None) -> None:
        self._free = max_in_flight
        self._stages_down = stages_down

    @asynccontextmanager
    async def admit(self, deadline_s: float) -> AsyncIterator[None]:
        """A place, and `deadline_s` seconds to use it. Raises: OverloadedError and as `within`."""
        with self.place():
            async with self.within(deadline_s):
                yield

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place. Raises: OverloadedError."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def check_room(self) -> None:
        """Refuse early what would get no place now; takes none. Raises: OverloadedError."""
        if self._free <= 0:
            raise OverloadedError("too many requests are at work; try again in a second")

    def enter(self) -> None:
        """Take a place, for good until `leave`. Raises: OverloadedError."""
        self.check_room()
        self._free -= 1

    def leave(self) -> None:
        """Give a place back."""
        self._free += 1

    @asynccontextmanager
    async def within(self, deadline_s: float) -> AsyncIterator[None]:
        """Drop what is not done in time. Raises: DeadlineError, StagesDownError."""
        try:
            async with asyncio.timeout(deadline_s) as scope:
                yield
        except TimeoutError:
            if not scope.expired():
                raise
        else:
            return
        down = await self._stages_down() if self._stages_down else []
        if down:
            raise StagesDownError(f"down for now: {', '.join(down)}")
        raise DeadlineError(f"no answer within {deadline_s:g} s")


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
