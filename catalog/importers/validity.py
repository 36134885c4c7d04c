"""Whether a price holds now, by the dates that a page or a row gives it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

_FIRST: Final = timedelta(hours=14)
_LAST: Final = timedelta(hours=-12)
"""Clocks that are ahead and behind all others. Source: IANA time zone database."""


def holds(now: datetime, starts: str, ends: str) -> bool:
    """Whether `now` (with its zone) lies between two dates; what is none of ISO 8601 is no bound.

    Shops seldom say whose clock they mean: without a zone a price begins as soon as it is so late
    anywhere, and ends once it is everywhere. A day counts to its end.
    """
    return _order(now, starts, _FIRST) >= 0 and _order(now, ends, _LAST) <= 0


def _order(now: datetime, date_said: str, clock: timedelta) -> int:
    """Whether now, on a clock where the date names no zone, is before (-1), after (1) or at it."""
    said = _moment(date_said)
    if said is None:
        return 0
    if isinstance(said, datetime) and said.tzinfo is not None:
        return (now > said) - (now < said)
    # Now is moved, and not the date: 9999-12-31 has no day after it.
    there = (now.astimezone(UTC) + clock).replace(tzinfo=None)
    if isinstance(said, datetime):
        return (there > said) - (there < said)
    return (there.date() > said) - (there.date() < said)


def _moment(text: str) -> date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None
