"""The object stores of large photos: lost with the server's store, and full."""

from __future__ import annotations

import asyncio
import io
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, StreamConfig
from nats.js.errors import NotFoundError
from PIL import Image

from lookalike.client.nats import NatsSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import OverloadedError
from tests.fakes import FakeSegmenter
from tests.functional.jobs_door import PATIENT
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import nats_server


@pytest.fixture(scope="module")
def large() -> bytes:
    """A photo above the server's payload limit that can't be cut, being transparent."""
    noise = np.random.default_rng(0).integers(0, 255, (1_700, 1_500, 4), np.uint8)
    encoded = io.BytesIO()
    Image.fromarray(noise).save(encoded, "PNG", compress_level=0)
    assert len(encoded.getvalue()) > 8 << 20
    return encoded.getvalue()


async def bucket_is_there(client: Client, bucket: str) -> None:
    """Wait for it."""
    async with asyncio.timeout(20):
        while True:
            with suppress(NotFoundError):
                await client.jetstream().object_store(bucket)
                return


async def test_large_photos_go_on_after_the_server_has_lost_its_store(
    tmp_path: Path, large: bytes
) -> None:
    with nats_server(tmp_path) as server:
        async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
            server.kill()
            shutil.rmtree(tmp_path / "nats" / "jetstream")
            await asyncio.to_thread(server.keep_alive)
            async with (
                plain_client(server) as plain,
                NatsSearchClient(server.url) as client,
                NatsJobsClient(server.url) as jobs,
            ):
                await bucket_is_there(plain, "lookalike-photos")
                assert (await client.crops(large)).width == 1_500
                await bucket_is_there(plain, "lookalike-job-photos")
                await jobs.submit(large, job_id="large")
                (end,) = [reply async for reply in jobs.ends(["large"])]
    assert end.status == "done"


async def test_a_full_store_is_told_as_a_full_queue_is(tmp_path: Path, large: bytes) -> None:
    with nats_server(tmp_path) as server:
        async with plain_client(server) as plain:
            bucket = "lookalike-job-photos"
            small = StreamConfig(
                name=f"OBJ_{bucket}",
                subjects=[f"$O.{bucket}.C.>", f"$O.{bucket}.M.>"],
                discard=DiscardPolicy.NEW,
                max_bytes=1 << 20,
                allow_rollup_hdrs=True,
                allow_direct=True,
            )
            await plain.jetstream().add_stream(small)
        async with (
            worker_over(FakeSegmenter(), server, jobs=PATIENT),
            NatsJobsClient(server.url) as jobs,
        ):
            with pytest.raises(OverloadedError, match="store of photos is full"):
                await jobs.submit(large)
            with pytest.raises(OverloadedError, match="store of photos is full"):
                await jobs.submit_batch({"large.png": large})
