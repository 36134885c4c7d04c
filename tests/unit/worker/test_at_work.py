"""Notes of jobs at work, and a store that is away."""

from __future__ import annotations

import asyncio
from typing import Any

from nats.aio.client import Client
from nats.js import JetStreamContext

from worker.jobs.at_work import AtWork


class Silent(JetStreamContext):
    """Takes messages and acknowledges none."""

    def __init__(self) -> None:
        super().__init__(Client())
        self.given_up = 0

    async def publish(self, *_: Any, **__: Any) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up += 1


async def test_a_note_is_given_up_where_the_store_does_not_answer() -> None:
    store = Silent()
    notes = AtWork(store)
    async with asyncio.timeout(30):
        await notes.note("look", 1)
        await notes.drop("look")
    assert store.given_up == 2
