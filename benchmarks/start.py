"""How long `lookalike up` takes from nothing running to ready, and what that costs.

    python -m benchmarks.start --data data --json

The command is started on free ports over a copy of a catalogue that is there already, and read
until it says that it is ready: a canary picture went through all stages, over HTTP and over NATS.
A service that runs over the catalogue meanwhile is not touched.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks.figures import Figure
from benchmarks.live_updates import copied
from deployments.ports import free_port
from deployments.settings import STORE_URL
from lookalike.contract.subjects import NATS_URL_VARIABLE

GOAL_S: Final = 20.0
_READY: Final = "Ready after"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--starts", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = copied(arguments.data, Path(folder) / "data")
        starts = [seconds_to_ready(data) for _ in range(arguments.starts)]
    wall_s, processor_s = (statistics.median(taken) for taken in zip(*starts, strict=True))
    n = len(starts)
    Figure("ready after", wall_s, "s", n, "goal", GOAL_S).print(arguments.json)
    Figure("processor time until ready", processor_s, "s", n).print(arguments.json)


def up(data: Path) -> list[str]:
    """The command, apart from every other service of this machine."""
    command = [sys.executable, "-c", "from cli.main import app; app()", "up", "--no-demo"]
    ports = ["--port", str(free_port()), "--nats-port", str(free_port()), "--metrics-port", "0"]
    return [*command, "--data", str(data), *ports]


def seconds_to_ready(data: Path) -> tuple[float, float]:
    """Seconds by the clock, and of processor time in all processes of the service."""
    elsewhere = (STORE_URL, NATS_URL_VARIABLE)
    env = {name: value for name, value in os.environ.items() if name not in elsewhere}
    started = time.monotonic()
    with subprocess.Popen(
        up(data), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stderr is not None
        try:
            lines = []
            for line in process.stderr:
                lines.append(line)
                if line.startswith(_READY):
                    return time.monotonic() - started, _processor_s(process.pid)
            raise SystemExit("".join(lines))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()  # all of it has ended, and left its ports


def _processor_s(pid: int) -> float:
    total = 0.0
    first = psutil.Process(pid)
    for process in (first, *first.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


if __name__ == "__main__":
    main()
