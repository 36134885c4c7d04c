"""What Ray Serve's controller says of its applications, asked on behalf of a door."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from ray import serve
from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from ray.serve.schema import ReplicaState, ServeStatus

from deployments.readiness import CachedCheck

_TIMEOUT_S: Final = 1.0
_FRESH_S: Final = 1.0


class Controller:
    """Serve's controller, which is asked once at a time, however many want to know.

    A call of it can't be given up: while it hangs one thread waits for it, of no pool that others
    need, and that the process does not wait for when it ends.
    """

    def __init__(
        self,
        status: Callable[[], ServeStatus] = serve.status,
        timeout_s: float = _TIMEOUT_S,
        fresh_s: float = _FRESH_S,
    ) -> None:
        self._status = status
        self._timeout_s = timeout_s
        self._latest = CachedCheck(self._ask, fresh_s)

    async def stages_down(self, application: str) -> list[str]:
        """The deployments of an application without a running replica.

        Empty where the controller does not say so within `timeout_s`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._latest.result()
        except (TimeoutError, RayError, RayServeException):
            return []
        if application not in status.applications:
            return [application]
        deployments = status.applications[application].deployments
        return [
            name
            for name, deployment in deployments.items()
            if not deployment.replica_states.get(ReplicaState.RUNNING)
        ]

    async def _ask(self) -> ServeStatus:
        asked: Future[ServeStatus] = Future()
        asked.set_running_or_notify_cancel()

        def ask() -> None:
            try:
                asked.set_result(self._status())
            except BaseException as error:  # for whoever awaits it
                asked.set_exception(error)

        threading.Thread(target=ask, name="serve-status", daemon=True).start()
        return await asyncio.wrap_future(asked)
