"""What benchmarks/scale.py prints can be read as JSON, whatever was measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.scale import Measured, fitted, print_costs


def _number(word: str) -> Any:
    raise AssertionError(f"{word} is no JSON")


def test_costs_that_come_out_as_nothing_are_still_numbers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sizes = [
        Measured(rows, [1.0 + scale] * 3, [8.0 * scale] * 3, True, 1000 * rows, 4000 * rows)
        for scale, rows in enumerate((100_000, 300_000), start=1)
    ]
    others_cost_nothing = (1e-5, 0.0)
    print_costs(fitted(sizes, others_cost_nothing), sizes, True)
    lines = capsys.readouterr().out.splitlines()
    figures = [json.loads(line, parse_constant=_number) for line in lines]
    loads = {f["case"]: f["value"] for f in figures if f["case"].startswith("load")}
    assert loads == {
        "load a million rows, own": pytest.approx(10),
        "load a million rows, other": 0,
    }
