"""Where a worker says that it took a request: what would break its connection is not published."""

from __future__ import annotations

from typing import cast

import pytest
from nats.aio.client import Client

from lookalike.contract.subjects import TAKEN_HEADER
from worker.messages import Message
from worker.taken import TakenNotices


class _Published(list[tuple[str, bytes]]):
    """A connection that keeps what is published on it."""

    async def publish(self, subject: str, payload: bytes) -> None:
        self.append((subject, payload))


async def _told(subject: str) -> list[tuple[str, bytes]]:
    published = _Published()
    notices = TakenNotices(cast(Client, published), "worker-1")
    await notices.taken(Message(b"", {TAKEN_HEADER: subject}))
    await notices.leave()
    return published


async def test_an_inbox_hears_of_the_worker_and_that_it_stops() -> None:
    inbox = "_INBOX.bPG4MxEHuAOhEKbOElBxHq.7"
    assert await _told(inbox) == [(inbox, b"worker-1"), (inbox, b"")]


@pytest.mark.parametrize(
    "subject",
    ["_INBOX.a b 7", "_INBOX.a\tb", "_INBOX.", "_INBOX", "_INBOX.*", "_INBOX." + "x" * 99],
)
async def test_what_is_no_inbox_hears_nothing(subject: str) -> None:
    assert await _told(subject) == []
