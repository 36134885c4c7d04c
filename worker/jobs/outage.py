"""Whether the service is down, as its readiness tells."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from lookalike.contract.errors import LookalikeError

_READY_AGAIN_S: Final = 1.0
_log = logging.getLogger(__name__)


class ServiceWatch:
    """Asks whether the service is ready; one that does not say so in time is not."""

    def __init__(self, ready: Callable[[], Awaitable[object]], patience_s: float) -> None:
        self._ready = ready
        self._patience_s = patience_s
        self._last_failure = ""

    async def is_up(self) -> bool:
        """Whether it is ready; one that fails in any way, foreseen or not, is not."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._ready()
        except (LookalikeError, TimeoutError):
            return False
        except Exception as failure:  # of a stage, handed on by Ray: the worker outlives it
            told = f"{type(failure).__name__}: {failure}"
            if told != self._last_failure:
                _log.exception("the service could not be asked whether it is ready")
            self._last_failure = told
            return False
        self._last_failure = ""
        return True

    async def until_up(self) -> None:
        """Wait until it is."""
        while True:
            if await self.is_up():
                return
            await asyncio.sleep(_READY_AGAIN_S)
