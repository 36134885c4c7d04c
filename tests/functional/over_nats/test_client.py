"""The NATS client: typed replies and errors, deadlines, large photos, a server that goes away."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from nats.aio.msg import Msg
from PIL import Image

from deployments.nats_server import NatsServer
from lookalike.client import SearchClient, client_for
from lookalike.client.nats import NatsSearchClient
from lookalike.contract.errors import (
    BadCropError,
    BadImageError,
    DeadlineError,
    ImageTooLargeError,
    InternalError,
    NotFoundError,
    OverloadedError,
    UnavailableError,
    UnsupportedFormatError,
)
from lookalike.contract.listing import PutProductParams
from lookalike.contract.schemas import (
    DEADLINE_HEADER,
    ClassifyParams,
    Crop,
    ReadyReply,
    RecommendParams,
    SearchParams,
)
from lookalike.contract.subjects import READY
from lookalike.contract.taxonomy import Category
from lookalike.vision.crop import CropBoxPx
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import NATS_CONFIG, nats_server

LISTED = PutProductParams(
    title="Dress", currency="USD", price=Decimal(1), item_url="https://shop.example/1"
)


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[SearchClient]:
    async with client_for(server.url) as client:
        await connected(client)
        yield client


async def connected(client: SearchClient) -> None:
    """Connect while nobody serves yet: a short deadline is then all for the question."""
    with pytest.raises(UnavailableError, match="no service listens"):
        await client.ready()


async def noticed(client: NatsSearchClient) -> None:
    """Wait until it knows that its server is gone."""
    async with asyncio.timeout(20):
        await client._questions.link._lost.wait()


class WatchingSegmenter(FakeSegmenter):
    """Remembers what it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def garments(self, photo: bytes) -> list[CropBoxPx]:
        self.sizes.append(len(photo))
        return [CropBoxPx(10, 20, 30, 40), *await super().garments(photo)]


async def test_every_request_has_a_typed_reply(server: NatsServer, client: SearchClient) -> None:
    async with worker_over(FakeSegmenter(), server):
        crop = Crop(x=0.1, y=0.1, width=0.5, height=0.5, unit="fraction")
        found = await client.recommend(jpeg(), RecommendParams(k=2, crop=crop))
        assert [hit.rank for hit in found.hits] == [1, 2]
        assert found.crop.width == 60
        classified = await client.classify(jpeg(), ClassifyParams(crop=crop))
        assert classified.category.name is Category.T_SHIRT
        assert len((await client.crops(jpeg())).crops) == 1
        first = found.hits[0].product
        assert await client.product(first.id) == first
        params = SearchParams(k=3, brands=["Bolt & Söhne"], categories="any")
        similar = await client.similar(first.id, params)
        assert {hit.product.brand for hit in similar.hits} == {"Bolt & Söhne"}
        assert (await client.ready()).products == 30


async def test_the_services_errors_are_raised_as_what_they_are(
    server: NatsServer, client: SearchClient
) -> None:
    async with worker_over(FakeSegmenter(), server):
        with pytest.raises(UnsupportedFormatError):
            await client.recommend(b"no picture")
        far = Crop(x=900, y=900, width=50, height=50)
        with pytest.raises(BadCropError, match="outside"):
            await client.recommend(jpeg(), RecommendParams(crop=far))
        with pytest.raises(NotFoundError):
            await client.product("no/such id?#")


async def test_more_than_may_be_at_work_is_told_at_once(
    server: NatsServer, client: SearchClient
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, max_in_flight=1):
        working = asyncio.create_task(client.classify(jpeg()))
        await segmenter.entered.get()
        with pytest.raises(OverloadedError):
            await client.classify(jpeg())
        go.set()
        assert (await working).category.name is Category.T_SHIRT


async def test_a_deadline_is_kept_by_the_service(server: NatsServer, client: SearchClient) -> None:
    async with worker_over(FakeSegmenter(takes=asyncio.Event()), server):
        with pytest.raises(DeadlineError, match=r"no answer within 0\.2 s"):
            await client.within(0.2).classify(jpeg())


async def test_a_service_that_never_answers_does_not_hold_the_client(
    server: NatsServer, client: SearchClient
) -> None:
    async with plain_client(server) as silent:
        await silent.subscribe("lookalike.v1.products.get")
        await silent.flush()
        with pytest.raises(DeadlineError, match=r"no answer within 0\.2 s"):
            await client.within(0.2).product("p-03")


async def test_without_workers_the_service_is_down_at_once(client: SearchClient) -> None:
    with pytest.raises(UnavailableError, match="no service listens"):
        await client.within(60).product("p-03")


async def test_without_a_server_the_service_is_down_at_once() -> None:
    async with NatsSearchClient("nats://secret@127.0.0.1:9", deadline_s=60) as client:
        with pytest.raises(UnavailableError, match="can't be reached") as refused:
            await client.ready()
    assert "secret" not in refused.value.message


async def test_an_empty_picture_is_refused_and_none_that_was_not_sent() -> None:
    async with NatsSearchClient("nats://127.0.0.1:9") as client:
        with pytest.raises(UnsupportedFormatError):
            await client.put_product("p1", LISTED, b"")


async def test_what_is_no_lookalike_service_is_told_so(
    server: NatsServer, client: SearchClient
) -> None:
    async with plain_client(server) as other:

        async def hello(message: object) -> None:
            await other.publish(message.reply, b"hello")  # type: ignore[attr-defined]

        await other.subscribe("lookalike.v1.>", cb=hello)
        await other.flush()
        with pytest.raises(InternalError, match="no lookalike service"):
            await client.product("p-03")


async def test_a_failed_call_names_the_request_as_the_services_log_does(
    server: NatsServer, client: SearchClient, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeSegmenter):
        async def garments(self, photo: bytes) -> list[CropBoxPx]:
            raise ZeroDivisionError

    async with worker_over(Broken(), server):
        with pytest.raises(InternalError) as raised:
            await client.crops(jpeg())
    assert raised.value.request_id
    assert f"request {raised.value.request_id} failed" in caplog.messages


@pytest.mark.parametrize("deadline_s", [0.3, 10])
async def test_a_server_that_was_silent_from_the_start_was_not_lost(deadline_s: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        async with NatsSearchClient(url, deadline_s=deadline_s) as client:
            for _ in range(2):
                with pytest.raises(UnavailableError) as refused:
                    await client.product("p-03")
                assert refused.value.message == (
                    f"the NATS server at {url} can't be reached: no answer within "
                    f"{min(deadline_s, 2):g} s"
                )
                assert type(refused.value) is UnavailableError


async def test_a_server_that_is_killed_is_waited_for(server: NatsServer) -> None:
    """Worker and client come back by themselves; what was under way is asked again."""
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with NatsSearchClient(server.url) as client, worker_over(segmenter, server):
        asked = asyncio.create_task(client.within(60).classify(jpeg()))
        await segmenter.entered.get()
        server.kill()
        await noticed(client)
        with pytest.raises(UnavailableError, match="lost the NATS server"):
            await client.within(0.3).product("p-03")
        server.keep_alive()
        go.set()
        assert (await asked).category.name is Category.T_SHIRT
        assert (await client.product("p-03")).id == "p-03"


@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.delete_product("p-03"),
        lambda client: client.put_product("p-03", LISTED, bytes(14_000_000)),
    ],
)
async def test_a_change_that_never_left_was_not_made(
    server: NatsServer, change: Callable[[NatsSearchClient], Awaitable[object]]
) -> None:
    async with NatsSearchClient(server.url) as client:
        await connected(client)
        server.kill()
        await noticed(client)
        with pytest.raises(UnavailableError, match="lost the NATS server") as lost:
            await change(client.within(0.3))
        assert "stored" not in lost.value.message


async def test_a_change_whose_picture_is_still_being_stored_was_not_made(
    server: NatsServer,
) -> None:
    async with NatsSearchClient(server.url) as client, worker_over(FakeSegmenter(), server):
        await client.ready()
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(DeadlineError) as late:
                await client.within(0.3).put_product("p-03", LISTED, bytes(14_000_000))
        finally:
            os.kill(server.pid, signal.SIGCONT)
        assert "stored" not in late.value.message


async def test_a_change_that_left_without_an_answer_may_be_stored(server: NatsServer) -> None:
    async with NatsSearchClient(server.url) as client, plain_client(server) as silent:
        await connected(client)
        await silent.subscribe("lookalike.v1.products.delete")
        await silent.flush()
        with pytest.raises(DeadlineError, match="may or may not be stored"):
            await client.within(1).delete_product("p-03")


def noise(size: tuple[int, int], mode: str = "RGB") -> bytes:
    """A PNG of noise, uncompressed, with a red left upper quarter."""
    channels = len(mode)
    pixels = np.random.default_rng(0).integers(0, 255, (*size[::-1], channels), np.uint8)
    pixels[: size[1] // 2, : size[0] // 2, :3] = 200, 30, 30
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG", compress_level=0)
    return encoded.getvalue()


async def test_a_crop_of_a_photo_above_the_limit_is_cut_out_before_it_is_sent(
    server: NatsServer, client: SearchClient
) -> None:
    photo = noise((2_200, 1_800))
    assert 8 << 20 < len(photo) < 15_000_000
    async with worker_over(FakeSegmenter(), server):
        crop = Crop(x=-100, y=-100, width=1_100, height=900)
        found = await client.recommend(photo, RecommendParams(crop=crop, k=3))
        assert found.category.name is Category.T_SHIRT
        assert found.crop.model_dump() == {
            "x": 0, "y": 0, "width": 1_000, "height": 800, "clipped": True,
        }  # fmt: skip
        small = await client.recommend(jpeg((200, 30, 30)), RecommendParams(k=3))
        assert [h.product.id for h in found.hits] == [h.product.id for h in small.hits]
        outside = Crop(x=3_000, y=0, width=100, height=100)
        with pytest.raises(BadCropError, match="2200 x 1800"):
            await client.recommend(photo, RecommendParams(crop=outside))


async def test_boxes_in_a_photo_above_the_limit_are_told_in_its_own_pixels(
    server: NatsServer, client: SearchClient
) -> None:
    segmenter = WatchingSegmenter()
    photo = noise((2_400, 1_800))
    async with worker_over(segmenter, server):
        reply = await client.crops(photo)
    assert segmenter.sizes < [8 << 20]
    assert (reply.width, reply.height) == (2_400, 1_800)
    whole = reply.crops[1]
    assert (whole.x, whole.y, whole.width, whole.height) == (0, 0, 2_400, 1_800)


async def test_what_can_not_be_cut_goes_through_the_object_store(
    server: NatsServer, client: SearchClient
) -> None:
    segmenter = WatchingSegmenter()
    transparent = noise((1_700, 1_500), "RGBA")
    broken = noise((2_200, 1_800))[:-100_000]
    assert len(transparent) > 8 << 20
    async with worker_over(segmenter, server), plain_client(server) as other:
        reply = await client.crops(transparent)
        assert segmenter.sizes == [len(transparent)]
        assert (reply.width, reply.height) == (1_700, 1_500)
        with pytest.raises(BadImageError):
            await client.crops(broken)
        with pytest.raises(ImageTooLargeError, match="15,000,000"):
            await client.crops(jpeg() + bytes(15_000_000))
        bucket = await other.jetstream().object_store("lookalike-photos")
        assert (await bucket.status()).size < 10_000, "photos are left behind"


async def test_without_an_object_store_a_photo_that_can_not_be_cut_is_too_large(
    tmp_path: Path,
) -> None:
    config = tmp_path / "nats.conf"
    told = NATS_CONFIG.read_text()
    config.write_text(told[: told.index("jetstream {")])
    with nats_server(tmp_path, config) as server:
        async with worker_over(FakeSegmenter(), server), client_for(server.url) as client:
            with pytest.raises(ImageTooLargeError, match="object store"):
                await client.crops(noise((1_700, 1_500), "RGBA"))


async def test_a_worker_is_told_what_is_left_of_the_deadline_as_it_is_asked(
    server: NatsServer,
) -> None:
    """Fitting or storing a photo takes time as well."""
    told: list[float] = []
    stands = ReadyReply(status="ready", products=1, catalog_version=1, model_version="m")
    async with plain_client(server) as worker, NatsSearchClient(server.url) as client:

        async def answer(message: Msg) -> None:
            told.append(float((message.headers or {})[DEADLINE_HEADER]))
            await message.respond(stands.model_dump_json().encode())

        await worker.subscribe(READY, cb=answer)
        await worker.flush()
        questions = client._questions.within(30.0)

        async def ask_late() -> ReadyReply:
            passed = asyncio.Event()
            asyncio.get_running_loop().call_later(0.5, passed.set)
            await passed.wait()
            return await questions.ask(READY, b"", {}, ReadyReply)

        assert await questions.timed(ask_late) == stands
    assert told[0] <= 0.95 * 30.0 - 0.5
