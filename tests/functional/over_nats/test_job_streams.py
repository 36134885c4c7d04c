"""What JetStream keeps of jobs: limits, logins that may change none of them, and no JetStream."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig

from deployments.nats_server import NatsServer
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, ask, refused
from tests.functional.nats_door import (
    plain_client,
    status_of,
    worker_over,
)
from tests.nats_servers import NATS_CONFIG, nats_server
from worker.jobs.streams import AT_WORK_STREAM, open_streams

QUEUE = "LOOKALIKE_JOBS"
NO_STREAM_IS_CHANGED = """
authorization { users: [ {
  user: $LOOKALIKE_NATS_USER
  password: $LOOKALIKE_NATS_PASSWORD
  permissions: { publish: { deny: "$JS.API.STREAM.UPDATE.>" } }
} ] }
"""


async def test_a_full_queue_refuses_more_within_its_operators_limits(
    server: NatsServer, client: Client
) -> None:
    small = StreamConfig(
        name=QUEUE,
        subjects=["lookalike.v1.queue.jobs.>"],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        max_bytes=2 * len(jpeg()),
    )
    await client.jetstream().add_stream(small)
    nobody_works = PATIENT.model_copy(update={"in_flight": 0})
    async with worker_over(FakeSegmenter(), server, jobs=nobody_works):
        await ask(client, "submit", jpeg(), Job="fits")
        assert (await refused(client, "submit", jpeg(), Job="not"))["code"] == "overloaded"
        assert (await refused(client, "get", b"not"))["code"] == "not_found"


async def test_notes_of_jobs_at_work_are_kept_as_long_as_the_workers_setting_says(
    client: Client,
) -> None:
    jetstream = client.jetstream()
    await open_streams(jetstream, 10.0)
    made = (await jetstream.stream_info(AT_WORK_STREAM)).config
    await jetstream.update_stream(made, max_bytes=1_000_000, description="our own")
    for ack_wait_s in (300.0, 1.0):
        await open_streams(jetstream, ack_wait_s)
        kept = (await jetstream.stream_info(AT_WORK_STREAM)).config
        assert kept.max_age == ack_wait_s
        assert (kept.max_bytes, kept.description) == (1_000_000, "our own")
        assert kept.subjects == made.subjects


async def test_a_login_that_may_change_no_stream_takes_jobs_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = tmp_path / "nats.conf"
    config.write_text(NATS_CONFIG.read_text() + NO_STREAM_IS_CHANGED)
    login = {"LOOKALIKE_NATS_USER": "worker", "LOOKALIKE_NATS_PASSWORD": "w0rker"}
    with nats_server(tmp_path, config, login) as server:
        async with plain_client(server) as client:
            jetstream = client.jetstream()
            await open_streams(jetstream, 10.0)
            caplog.clear()
            await open_streams(client.jetstream(timeout=2), 300.0)  # what is denied is not answered
            assert (await jetstream.stream_info(AT_WORK_STREAM)).config.max_age == 10.0
            assert (await jetstream.consumer_info(QUEUE, "workers")).config.ack_wait == 300.0
    told = [record.message for record in caplog.records if record.name == "worker.jobs.streams"]
    (warning,) = told
    assert "for 10 s after" in warning


async def test_a_server_without_jetstream_takes_requests_and_no_jobs(tmp_path: Path) -> None:
    config = tmp_path / "plain.conf"
    config.write_text('host: "127.0.0.1"\n')
    with nats_server(tmp_path, config) as server:
        async with (
            worker_over(FakeSegmenter(), server, jobs=PATIENT),
            plain_client(server) as client,
        ):
            assert (await refused(client, "submit", jpeg()))["code"] == "unavailable"
            answer = await client.request("lookalike.v1.recommend", jpeg(), timeout=10)
    assert status_of(answer) is None
