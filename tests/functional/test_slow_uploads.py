"""Photos that come slowly, or never whole: who waits for them, and who is let in meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deployments.settings import GatewayArgs
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import client_over, code_of, recommend

_FORM = {"content-type": "multipart/form-data; boundary=x"}
_HEAD = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
_TAIL = b"\r\n--x--\r\n"


class SlowSenders:
    """They send a photo's first line at once, and the rest of it when `go` is set."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.go = asyncio.Event()
        self.stalled: asyncio.Queue[None] = asyncio.Queue()
        self._client = client

    async def send(self, **headers: str) -> httpx.Response:
        return await self._client.post(
            "/v1/recommend", content=self._body(), headers=_FORM | headers
        )

    @contextmanager
    def sending(self, senders: int) -> Iterator[list[asyncio.Task[httpx.Response]]]:
        """So many at once; those that have not ended by then hang up."""
        tasks = [asyncio.create_task(self.send()) for _ in range(senders)]
        for task in tasks:
            task.add_done_callback(lambda _: self.stalled.put_nowait(None))
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()

    async def all_stall(self, senders: int) -> None:
        """Until so many wait, or were refused."""
        for _ in range(senders):
            await self.stalled.get()

    async def _body(self) -> AsyncIterator[bytes]:
        yield _HEAD
        self.stalled.put_nowait(None)
        await self.go.wait()
        yield jpeg() + _TAIL


async def test_uploads_that_stall_take_no_places(tmp_path: Path) -> None:
    async with client_over(FakeSegmenter(), tmp_path, max_in_flight=2) as client:
        slow = SlowSenders(client)
        with slow.sending(5) as stalled:
            await slow.all_stall(5)
            assert (await recommend(client)).status_code == 200
            assert (await client.get("/v1/products/p-03")).status_code == 200
            slow.go.set()
            answers = await asyncio.gather(*stalled)
        assert 200 in {answer.status_code for answer in answers}


async def test_an_upload_that_stalls_ends_at_its_deadline(tmp_path: Path) -> None:
    async with client_over(FakeSegmenter(), tmp_path) as client:
        reply = await SlowSenders(client).send(**{"lookalike-deadline": "0.05"})
        assert code_of(reply) == (504, "deadline")


async def test_what_would_be_refused_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event())
    async with client_over(segmenter, tmp_path, max_in_flight=1) as client:
        working = asyncio.create_task(recommend(client))
        await segmenter.entered.get()
        slow = SlowSenders(client)
        assert code_of(await slow.send()) == (429, "overloaded")
        assert slow.stalled.empty()
        working.cancel()


async def test_an_upload_that_finds_no_place_when_it_is_there_is_refused(tmp_path: Path) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event())
    async with client_over(segmenter, tmp_path, max_in_flight=1) as client:
        slow = SlowSenders(client)
        with slow.sending(1) as (late,):
            await slow.all_stall(1)
            working = asyncio.create_task(recommend(client))
            await segmenter.entered.get()
            slow.go.set()
            assert code_of(await late) == (429, "overloaded")
            assert segmenter.calls == 1
            working.cancel()


async def test_uploads_on_their_way_are_bounded_and_those_given_up_make_room(
    tmp_path: Path,
) -> None:
    at_once = GatewayArgs(max_in_flight=1).max_uploads
    async with client_over(FakeSegmenter(), tmp_path, max_in_flight=1) as client:
        slow = SlowSenders(client)
        with slow.sending(at_once) as stalled:
            await slow.all_stall(at_once)
            assert code_of(await recommend(client)) == (429, "overloaded")
        await asyncio.gather(*stalled, return_exceptions=True)
        assert (await recommend(client)).status_code == 200
