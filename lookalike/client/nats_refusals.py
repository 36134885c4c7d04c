"""What a NATS server lets a login not do: it says so beside a request, not in answer to it."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from typing import Final

_REFUSED: Final = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"')
"""Source: nats-server, `-ERR 'Permissions Violation for …'`; nats-py puts it in small letters."""


class Refusals:
    """The refusals of one connection."""

    def __init__(self) -> None:
        self._refused: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._is_deaf = False

    def heard(self, problem: Exception) -> None:
        """The server complained: it refused a request, or lets this login hear no answers."""
        if refusal := _REFUSED.search(str(problem).lower()):
            what, subject = refusal.groups()
            if what == "publish":
                self._refused[subject].set()
            elif subject.startswith("_inbox"):
                self._is_deaf = True
                for waited_for in self._refused.values():
                    waited_for.set()

    def forget(self) -> None:
        """The connection was made anew, perhaps under other permissions."""
        self._is_deaf = False

    async def of(self, subject: str) -> None:
        """Returns once a request on `subject` from now on is refused, or never."""
        refused = self._refused[subject.lower()]
        if not self._is_deaf:
            refused.clear()
        await refused.wait()
