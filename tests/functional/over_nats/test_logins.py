"""The logins that deploy/nats.conf describes: who gets in, and what a client's login can do."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import numpy as np
import pytest
import yaml
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js.errors import ServiceUnavailableError
from PIL import Image

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from lookalike.client.nats import NatsSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import ImageTooLargeError, UnavailableError
from tests.fakes import FakeSegmenter
from tests.functional.jobs_door import PATIENT
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import NATS_CONFIG, nats_server, with_mark

CLASSIFY = "lookalike.v1.classify"
ELSEWHERE = ("$JS.API.STREAM.PURGE.kept", "kept.two")
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
        ("clients", SERVICE, "nats://service:s3cret@127.0.0.1:{}"),
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


# What nats-server takes for a number, a size and a date where nothing tells it otherwise.
@pytest.mark.parametrize("token", ["s3cret", "123456", "12e5", "2026-11"])
async def test_the_token_of_docker_compose_is_in_the_environment_alone(
    tmp_path: Path, token: str
) -> None:
    compose = yaml.safe_load((NATS_CONFIG.parent / "docker-compose.yml").read_text())
    nats_service = compose["services"]["nats"]
    assert "LOOKALIKE_NATS_TOKEN" not in " ".join(nats_service["command"])
    mounted = {
        inside: NATS_CONFIG.parent / outside
        for outside, inside, *_ in (volume.split(":") for volume in nats_service["volumes"])
    }
    config = mounted[nats_service["command"][nats_service["command"].index("-c") + 1]]
    (written,) = nats_service["environment"].values()
    given = {"LOOKALIKE_NATS_TOKEN": re.sub(r"\$\{.*?\}", token, written)}
    with nats_server(tmp_path, config, given) as server:
        let_in = await nats.connect(f"nats://{token}@127.0.0.1:{server.port}")
        assert let_in.max_payload == 8 << 20  # the configuration is all there
        await let_in.close()
        async with NatsSearchClient(f"nats://127.0.0.1:{server.port}") as client:
            with pytest.raises(UnavailableError, match="can't be reached"):
                await client.ready()


@pytest.fixture
def two_logins(tmp_path: Path) -> Iterator[NatsServer]:
    """A server with the service's login and a client's, in accounts of their own."""
    with nats_server(tmp_path, with_mark(tmp_path, "clients"), SERVICE) as server:
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


async def wants_answers_elsewhere(client: Client, service: Client) -> None:
    """Ask on every subject for an answer that would empty the stream `kept`, or add to it."""
    await service.jetstream().add_stream(name="kept", subjects=["kept.*"])
    await service.jetstream().publish("kept.one", b"1")
    instance, subjects = await told_of_itself(service)
    asked = (*subjects, f"$SRV.PING.lookalike.{instance}")
    for elsewhere in ELSEWHERE:
        for subject in asked:
            await client.publish(subject, b"", reply=elsewhere)
    for subject in asked:  # what came before has been seen to
        await client.request(subject, b"", timeout=10)


async def kept(service: Client) -> tuple[int, int]:
    """How many messages the stream `kept` holds, and how many it ever got."""
    state = (await service.jetstream().stream_info("kept")).state
    return state.messages, state.last_seq


def larger_than_a_message(mode: str) -> bytes:
    """A photo above the server's payload limit; an RGBA one can't be made smaller by the client."""
    noise = np.random.default_rng(0).integers(0, 255, (1_700, 1_700, len(mode)), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, "PNG", compress_level=0)
    assert len(encoded.getvalue()) > 8 << 20
    return encoded.getvalue()


async def test_a_client_searches_and_has_jobs(two_logins: NatsServer) -> None:
    url, photo = client_url(two_logins), canary_photo()
    async with (
        worker_over(FakeSegmenter(), two_logins, jobs=PATIENT),
        NatsSearchClient(url) as client,
        NatsJobsClient(url) as jobs,
    ):
        assert (await client.recommend(photo)).hits
        assert (await client.crops(larger_than_a_message("RGB"))).width == 1_700
        await jobs.submit(photo, job_id="mine")
        assert [end.status async for end in jobs.ends(["mine"])] == ["done"]
        with pytest.raises(ImageTooLargeError, match="no object store"):
            await client.crops(larger_than_a_message("RGBA"))
        with pytest.raises(ImageTooLargeError, match="keeps no larger photos of jobs"):
            await jobs.submit(larger_than_a_message("RGB"))


async def test_a_client_may_ask_on_every_subject_of_the_service(two_logins: NatsServer) -> None:
    async with (
        worker_over(FakeSegmenter(), two_logins),
        as_client(two_logins) as client,
        plain_client(two_logins) as service,
    ):
        instance, subjects = await told_of_itself(service)
        assert len(subjects) > 10
        for subject in (*subjects, f"$SRV.PING.lookalike.{instance}"):
            assert (await client.request(subject, b"", timeout=10)).data


async def test_a_client_is_told_who_took_its_request_and_that_nobody_is_there(
    two_logins: NatsServer,
) -> None:
    async with as_client(two_logins) as client:
        inbox = client.new_inbox()
        taken = await client.subscribe(f"{inbox}.*")
        async with worker_over(FakeSegmenter(), two_logins):
            named = {"Lookalike-Taken": f"{inbox}.1"}
            await client.request(CLASSIFY, canary_photo(), timeout=10, headers=named)
            notice = await taken.next_msg(10)
            alive = f"$SRV.PING.lookalike.{notice.data.decode()}"
            assert (await client.request(alive, timeout=10)).data
        for subject in (CLASSIFY, alive):
            with pytest.raises(NoRespondersError):
                await client.request(subject, b"", timeout=10)


async def test_a_client_hears_nobody_else_and_answers_nobody(two_logins: NatsServer) -> None:
    overheard: asyncio.Queue[Msg] = asyncio.Queue()
    async with (
        worker_over(FakeSegmenter(), two_logins, jobs=PATIENT),
        as_client(two_logins) as client,
        plain_client(two_logins) as service,
        NatsSearchClient(two_logins.url) as other,
        NatsJobsClient(two_logins.url) as jobs,
    ):
        await client.subscribe(">", queue="lookalike", cb=overheard.put)
        await client.subscribe(CLASSIFY, queue="lookalike", cb=overheard.put)
        await client.flush()
        for _ in range(20):
            assert (await other.classify(canary_photo())).category
        await service.publish("_INBOX.service.x", b"an answer")
        await jobs.submit(canary_photo(), job_id="theirs")
        await jobs.submit_batch({"a.jpg": canary_photo()}, job_id="shelf")
        ended = ["theirs", "shelf", "shelf.0"]
        assert [end.status async for end in jobs.ends(ended)] == ["done"] * 3
        await service.publish("_INBOX.client.last", b"the last")
        heard: list[Msg] = []
        while not heard or heard[-1].data != b"the last":
            heard.append(await asyncio.wait_for(overheard.get(), 20))
    assert {message.subject for message in heard} == {
        "lookalike.v1.jobs.theirs.done",
        "lookalike.v1.jobs.shelf.done",
        "lookalike.v1.jobs.shelf.0.done",
        "_INBOX.client.last",
    }


async def test_a_client_reaches_no_store_by_itself_or_by_an_answer(two_logins: NatsServer) -> None:
    async with (
        worker_over(FakeSegmenter(), two_logins),
        as_client(two_logins) as client,
        plain_client(two_logins) as service,
    ):
        await wants_answers_elsewhere(client, service)
        for elsewhere in ELSEWHERE:
            await client.publish(elsewhere, b"")
        with pytest.raises(ServiceUnavailableError, match="not enabled for account"):
            await client.jetstream().stream_info("kept")
        await client.flush()
        assert await kept(service) == (1, 1)


async def test_no_answer_goes_where_its_asker_may_not_publish(tmp_path: Path) -> None:
    may = '{publish: ["lookalike.v1.>", "$SRV.PING.lookalike.*"], subscribe: ["_INBOX.client.>"]}'
    client_user = f"{{user: client, password: cl1ent, permissions: {may}}}"
    service_user = "{user: service, password: s3cret}"
    config = tmp_path / "nats.conf"
    config.write_text(
        NATS_CONFIG.read_text() + f"authorization {{users: [{service_user}, {client_user}]}}\n"
    )
    with nats_server(tmp_path, config, SERVICE) as server:
        async with (
            worker_over(FakeSegmenter(), server),
            as_client(server) as client,
            plain_client(server) as service,
        ):
            await wants_answers_elsewhere(client, service)
            assert await kept(service) == (1, 1)
