"""What becomes of photos that are late, and of a service without room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from cli.jobs.handing_in import HandedIn, HandingIn
from cli.jobs.photos import Asking
from cli.jobs.results import ResultsFile
from lookalike.contract.errors import (
    DeadlineError,
    LookalikeError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
)
from lookalike.contract.jobs import JobReply, SubmitReply
from lookalike.contract.schemas import RecommendParams

SLOW = b"slow"


@dataclass(slots=True)
class FakeJobs:
    """Takes every photo but those that `refuses` has an error for."""

    refuses: Callable[[bytes], LookalikeError | None]
    taken: dict[str, bytes] = field(default_factory=dict)
    submits: list[bytes] = field(default_factory=list)

    async def submit(
        self, photo: bytes, params: RecommendParams | None = None, job_id: str | None = None
    ) -> SubmitReply:
        assert job_id is not None
        self.submits.append(photo)
        if error := self.refuses(photo):
            raise error
        self.taken[job_id] = photo
        return SubmitReply(request_id="r", id=job_id, status="queued", new=True)

    async def submit_batch(
        self,
        photos: Mapping[str, bytes],
        params: RecommendParams | None = None,
        job_id: str | None = None,
    ) -> SubmitReply:
        raise NotImplementedError

    async def job(self, job_id: str) -> JobReply:
        if job_id not in self.taken:
            raise NotFoundError("there is no such job")
        return JobReply(id=job_id, status="queued")

    async def cancel(self, job_id: str) -> JobReply:
        raise NotImplementedError

    async def ends(self, job_ids: Collection[str]) -> AsyncIterator[JobReply]:
        raise NotImplementedError
        yield

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


@pytest.fixture
def results(tmp_path: Path) -> Iterator[ResultsFile]:
    with ResultsFile(tmp_path / "results.jsonl") as results:
        yield results


def photos(folder: Path, *contents: bytes) -> list[Path]:
    found = []
    for number, content in enumerate(contents):
        found.append(folder / f"{number:02}.jpg")
        found[-1].write_bytes(content)
    return found


@dataclass(slots=True)
class Heard:
    """What a run says, and for how long it waits, which it does not here."""

    told: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def hand_in(self, client: FakeJobs, results: ResultsFile, found: list[Path]) -> HandedIn:
        asking = Asking(RecommendParams())
        handing_in = HandingIn(
            client, asking, results, step=lambda: None, tell=self.told.append, wait=self.wait
        )
        return await handing_in.hand_in(found)


async def test_a_photo_that_is_always_late_fails_and_the_others_go_in(
    tmp_path: Path, results: ResultsFile
) -> None:
    client = FakeJobs(
        lambda photo: DeadlineError("no answer within 60 s") if photo == SLOW else None
    )
    found = photos(tmp_path, SLOW, b"a", b"b", b"c", b"d", b"e")
    done = await Heard().hand_in(client, results, found)
    assert set(client.taken.values()) == {b"a", b"b", b"c", b"d", b"e"}
    assert client.submits.count(SLOW) == 3
    assert (done.new, done.failed) == (5, 1)
    assert done.first_failed == f"{found[0]}: no answer within 60 s"
    assert '"code": "deadline"' in results.path.read_text()


async def test_a_photo_that_arrives_after_its_deadline_is_not_sent_again(
    tmp_path: Path, results: ResultsFile
) -> None:
    found = photos(tmp_path, SLOW)

    def late(photo: bytes) -> LookalikeError:
        client.taken[Asking(RecommendParams()).job_id(photo)] = photo
        return DeadlineError("no answer within 60 s")

    client = FakeJobs(late)
    done = await Heard().hand_in(client, results, found)
    assert (client.submits, done.new, done.failed) == ([SLOW], 1, 0)


async def test_a_service_that_is_late_for_every_photo_ends_the_run(
    tmp_path: Path, results: ResultsFile
) -> None:
    client = FakeJobs(lambda _: DeadlineError("no answer within 60 s"))
    with pytest.raises(DeadlineError):
        await Heard().hand_in(client, results, photos(tmp_path, *(b"%d" % n for n in range(90))))
    assert len(client.submits) < 90


@pytest.mark.parametrize(
    "full", [OverloadedError("the queue is full"), RateLimitedError.after(7, 60)]
)
async def test_a_service_without_room_is_waited_for_as_long_as_it_says(
    tmp_path: Path, results: ResultsFile, full: OverloadedError
) -> None:
    full.retry_after_s = 7
    refusals: list[LookalikeError] = [full] * 5
    client = FakeJobs(lambda _: refusals.pop() if refusals else None)
    heard = Heard()
    done = await heard.hand_in(client, results, photos(tmp_path, b"a", b"b"))
    assert (done.new, done.failed) == (2, 0)
    assert heard.waits == [7] * 5
    assert heard.told == [f"Waiting for room: {full.message}"]
