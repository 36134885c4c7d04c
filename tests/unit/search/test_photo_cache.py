"""Photos seen before: what is remembered, for how long, and who waits for whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from lookalike.contract.errors import UnavailableError
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.photo_cache import PhotoCache, PhotoCacheFigures, PhotoKey, photo_key
from lookalike.ports import Encoded
from lookalike.vision.crop import CropBoxPx
from tests.fakes import unit_features

BOX = CropBoxPx(0, 0, 10, 10)
KEY = PhotoKey(b"one", BOX, "model-1", "1")


class Stages:
    """Stands for segmenter and encoder: counts runs, and waits until told to go on."""

    def __init__(self, *, waits: bool = False) -> None:
        self.runs = 0
        self.given_up = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        if not waits:
            self.go_on.set()

    async def __call__(self) -> Encoded:
        self.runs += 1
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        probabilities = np.full(len(CATEGORIES), 1 / len(CATEGORIES), np.float32)
        return Encoded(unit_features(self.runs), probabilities, 300.0, 40.0)


def cache(entries: int = 8) -> PhotoCache:
    return PhotoCache(entries, ttl_s=60.0)


async def test_a_photo_seen_before_goes_through_no_stage() -> None:
    seen, stages = cache(), Stages()
    first = await seen.encoded(KEY, stages)
    again = await seen.encoded(KEY, stages)
    assert stages.runs == 1
    assert not first.from_cache
    assert again.from_cache
    np.testing.assert_array_equal(first.features, again.features)
    assert seen.figures == PhotoCacheFigures(hits=1, misses=1, shared=0, entries=1)


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, digest=b"two"),
        replace(KEY, box=CropBoxPx(0, 0, 10, 11)),
        replace(KEY, model_version="model-2"),
        replace(KEY, preprocessing="2"),
    ],
)
async def test_another_photo_crop_model_or_preprocessing_is_another_entry(other: PhotoKey) -> None:
    seen, stages = cache(), Stages()
    await seen.encoded(KEY, stages)
    assert not (await seen.encoded(other, stages)).from_cache
    assert stages.runs == 2


async def test_keys_tell_photos_apart_by_every_byte_whatever_their_size() -> None:
    for size in (10, 1 << 19):
        photo = bytes(size)
        one = await photo_key(photo, BOX, "model-1", "1")
        assert one == await photo_key(bytes(size), BOX, "model-1", "1")
        assert one != await photo_key(photo[:-1] + b"x", BOX, "model-1", "1")


async def test_the_photo_that_was_asked_for_longest_ago_goes_first() -> None:
    seen, stages = cache(entries=2), Stages()
    keys = [replace(KEY, digest=bytes([number])) for number in range(3)]
    for key in (keys[0], keys[1], keys[0], keys[2]):
        await seen.encoded(key, stages)
    assert (await seen.encoded(keys[0], stages)).from_cache
    assert not (await seen.encoded(keys[1], stages)).from_cache
    assert seen.figures.entries == 2


async def test_an_entry_is_forgotten_after_its_time() -> None:
    now = [0.0]
    seen, stages = PhotoCache(8, ttl_s=60.0, timer=lambda: now[0]), Stages()
    await seen.encoded(KEY, stages)
    now[0] = 59.0
    assert (await seen.encoded(KEY, stages)).from_cache
    now[0] = 61.0
    assert not (await seen.encoded(KEY, stages)).from_cache


async def test_without_entries_nothing_is_remembered_or_shared() -> None:
    seen, stages = cache(entries=0), Stages()
    both = await asyncio.gather(*(seen.encoded(KEY, stages) for _ in range(2)))
    assert not any(encoded.from_cache for encoded in (*both, await seen.encoded(KEY, stages)))
    assert stages.runs == 3


async def test_what_is_remembered_can_not_be_changed_by_who_gets_it() -> None:
    seen, stages = cache(), Stages()
    first = await seen.encoded(KEY, stages)
    with pytest.raises(ValueError, match="read-only"):
        first.features[0] = 1.0


async def test_requests_at_the_same_time_share_one_run() -> None:
    seen, stages = cache(), Stages(waits=True)
    asked = [asyncio.create_task(seen.encoded(KEY, stages)) for _ in range(3)]
    await stages.begun.wait()
    stages.go_on.set()
    await asyncio.gather(*asked)
    assert stages.runs == 1
    assert seen.figures == PhotoCacheFigures(hits=0, misses=1, shared=2, entries=1)


async def test_a_run_that_is_shared_is_the_work_of_the_one_who_began_it_alone() -> None:
    seen, stages = cache(), Stages(waits=True)
    asked = [asyncio.create_task(seen.encoded(KEY, stages)) for _ in range(3)]
    await stages.begun.wait()
    stages.go_on.set()
    assert [encoded.from_cache for encoded in await asyncio.gather(*asked)] == [False, True, True]


async def test_the_first_to_ask_may_give_up_without_failing_the_others() -> None:
    seen, stages = cache(), Stages(waits=True)
    first = asyncio.create_task(seen.encoded(KEY, stages))
    await stages.begun.wait()
    other = asyncio.create_task(seen.encoded(KEY, stages))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    stages.go_on.set()
    assert (await other).segment_ms == 300.0
    assert (stages.runs, stages.given_up) == (1, 0)


async def test_when_all_give_up_the_work_is_dropped_and_the_next_one_starts_anew() -> None:
    seen, stages = cache(), Stages(waits=True)
    asked = [asyncio.create_task(seen.encoded(KEY, stages)) for _ in range(2)]
    await stages.begun.wait()
    for task in asked:
        task.cancel()
    await asyncio.wait(asked)
    stages.go_on.set()
    await seen.encoded(KEY, stages)
    assert (stages.runs, stages.given_up) == (2, 1)


async def test_a_run_that_is_ended_from_outside_is_begun_again_for_who_still_waits() -> None:
    seen, stages = cache(), Stages(waits=True)
    runs: list[asyncio.Task[Encoded]] = []

    async def first_run() -> Encoded:
        task = asyncio.current_task()
        assert task is not None
        runs.append(task)
        return await stages()

    first = asyncio.create_task(seen.encoded(KEY, first_run))
    await stages.begun.wait()
    other = asyncio.create_task(seen.encoded(KEY, stages))
    await asyncio.sleep(0)
    runs[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    stages.go_on.set()
    assert (await other).segment_ms == 300.0
    assert stages.runs == 2


async def test_a_failure_reaches_all_that_wait_and_is_not_remembered() -> None:
    seen, stages = cache(), Stages()
    begun, fail = asyncio.Event(), asyncio.Event()

    async def failing() -> Encoded:
        begun.set()
        await fail.wait()
        raise UnavailableError("the segmenter is down")

    asked = [asyncio.create_task(seen.encoded(KEY, failing)) for _ in range(2)]
    await begun.wait()
    fail.set()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UnavailableError] * 2
    assert not (await seen.encoded(KEY, stages)).from_cache
