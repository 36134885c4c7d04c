"""What is compared is measured in turns, as often as everything else."""

from __future__ import annotations

import threading
from functools import partial
from typing import cast

from benchmarks.bare_stages import BareStages, photos_a_second
from benchmarks.end_to_end import in_rounds
from lookalike.search import ShardHit
from lookalike.vision.crop import CropBoxPx


def test_every_way_has_its_turn_in_every_round_and_the_median_counts() -> None:
    turns: list[str] = []
    values = {"service": iter([3.0, 9.0, 5.0]), "bare": iter([2.0, 1.0, 8.0])}

    def rate(name: str) -> float:
        turns.append(name)
        return next(values[name])

    medians = in_rounds({name: partial(rate, name) for name in values}, 3)
    assert turns == ["service", "bare"] * 3
    assert medians == {"service": 5.0, "bare": 2.0}


def test_each_worker_has_one_photo_at_a_time_and_all_are_at_work_together() -> None:
    together = threading.Barrier(2, timeout=20)
    worked: list[int] = []

    class Stages:
        """Are done with a photo when the others have one too."""

        def __init__(self) -> None:
            self.alone = threading.Lock()

        def recommend(self, photo: bytes, box: CropBoxPx) -> tuple[str, list[ShardHit]]:
            assert self.alone.acquire(blocking=False)
            together.wait()
            worked.append(id(self))
            self.alone.release()
            return "dress", []

    workers = [Stages(), Stages()]
    photos_a_second(cast("list[BareStages]", workers), b"", CropBoxPx(0, 0, 1, 1), 6)
    # Four photos before the clock starts, six after it.
    assert sorted(map(worked.count, map(id, workers))) == [5, 5]
