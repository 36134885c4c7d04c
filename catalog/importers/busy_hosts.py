"""Servers that ask to be left alone for a while, by `Retry-After`."""

from __future__ import annotations

import re
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"\d{1,9}")


class BusyHosts:
    """Until when nothing is asked of which server; used by several threads."""

    def __init__(self, given_up: threading.Event) -> None:
        """Whoever waits here stops once it is `given_up`."""
        self._given_up = given_up
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, host: str, wait_s: float) -> None:
        """A server asks for so many seconds, of everybody."""
        with self._lock:
            free_at = time.monotonic() + wait_s
            self._free_at[host] = max(free_at, self._free_at.get(host, 0.0))

    def left_s(self, host: str) -> float:
        """How long it is still to be left alone; 0 for not at all."""
        with self._lock:
            return max(0.0, self._free_at.get(host, 0.0) - time.monotonic())

    def wait(self, host: str, at_most_s: float) -> float:
        """Wait until it may be asked, however often it puts that off; returns how long it took.

        Raises:
            TimeoutError: it would take longer than `at_most_s`.
        """
        waited_s = 0.0
        while (left_s := self.left_s(host)) and not self._given_up.is_set():
            if waited_s + left_s > at_most_s:
                raise TimeoutError
            self._given_up.wait(left_s)
            waited_s += left_s
        return waited_s


def seconds_of(retry_after: str) -> float | None:
    """What the header says, as seconds or a date; None for neither. Source: RFC 9110, 10.2.3."""
    if _SECONDS.fullmatch(retry_after.strip()):
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
