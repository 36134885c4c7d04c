"""How long the terminal UI takes from its start to the whole first screen, in a terminal.

    python -m benchmarks.tui_start --repeats 9 --json

Times are wall-clock from just before the process is made until the terminal has read the
last of the texts: for a screen its frames, the folders, the hint and the keys.
Each step is a process of its own; the steps take turns. Processor time is what the process has
used by then, which a machine that is busy with other things changes less.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

import tui
from benchmarks.figures import Figure
from tests.terminal import terminal

WANTED_S: Final = 0.5
_MARK: Final = "it is there"
_IMPORTS: Final = "import gc; gc.disable(); import tui.command, tui.start, tui.app, tui.pictures"
_FOLDER: Final = "holidays"
_FIRST_SCREEN: Final = ("Photos here", _FOLDER, "Enter takes a photo", "Help")

STEPS: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "python": ([sys.executable, "-c", f"print({_MARK!r})"], [_MARK]),
    "imports": ([sys.executable, "-c", f"{_IMPORTS}; print({_MARK!r})"], [_MARK]),
    "python -m tui": ([sys.executable, "-m", "tui"], _FIRST_SCREEN),
    "lookalike tui": (
        [str(Path(sys.executable).with_name("lookalike")), "tui"],
        _FIRST_SCREEN,
    ),
}
"""What is run, and the texts that tell that it has come so far."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of wall clock and of processor."""

    wall_s: float
    processor_s: float


def taken_until(command: Sequence[str], texts: Sequence[str], home: Path) -> Taken:
    """From the start of a command until the terminal has read all of some texts."""
    code = str(Path(tui.__file__).parents[1])
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    environment["PYTHONPATH"] = code
    start = time.perf_counter()
    with terminal(command, environment, folder=home) as shown:
        shown.wait_for(*texts)
        used = psutil.Process(shown.process.pid).cpu_times()
        return Taken(shown.read_at - start, used.user + used.system)


def measure(repeats: int) -> dict[str, Taken]:
    """The medians of each step, after one turn to warm up."""
    taken: dict[str, list[Taken]] = {step: [] for step in STEPS}
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        (home / _FOLDER).mkdir()
        for turn in range(repeats + 1):
            for step, (command, texts) in STEPS.items():
                this = taken_until(command, texts, home)
                if turn:
                    taken[step].append(this)
    return {
        step: Taken(
            statistics.median(each.wall_s for each in all_of_it),
            statistics.median(each.processor_s for each in all_of_it),
        )
        for step, all_of_it in taken.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    medians = measure(given.repeats)

    def tell(case: str, value_s: float, wanted: bool = False) -> None:
        against = ("wanted", WANTED_S) if wanted else (None, None)
        Figure(case, value_s, "s", given.repeats, *against).print(given.json)

    python, imports, whole = (medians[step] for step in ("python", "imports", "python -m tui"))
    tell("tui, start of Python", python.wall_s)
    tell("tui, imports", imports.wall_s - python.wall_s)
    tell("tui, first screen", whole.wall_s - imports.wall_s)
    for command in ("python -m tui", "lookalike tui"):
        tell(f"{command}, start to first screen", medians[command].wall_s, wanted=True)
        tell(f"{command}, processor time of it", medians[command].processor_s)


if __name__ == "__main__":
    main()
