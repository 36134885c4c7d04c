"""The stages' classes without Ray around them."""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import ContextVar

import numpy as np
import pytest

from deployments.encoder import EncoderDeployment
from deployments.readiness import CachedCheck
from deployments.segmenter import SegmenterDeployment
from deployments.settings import EncoderArgs, SegmenterArgs
from deployments.worker_thread import WorkerThread
from lookalike.contract.errors import BadImageError
from lookalike.ports import Cutout, Encoded
from lookalike.vision.crop import CropBoxPx
from tests.fakes import jpeg


async def test_a_bad_cutout_in_a_batch_fails_alone() -> None:
    encoder = EncoderDeployment(EncoderArgs())
    picture = np.full((224, 224, 3), 200, np.uint8)
    flat, floats = np.zeros((224, 224), np.uint8), np.zeros((224, 224, 3), np.float64)
    good, half = Cutout(picture, picture, 1.0), Cutout(picture, flat, 1.0)
    now = time.perf_counter()
    sent = [Cutout(flat, picture, 1.0), good, Cutout(floats, picture, 1.0), half, good]  # type: ignore[arg-type]
    answers = await encoder.encode_batch(sent, [None] * 5, [now] * 5)
    expected = [ValueError, Encoded, ValueError, ValueError, Encoded]
    assert [type(answer) for answer in answers] == expected
    first, second = answers[1], answers[4]
    assert isinstance(first, Encoded)
    assert isinstance(second, Encoded)
    np.testing.assert_allclose(np.linalg.norm(first.features), 1, atol=1e-4)
    np.testing.assert_allclose(first.features, second.features, atol=2e-2)
    assert first.probabilities.sum() == pytest.approx(1, abs=1e-3)


async def test_a_batch_of_bad_cutouts_only_is_answered_too() -> None:
    encoder = EncoderDeployment(EncoderArgs())
    small = np.zeros((3, 3, 3), np.uint8)
    answers = await encoder.encode_batch([Cutout(small, small, 1.0)], [None], [0.0])
    assert [type(answer) for answer in answers] == [ValueError]


async def test_a_broken_photo_is_a_bad_image_and_the_next_one_is_cut_out() -> None:
    segmenter = SegmenterDeployment(SegmenterArgs())
    box = CropBoxPx(0, 0, 120, 160)
    broken, cutout = await asyncio.gather(
        segmenter.cutout(jpeg()[:300], box), segmenter.cutout(jpeg(), box), return_exceptions=True
    )
    assert isinstance(broken, BadImageError)
    assert isinstance(cutout, Cutout)
    assert cutout.pixels.shape == (224, 224, 3)
    assert cutout.segment_ms > 0


async def test_what_a_photo_waits_for_a_thread_is_part_of_what_segmenting_it_takes() -> None:
    segmenter = SegmenterDeployment(SegmenterArgs(threads=1))
    box = CropBoxPx(0, 0, 120, 160)
    together = [
        await asked
        for asked in asyncio.as_completed([segmenter.cutout(jpeg(), box) for _ in range(4)])
    ]
    took_ms = [cutout.segment_ms for cutout in together]
    assert took_ms == sorted(took_ms)


async def test_work_whose_caller_gave_up_is_never_begun() -> None:
    thread = WorkerThread("test")
    loop, began = asyncio.get_running_loop(), asyncio.Event()
    go = threading.Event()
    ran: list[str] = []

    def hold_the_thread() -> None:
        loop.call_soon_threadsafe(began.set)
        go.wait(10)

    first = asyncio.create_task(thread.run(hold_the_thread))
    given_up = asyncio.create_task(thread.run(ran.append, "given up"))
    wanted = asyncio.create_task(thread.run(ran.append, "wanted"))
    await began.wait()  # the other two were submitted in the same turn of the loop
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    go.set()
    await asyncio.gather(first, wanted)
    assert ran == ["wanted"]


async def test_a_check_runs_once_for_all_who_ask_together() -> None:
    runs = 0
    go, entered = asyncio.Event(), asyncio.Event()

    async def check() -> int:
        nonlocal runs
        runs += 1
        entered.set()
        await go.wait()
        return runs

    cached = CachedCheck(check, fresh_s=60)
    asking = [asyncio.create_task(cached.result()) for _ in range(5)]
    await entered.wait()
    go.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await cached.result() == 1
    stale = CachedCheck(check, fresh_s=-1)
    assert await stale.result() == 2
    assert await stale.result() == 3


async def test_a_check_that_was_ended_with_its_first_asker_runs_again_for_the_others() -> None:
    runs = 0
    entered, go = asyncio.Event(), asyncio.Event()
    at_work: list[asyncio.Task[object]] = []

    async def check() -> int:
        nonlocal runs
        runs += 1
        task = asyncio.current_task()
        assert task is not None
        at_work.append(task)
        entered.set()
        await go.wait()
        return runs

    cached = CachedCheck(check, fresh_s=60)
    asking = [asyncio.create_task(cached.result()) for _ in range(3)]
    await entered.wait()
    at_work[0].cancel()
    go.set()
    assert await asyncio.gather(*asking) == [2] * 3
    assert await cached.result() == 2


async def test_a_check_that_is_ended_each_time_is_not_run_for_ever() -> None:
    runs = 0

    async def check() -> None:
        nonlocal runs
        runs += 1
        raise asyncio.CancelledError

    cached = CachedCheck(check, fresh_s=60)
    with pytest.raises(asyncio.CancelledError):
        await cached.result()
    assert runs == 2


async def test_an_asker_that_gives_up_leaves_the_check_to_the_others() -> None:
    entered, go = asyncio.Event(), asyncio.Event()

    async def check() -> str:
        entered.set()
        await go.wait()
        return "ready"

    cached = CachedCheck(check, fresh_s=60)
    first, second = (asyncio.create_task(cached.result()) for _ in range(2))
    await entered.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go.set()
    assert await second == "ready"


async def test_a_check_belongs_to_none_of_its_askers() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")

    async def check() -> str:
        return request.get()

    request.set("the first asker's")
    assert await CachedCheck(check, fresh_s=60).result() == "none"
