"""A figure's `n` is how many requests it is made of."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from benchmarks import serve_overhead
from benchmarks.nats_overhead import WARM_UP, counted, in_turns


@pytest.mark.parametrize("requests", [3, 200])
async def test_each_door_is_asked_as_often_as_its_figures_say(requests: int) -> None:
    asked: Counter[str] = Counter()

    async def ask(door: str) -> None:
        asked[door] += 1

    measured = await in_turns({door: partial(ask, door) for door in ("HTTP", "NATS")}, requests)
    n = counted(requests)
    assert measured["NATS"].keys() == n.keys()
    assert asked == dict.fromkeys(("HTTP", "NATS"), WARM_UP + sum(n.values()))


def test_sixteen_clients_ask_four_times_as_much_as_the_one() -> None:
    assert serve_overhead.counted(400) == {"one client, median": 400, "16 clients": 1600}
