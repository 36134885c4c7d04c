"""How soon a typed key is on the screen of the terminal UI, while a request hangs and without one.

    python -m benchmarks.tui_typing --keys 40 --json

The real gateway with a stage that never answers; the program in a terminal. Times are wall-clock
from the key until the terminal has read the screen with it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.served import Served, served
from tests.terminal import Terminal, terminal

WANTED_MS: Final = 50.0
_TYPED: Final = "zyxwvutsrq"


def typing_ms(shown: Terminal, keys: int) -> list[float]:
    """Type into the field for brands and empty it, until so many keys are typed."""
    taken: list[float] = []
    while len(taken) < keys:
        for end in range(1, len(_TYPED) + 1):
            start = time.perf_counter()
            shown.press(_TYPED[end - 1])
            shown.wait_for(f"Brands     {_TYPED[:end]}")
            taken.append((shown.read_at - start) * 1000)
        shown.press("ctrl+u")
        shown.wait_for("any brand")
    return taken[:keys]


def measure(shop: Served, folder: Path, keys: int) -> dict[str, list[float]]:
    """Milliseconds a key, by what else goes on."""
    command = [sys.executable, "-m", "tui", str(save_photo(folder)), "--url", shop.url]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8"}
    taken = {}
    with terminal(command, environment, columns=120, rows=40) as shown:
        shown.wait_for("the whole photo", "Next suggestion")
        shown.click(*shown.find("any brand"))
        taken["nothing else goes on"] = typing_ms(shown, keys)
        shop.segmenter.hold = True
        shown.press("enter")
        shown.wait_for("Looking …")
        taken["a request hangs"] = typing_ms(shown, keys)
        shown.wait_for("Looking …")
        shown.press("escape")
        shop.segmenter.let_go()
        shown.press("ctrl+q")
        shown.wait_end()
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "images") as shop:
        taken = measure(shop, Path(folder), given.keys)
    for meanwhile, times_ms in taken.items():
        for name, value in (
            ("median", statistics.median(times_ms)),
            ("95th percentile", statistics.quantiles(times_ms, n=20)[-1]),
        ):
            case = f"a typed key on the screen, {name}, while {meanwhile}"
            Figure(case, value, "ms", len(times_ms), "wanted", WANTED_MS).print(given.json)


if __name__ == "__main__":
    main()
