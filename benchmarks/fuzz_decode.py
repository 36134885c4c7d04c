"""Hostile photos and crops through decoding and cropping, watched from another process.

    python -m benchmarks.fuzz_decode --cases 20000 --json

Workers are processes that may crash, hang or swell; the parent counts that and starts another one.
A case is a hang with more than 2 s of processor time (60 s of anything: it is killed), too much
memory with a peak above 500 MB, interpreter and libraries included. Every fourth case goes through
the client's own fitting instead. Exit code 1 when there was any.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from benchmarks.hostile_photos import HostilePhoto, hostile_photo
from deployments.transport import transport_env
from lookalike.client.fitting import fit
from lookalike.client.nats_messages import check_size
from lookalike.contract.errors import LookalikeError
from lookalike.vision.crop import resolve_crop, whole_photo
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode, probe

HANG_CPU_S: Final = 2.0
KILLED_AFTER_S: Final = 60.0
MAX_PEAK_MB: Final = 500.0
_ADDRESS_SPACE_BYTES: Final = 6 << 30
_FIT_EVERY: Final = 4
_FIT_BYTES: Final = 1_000_000
_DECODED_MODES: Final = frozenset({"RGB", "L", "CMYK"})
_OF_ALLOCATOR: Final = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
"""As for the service: what one photo took must not count for the next one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case ended.

    `end` is `decoded`, `refused: code`, `unforeseen: type`, `crashed: exit code` or `killed`.
    """

    number: int
    name: str
    end: str
    cpu_s: float = 0.0
    peak_mb: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What of it must not be."""
        found = []
        if self.end.startswith(("crashed", "unforeseen")):
            found.append("crash")
        if self.end == "killed" or self.cpu_s > HANG_CPU_S:
            found.append("hang")
        if self.peak_mb > MAX_PEAK_MB:
            found.append("memory")
        return found


def run(cases: Iterable[int], data: Path, workers: int) -> list[Outcome]:
    """The outcomes of some cases, in no order."""
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in cases:
        numbers.put(number)
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=_watch, args=(numbers, outcomes, data)) for _ in range(workers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _watch(numbers: queue.SimpleQueue[int], outcomes: list[Outcome], data: Path) -> None:
    """Give one worker after another cases, until there are no more."""
    while not numbers.empty():
        command = [sys.executable, "-m", "benchmarks.fuzz_decode", "--worker", "--data", str(data)]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **{name: transport_env()[name] for name in _OF_ALLOCATOR}},
        ) as worker:
            assert worker.stdout is not None
            worker.stdout.readline()  # it has started; that takes seconds and is no case's time
            while (number := _next(numbers)) is not None:
                outcome = _ask(worker, number)
                outcomes.append(outcome)
                if worker.poll() is not None:
                    break
            worker.stdin.close()  # type: ignore[union-attr]


def _next(numbers: queue.SimpleQueue[int]) -> int | None:
    try:
        return numbers.get_nowait()
    except queue.Empty:
        return None


def _ask(worker: subprocess.Popen[bytes], number: int) -> Outcome:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(f"{number}\n".encode())
    worker.stdin.flush()
    if not select.select([worker.stdout], [], [], KILLED_AFTER_S)[0]:
        worker.kill()
        worker.wait()
        return Outcome(number, "", "killed")
    line = worker.stdout.readline()
    if not line:
        return Outcome(number, "", f"crashed: {worker.wait()}")
    return Outcome(**json.loads(line))


def work(data: Path) -> None:
    """A worker: a case's number a line comes in, its outcome goes out."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    photos = photos_in(data)
    print("ready", flush=True)
    for line in sys.stdin:
        case = hostile_photo(int(line), photos)
        outcome = _watched(int(line), case)
        print(json.dumps(asdict(outcome)), flush=True)


def photos_in(data: Path) -> list[Path]:
    """Every JPEG below a folder; none where there is none, then pictures are drawn."""
    return sorted(path for path in data.rglob("*.jpg") if path.is_file())


def _watched(number: int, case: HostilePhoto) -> Outcome:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew; Source: proc(5)
    began = time.process_time()
    end = outcome_of(case, through_client=number % _FIT_EVERY == 3)
    return Outcome(number, case.name, end, time.process_time() - began, _peak_mb())


def outcome_of(case: HostilePhoto, *, through_client: bool = False) -> str:
    """Decode and crop as the service does, or as its client does before it sends."""
    try:
        if through_client:
            check_size(case.photo)
            fit(case.photo, case.crop, _FIT_BYTES)
        else:
            decode_and_crop(case)
    except LookalikeError as refused:
        return f"refused: {refused.code}"
    except Exception as unforeseen:
        return f"unforeseen: {type(unforeseen).__name__}"
    return "decoded"


def decode_and_crop(case: HostilePhoto) -> None:
    """From bytes to what is segmented. Raises: LookalikeError."""
    info = probe(case.photo)
    if case.crop is None:
        box = whole_photo(info)
    else:
        crop = case.crop
        box = resolve_crop(crop.x, crop.y, crop.width, crop.height, crop.unit, info).box
    picture = decode(case.photo)
    cropped = at_working_size(picture, box)
    if picture.mode not in _DECODED_MODES or picture.size != (info.width, info.height):
        raise AssertionError("it is not what its header said")
    if cropped.mode != "RGB" or not cropped.tobytes():
        raise AssertionError("nothing is left of it")


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024


def report(outcomes: Sequence[Outcome], as_json: bool) -> bool:
    """Print figures and every fault; whether there was none."""
    faults = Counter(fault for outcome in outcomes for fault in outcome.faults)
    count = len(outcomes)
    for fault in ("crash", "hang", "memory"):
        Figure(f"hostile photos: {fault}", faults[fault], "cases", count, "none", 0).print(as_json)
    slowest = max(outcomes, key=lambda outcome: outcome.cpu_s)
    largest = max(outcomes, key=lambda outcome: outcome.peak_mb)
    Figure("hostile photos: most processor time", slowest.cpu_s, "s", count).print(as_json)
    Figure("hostile photos: highest peak", largest.peak_mb, "MB", count).print(as_json)
    for end, ends in sorted(Counter(outcome.end for outcome in outcomes).items()):
        print(f"{ends:7} {end}", file=sys.stderr)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.number):
        if outcome.faults:
            print(f"{', '.join(outcome.faults)}: {outcome}", file=sys.stderr)
    return not faults


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="real photos")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.data)
        return
    cases = range(arguments.first, arguments.first + arguments.cases)
    if not report(run(cases, arguments.data, arguments.workers), arguments.json):
        sys.exit(1)


if __name__ == "__main__":
    main()
