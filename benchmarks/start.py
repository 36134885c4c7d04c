"""How long `lookalike up` takes from nothing running to ready, and what that costs.

    python -m benchmarks.start --data data --json

The command is started on free ports over a catalogue that is there already, and read until it says
that it is ready: a canary picture went through all stages, over HTTP and over NATS.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psutil

from benchmarks.figures import Figure
from deployments.ports import free_port

GOAL_S: Final = 20.0
_READY: Final = "Ready after"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--starts", type=int, default=3)
    arguments = parser.parse_args()
    starts = [seconds_to_ready(arguments.data) for _ in range(arguments.starts)]
    wall_s, processor_s = (statistics.median(taken) for taken in zip(*starts, strict=True))
    n = len(starts)
    Figure("ready after", wall_s, "s", n, "goal", GOAL_S).print(arguments.json)
    Figure("processor time until ready", processor_s, "s", n).print(arguments.json)


def seconds_to_ready(data: Path) -> tuple[float, float]:
    """Seconds by the clock, and of processor time in all processes of the service."""
    command = [sys.executable, "-c", "from cli.main import app; app()", "up", "--data", str(data)]
    ports = ["--port", str(free_port()), "--nats-port", str(free_port())]
    started = time.monotonic()
    with subprocess.Popen(
        [*command, *ports], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
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
