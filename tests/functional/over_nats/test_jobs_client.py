"""Durable jobs through our client and the command `lookalike jobs`."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deployments.nats_server import NatsServer
from lookalike.client import jobs_client_for, nats_jobs
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import BadRequestError, NotFoundError, UnavailableError
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import Crop, RecommendParams
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import ENDS_WITHIN_S, PATIENT, QUICK
from tests.functional.nats_door import worker_over

LOOKALIKE = Path(sys.executable).with_name("lookalike")
COLOURS = {f"{n:02}.jpg": jpeg((200, 8 * n, 30)) for n in range(12)}


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[NatsJobsClient]:
    async with NatsJobsClient(server.url) as client:
        yield client


async def ends_of(client: NatsJobsClient, *job_ids: str) -> dict[str, JobReply]:
    async with asyncio.timeout(ENDS_WITHIN_S):
        return {reply.id: reply async for reply in client.ends(job_ids)}


async def test_what_is_handed_in_is_heard_of_when_it_ends(
    server: NatsServer, client: NatsJobsClient
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        first = await client.submit(jpeg(), RecommendParams(k=3))
        again = await client.submit(jpeg(), RecommendParams(k=3), first.id)
        assert (first.new, again.new) == (True, False)
        await client.submit(b"no picture", job_id="wrong")
        ends = await ends_of(client, first.id, "wrong")
        assert await client.job(first.id) == ends[first.id]
        assert (await client.cancel(first.id)).status == "done"
        with pytest.raises(NotFoundError):
            await client.job("nobodys")
        with pytest.raises(NotFoundError):
            await ends_of(client, "nobodys")
    result = ends[first.id].result
    assert result is not None
    assert len(result.hits) == 3
    assert ends["wrong"].error is not None
    assert ends["wrong"].error.code == "bad_image"


async def test_a_photo_above_the_limit_lies_in_the_store_until_its_turn(
    server: NatsServer, client: NatsJobsClient
) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (2000, 2000, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "PNG", compress_level=0)
    large, crop = content.getvalue(), Crop(x=100, y=200, width=300, height=400)
    assert 8 << 20 < len(large) < 15_000_000
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        stored = await client.submit(large, RecommendParams(crop=crop))
        result = (await ends_of(client, stored.id))[stored.id].result
    assert result is not None
    assert (result.crop.x, result.crop.y, result.crop.width) == (100, 200, 300)


async def test_a_batch_is_handed_in_by_the_names_of_its_photos(
    server: NatsServer, client: NatsJobsClient
) -> None:
    photos = {"rot.jpg": jpeg(), "größer.jpg": jpeg((0, 0, 250)), "text.txt": b"no picture"}
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        stored = await client.submit_batch(photos, RecommendParams(k=1), "shelf")
        again = await client.submit_batch(photos, RecommendParams(k=1), "shelf")
        batch = (await ends_of(client, "shelf"))["shelf"].batch
    assert (stored.new, again.new) == (True, False)
    assert batch is not None
    told = [(item.photo, item.status) for item in batch.items]
    assert told == [
        ("shelf/rot.jpg", "done"),
        ("shelf/größer.jpg", "done"),
        ("shelf/text.txt", "failed"),
    ]


async def test_an_end_missed_while_the_server_was_away_is_asked_after(
    server: NatsServer, client: NatsJobsClient
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=QUICK):
        for n in range(6):
            await client.submit(jpeg((200, n, 0)), job_id=f"look-{n}")
        following = asyncio.create_task(ends_of(client, *(f"look-{n}" for n in range(6))))
        await segmenter.entered.get()
        server.kill()
        go.set()
        await asyncio.to_thread(server.keep_alive)
        ends = await following
    assert {end.status for end in ends.values()} == {"done"}


async def test_each_job_has_its_turn_to_be_asked_after(
    server: NatsServer, client: NatsJobsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_jobs, "_LOOK_AT_MOST", 2)
    monkeypatch.setattr(nats_jobs, "_LOOK_AGAIN_S", 0.01)
    job_ids = [f"look-{n}" for n in range(6)]
    unanswered, ask = set(job_ids), client.job

    async def job(job_id: str) -> JobReply:
        if job_id in unanswered:
            unanswered.remove(job_id)
            raise UnavailableError("nobody is back yet")
        return await ask(job_id)

    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        for job_id in job_ids[2:]:
            await client.submit(jpeg(), job_id=job_id)
        await ends_of(client, *job_ids[2:])  # nothing of them is published again
    go = asyncio.Event()
    async with worker_over(FakeSegmenter(takes=go), server, jobs=PATIENT):
        for job_id in job_ids[:2]:
            await client.submit(jpeg(), job_id=job_id)
        monkeypatch.setattr(client, "job", job)
        told: list[str] = []
        async with asyncio.timeout(ENDS_WITHIN_S):
            async for reply in client.ends(job_ids):
                told.append(reply.id)
                if len(told) == 4:  # while the first two, whose turn it was again, are at work
                    go.set()
    assert sorted(told[:4]) == job_ids[2:]
    assert sorted(told[4:]) == job_ids[:2]


async def test_without_nats_or_a_worker_that_is_said(
    server: NatsServer, client: NatsJobsClient
) -> None:
    with pytest.raises(BadRequestError, match="durable jobs go over NATS"):
        jobs_client_for("http://127.0.0.1:8000")
    with pytest.raises(UnavailableError, match="no service listens"):
        await client.submit(jpeg())


class Command:
    """`lookalike jobs` in a process of its own, in a folder with photos."""

    def __init__(self, folder: Path, server: NatsServer) -> None:
        self.folder = folder
        self._env = {**os.environ, "LOOKALIKE_NATS_URL": server.url}
        (folder / "photos" / "more").mkdir(parents=True)
        for name, content in COLOURS.items():
            (folder / "photos" / name).write_bytes(content)

    @asynccontextmanager
    async def running(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *(str(LOOKALIKE), "jobs", *arguments),
            cwd=self.folder,
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        """Exit code, stdout and stderr."""
        async with self.running(*arguments) as process, asyncio.timeout(60):
            out, err = await process.communicate()
        return process.returncode, out.decode(), " ".join(err.decode().split())

    @property
    def results(self) -> list[dict[str, Any]]:
        lines = (self.folder / "results.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


async def until_it_says(process: asyncio.subprocess.Process, words: str) -> None:
    """Reads stderr up to a line with these words; fails with all of it where there is none."""
    assert process.stderr is not None
    told = ""
    async with asyncio.timeout(30):
        while line := await process.stderr.readline():
            told += line.decode()
            if words in told:
                return
    pytest.fail(f"it ended without saying {words!r}: {told}")


@pytest.fixture
def command(tmp_path: Path, server: NatsServer) -> Command:
    return Command(tmp_path, server)


async def test_a_folder_is_handed_in_and_followed(server: NatsServer, command: Command) -> None:
    (command.folder / "photos" / "more" / "text.png").write_bytes(b"no picture")
    (command.folder / "photos" / "more" / "equal.JPG").write_bytes(COLOURS["03.jpg"])
    (command.folder / "photos" / "notes.txt").write_text("not asked about")
    segmenter = FakeSegmenter()
    async with worker_over(segmenter, server, jobs=PATIENT):
        code, out, err = await command.run("submit", "photos", "--follow", "--k", "2")
        assert (code, out) == (3, "")
        assert "13 of 14 photos are answered: results.jsonl" in err
        told = {line["photo"]: line for line in command.results}
        assert len(command.results) == len(told) == 14
        assert told["photos/more/text.png"]["error"]["code"] == "bad_image"
        assert told["photos/more/equal.JPG"]["result"] == told["photos/03.jpg"]["result"]
        assert {len(line["result"]["hits"]) for line in told.values() if "result" in line} == {2}
        calls = segmenter.calls
        code, _, err = await command.run("submit", "photos", "--follow", "--k", "2")
        assert (code, len(command.results), segmenter.calls) == (3, 14, calls)
        assert "0 photos handed in, 14 have their results. 1 photo has failed: photos/more/" in err
        code, _, err = await command.run("submit", "photos", "--follow", "--k", "2", "--run", "2")
        assert "1 photo handed in, 13 have their results" in err
        assert segmenter.calls == calls == 12


async def test_a_command_that_is_killed_goes_on_and_sends_nothing_twice(
    server: NatsServer, command: Command
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=PATIENT):
        async with command.running("submit", "photos", "--follow") as first:
            await segmenter.entered.get()
            first.kill()
        code, out, _ = await command.run("submit", "photos")
        ids = {json.loads(line)["photo"]: json.loads(line)["id"] for line in out.splitlines()}
        assert (code, set(ids)) == (0, {f"photos/{name}" for name in COLOURS})
        (command.folder / "results.jsonl").write_bytes(b'{"photo": "torn by a ki')
        async with command.running("submit", "photos", "--follow") as stopped:
            await until_it_says(stopped, "12 were before")
            stopped.send_signal(signal.SIGINT)
            assert await stopped.wait() == 130
        go.set()
        code, _, err = await command.run("submit", "photos", "--follow")
    assert (code, segmenter.calls) == (0, 12)
    assert "0 photos handed in, 12 were before" in err
    assert {line["photo"]: line["id"] for line in command.results} == ids


async def test_a_name_that_is_not_utf_8_is_handed_in_and_followed(
    server: NatsServer, command: Command
) -> None:
    korean = os.fsdecode("photos/옷.jpg".encode("cp949"))
    (command.folder / korean).write_bytes(jpeg((9, 9, 200)))
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        code, out, _ = await command.run("submit", "photos")
        assert (code, len(out.splitlines())) == (0, 13)
        assert korean in {json.loads(line)["photo"] for line in out.splitlines()}
        code, _, err = await command.run("submit", "photos", "--follow")
    assert (code, len(command.results)) == (0, 13), err
    assert korean in {line["photo"] for line in command.results}


async def test_one_job_is_asked_after_and_called_off(server: NatsServer, command: Command) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=PATIENT):
        _, out, _ = await command.run("submit", "photos/01.jpg")
        job_id = json.loads(out)["id"]
        await segmenter.entered.get()
        code, out, _ = await command.run("get", job_id)
        told = json.loads(out)
        assert (code, told["status"], told["deliveries"]) == (0, "running", 1)
        code, out, _ = await command.run("cancel", job_id)
        assert (code, json.loads(out)["status"]) == (0, "cancelled")
        go.set()
        code, out, err = await command.run("get", "nobodys")
        assert (code, out) == (1, "")
        assert "there is no such job" in err


async def test_what_can_not_be_done_is_said_in_a_sentence(command: Command) -> None:
    for arguments, told in (
        (("submit", "nowhere"), "nowhere: there is no such file or folder"),
        (("submit", "photos", "--k", "0"), "k: Input should be greater than or equal to 1"),
        (("submit", "photos", "--run", "a b"), "--run takes up to 15 letters"),
        (("submit", "photos", "--url", "http://127.0.0.1:1"), "durable jobs go over NATS"),
        (("submit", "photos", "--url", "nats://127.0.0.1:1"), "can't be reached"),
        (("submit", "photos"), "no service listens"),
        (("submit", "photos", "--results", "photos/01.jpg"), "something else than results"),
    ):
        code, out, err = await command.run(*arguments)
        assert (code, out) == (1, "")
        assert told in err
