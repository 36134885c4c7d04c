"""The logins that deploy/nats.conf describes: who gets in, and what a client's login may do."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import numpy as np
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from PIL import Image

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from lookalike.client.nats import NatsSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import ForbiddenError, UnavailableError
from tests.fakes import FakeSegmenter
from tests.functional.jobs_door import QUICK
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import nats_server, with_mark

SERVICE = {
    "LOOKALIKE_NATS_USER": "service",
    "LOOKALIKE_NATS_PASSWORD": "s3cret",
    "LOOKALIKE_NATS_CLIENT_PASSWORD": "cl1ent",
}


@pytest.mark.parametrize(
    ("mark", "login", "url"),
    [
        ("token", {"LOOKALIKE_NATS_TOKEN": "s3cret"}, "nats://s3cret@127.0.0.1:{}"),
        (
            "user",
            {"LOOKALIKE_NATS_USER": "shop", "LOOKALIKE_NATS_PASSWORD": "s3cret"},
            "nats://shop:s3cret@127.0.0.1:{}",
        ),
        ("users", SERVICE, "nats://service:s3cret@127.0.0.1:{}"),
    ],
)
async def test_with_a_login_others_are_refused(
    tmp_path: Path, mark: str, login: dict[str, str], url: str
) -> None:
    with nats_server(tmp_path, with_mark(tmp_path, mark), login) as server:
        assert server.url == url.format(server.port)
        async with worker_over(FakeSegmenter(), server), NatsSearchClient(server.url) as client:
            assert (await client.ready()).products == 30
        for wrong in (f"nats://127.0.0.1:{server.port}", f"nats://wr0ng@127.0.0.1:{server.port}"):
            async with NatsSearchClient(wrong) as client:
                with pytest.raises(UnavailableError, match="can't be reached") as refused:
                    await client.ready()
            assert "wr0ng" not in refused.value.message


@pytest.fixture
def two_logins(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with the service's login and a client's."""
    with nats_server(tmp_path, with_mark(tmp_path, "users"), SERVICE) as server:
        yield server


def client_url(server: NatsServer) -> str:
    return f"nats://client:cl1ent@127.0.0.1:{server.port}"


@asynccontextmanager
async def as_client(
    server: NatsServer, inbox: str = "_INBOX.client", **options: Any
) -> AsyncIterator[Client]:
    """A NATS client that knows nothing of ours, under the client's login."""
    client = await nats.connect(client_url(server), inbox_prefix=inbox, **options)
    try:
        yield client
    finally:
        await client.close()


async def told_of_itself(service: Client) -> tuple[str, list[str]]:
    """The worker's id, and the subjects that it answers on."""
    told = json.loads((await service.request("$SRV.INFO.lookalike", timeout=10)).data)
    return told["id"], [endpoint["subject"] for endpoint in told["endpoints"]]


def transparent(side: int) -> bytes:
    """A photo that can't be cut for being too large."""
    noise = np.random.default_rng(0).integers(0, 255, (side, side, 4), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, "PNG", compress_level=0)
    return encoded.getvalue()


async def test_a_client_searches_and_has_jobs_with_photos_of_any_size(
    two_logins: NatsServer,
) -> None:
    photo = canary_photo()
    url, large = client_url(two_logins), transparent(1_500)
    assert len(large) > 8 << 20
    async with (
        worker_over(FakeSegmenter(), two_logins, jobs=QUICK),
        NatsSearchClient(url) as client,
        NatsJobsClient(url) as jobs,
        plain_client(two_logins) as service,
    ):
        assert (await client.recommend(photo)).hits
        assert (await client.crops(large)).width == 1_500
        await jobs.submit(photo, job_id="small")
        await jobs.submit(large, job_id="large")
        await jobs.submit(large, job_id="large")
        await jobs.submit_batch({"a.png": large}, job_id="batch")
        for names in ({"small", "large", "batch"}, {"batch.0"}):
            ends = {end.id: end.status async for end in jobs.ends(names)}
            assert ends == dict.fromkeys(names, "done")
        stored = await service.jetstream().stream_info("OBJ_lookalike-photos")
    assert stored.state.bytes < 1_000, "what was stored for a request is gone with it"


async def test_a_client_may_ask_on_every_subject_of_the_service(two_logins: NatsServer) -> None:
    async with (
        worker_over(FakeSegmenter(), two_logins),
        as_client(two_logins) as client,
        plain_client(two_logins) as service,
    ):
        _, subjects = await told_of_itself(service)
        assert len(subjects) > 10
        for subject in subjects:
            assert (await client.request(subject, b"", timeout=10)).data


async def test_a_client_hears_and_reads_nobody_else(two_logins: NatsServer) -> None:
    complaints: asyncio.Queue[Exception] = asyncio.Queue()
    overheard: list[Msg] = []

    async def hear(message: Msg) -> None:
        overheard.append(message)

    forbidden_to_hear = (
        *("lookalike.v1.>", "lookalike.v1.recommend", "_INBOX.>", "_INBOX.service.>", ">"),
        *("$KV.>", "$O.>", "$JS.>", "$SRV.>"),
    )
    forbidden_to_ask = (
        *("lookalike.v1.queue.jobs.x", "lookalike.v1.jobs.x.done", "_INBOX.service.x"),
        *("$KV.lookalike-jobs.x", "$JS.API.INFO", "$JS.API.STREAM.PURGE.LOOKALIKE_JOBS"),
        "$JS.API.STREAM.MSG.GET.OBJ_lookalike-photos",
        "$JS.API.DIRECT.GET.OBJ_lookalike-photos",
        "$JS.API.DIRECT.GET.OBJ_lookalike-photos.$O.lookalike-photos.C.x",
        "$JS.API.CONSUMER.CREATE.OBJ_lookalike-photos",
    )
    async with (
        worker_over(FakeSegmenter(), two_logins, jobs=QUICK),
        as_client(two_logins, error_cb=complaints.put) as client,
        NatsSearchClient(two_logins.url) as other,
        NatsJobsClient(two_logins.url) as jobs,
    ):
        for subject in forbidden_to_hear:
            await client.subscribe(subject, cb=hear)
        for subject in forbidden_to_ask:
            await client.publish(subject, b"{}", reply=client.new_inbox())
        async with asyncio.timeout(20):
            told = {str(await complaints.get()) for _ in (*forbidden_to_hear, *forbidden_to_ask)}
        await other.recommend(canary_photo())
        await jobs.submit(canary_photo(), job_id="theirs")
        assert [end.status async for end in jobs.ends(["theirs"])] == ["done"]
        await client.flush()
    assert overheard == []
    assert all("permissions violation" in complaint for complaint in told)
    assert len(told) == len(forbidden_to_hear) + len(forbidden_to_ask)


async def test_no_answer_goes_where_its_asker_may_not_publish(two_logins: NatsServer) -> None:
    purge = "$JS.API.STREAM.PURGE.kept"
    async with (
        worker_over(FakeSegmenter(), two_logins),
        as_client(two_logins) as client,
        plain_client(two_logins) as service,
    ):
        store = service.jetstream()
        await store.add_stream(name="kept", subjects=["kept.*"])
        await store.publish("kept.one", b"1")
        instance, subjects = await told_of_itself(service)
        asked = (*subjects, f"$SRV.PING.lookalike.{instance}")
        for subject in (*asked, "$O.lookalike-photos.M.x"):
            await client.publish(subject, b"", reply=purge)
        for subject in asked:
            await client.publish(subject, b"", reply="kept.two")
        for subject in asked:  # what came before has been seen to
            await client.request(subject, b"", timeout=10)
        kept = (await store.stream_info("kept")).state
    assert (kept.messages, kept.last_seq) == (1, 1)


async def test_what_a_login_may_not_do_is_told_at_once(tmp_path: Path) -> None:
    config = with_mark(tmp_path, "users")
    told = config.read_text()
    assert '"lookalike.v1.classify", ' in told
    config.write_text(told.replace('"lookalike.v1.classify", ', ""))
    with nats_server(tmp_path, config, SERVICE) as server:
        async with (
            worker_over(FakeSegmenter(), server),
            NatsSearchClient(client_url(server), deadline_s=60) as client,
        ):
            for _ in range(2):
                with pytest.raises(ForbiddenError, match=r"lookalike\.v1\.classify"):
                    await client.classify(canary_photo())
            assert (await client.recommend(canary_photo())).hits


async def test_a_login_that_can_hear_no_answer_is_told_so(tmp_path: Path) -> None:
    config = with_mark(tmp_path, "users")
    config.write_text(config.read_text().replace('"_INBOX.client.>"', '"_INBOX.other.>"'))
    with nats_server(tmp_path, config, SERVICE) as server:
        async with (
            worker_over(FakeSegmenter(), server),
            NatsSearchClient(client_url(server), deadline_s=60) as client,
        ):
            for _ in range(2):
                with pytest.raises(ForbiddenError, match="hear the answer"):
                    await client.ready()
