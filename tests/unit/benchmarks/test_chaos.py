"""Each request counts for one kill, and the table that is written is of all parts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.chaos import PARTS, STREAK, Load, parsed
from benchmarks.kills import Asked, Killed, Outcome, outcomes_of, write_table


def _right(door: str, sent_s: float, told_s: float) -> Asked:
    return Asked(door, sent_s, told_s, "right")


def _load(*log: Asked) -> Load:
    return Load([], log=list(log))


def test_a_door_is_right_again_when_the_first_of_four_right_answers_is_there() -> None:
    load = _load(
        _right("http", 9.0, 11.0),  # asked before the kill
        Asked("http", 10.5, 12.0, "unavailable"),
        *(_right("http", 12.0 + turn, 12.5 + turn) for turn in range(STREAK)),
    )
    assert load.ready_again(10.0) == 2.5
    del load.log[-1]
    assert load.ready_again(10.0) is None


def test_a_door_is_not_right_again_while_the_other_one_has_no_four_answers() -> None:
    load = _load(*(_right("http", 10.0 + turn, 10.5 + turn) for turn in range(STREAK)))
    load.sent["nats", 0] = 20.0
    assert load.ready_again(10.0) is None


@pytest.mark.parametrize("sent_s", [9.9, 11.5])
def test_who_asked_before_a_door_was_right_again_is_waited_for(sent_s: float) -> None:
    load = _load(*(_right("http", 10.0 + turn, 10.5 + turn) for turn in range(STREAK)))
    load.sent["http", 1] = sent_s
    assert load.ready_again(10.0) is None
    load.sent["http", 1] = 20.0  # told meanwhile, and asks again
    assert load.ready_again(10.0) == 0.5


def test_an_error_that_comes_late_begins_the_streak_anew() -> None:
    load = _load(
        *(_right("http", 10.0 + turn, 10.5 + turn) for turn in range(STREAK)),
        Asked("http", 11.5, 21.5, "deadline"),
    )
    assert load.ready_again(10.0) is None
    load.log += [_right("http", 21.5 + turn, 22.0 + turn) for turn in range(2)]
    assert load.ready_again(10.0) == 2.5


def test_each_request_counts_for_the_last_kill_before_it_was_told() -> None:
    kills = [Killed("gateway", 10.0, 1.0), Killed("encoder", 20.0, 2.0), Killed("gateway", 30.0, 3)]
    log = [
        _right("http", 8.0, 9.0),  # before anything was killed
        Asked("nats", 9.0, 19.5, "deadline"),
        _right("http", 19.0, 22.0),
        Asked("http", 22.0, 23.0, "wrong"),
        _right("http", 29.0, 31.0),
        Asked("nats", 31.0, 34.0, "unavailable"),
    ]
    assert outcomes_of(kills, log) == [
        Outcome("gateway", [1.0, 3.0], 1, 0, Counter(deadline=1, unavailable=1), 10.5),
        Outcome("encoder", [2.0], 1, 1, Counter(), 3.0),
    ]


def test_the_table_of_all_parts_is_not_written_with_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = ["--write", str(tmp_path / "reliability.md")]
    with pytest.raises(SystemExit):
        parsed(["--only", "gateway", *document])
    assert "leave out --only" in capsys.readouterr().err
    assert parsed(document).parts == PARTS
    assert set(parsed(["--only", "gateway"]).parts) == {"gateway"}


def test_what_stands_around_the_table_stays(tmp_path: Path) -> None:
    document = tmp_path / "reliability.md"
    document.write_text("Before.\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter.\n")
    write_table(document, [Outcome("gateway", [1.0], 2, 0, Counter(), 3.0)])
    before, *table, after = document.read_text().splitlines()
    assert (before, after) == ("Before.", "After.")
    assert table[-2] == "| gateway | 1.0 s | 2 | 0 | none | 3.0 s |"
