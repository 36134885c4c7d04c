"""Small pictures first, full size at the end: phases, and the learning rate over all of them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

WARM_UP_SHARE: Final = 0.05
LAST_RATE_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Phase:
    """So many epochs at one side length in pixels."""

    size_px: int
    epochs: int


def parse_plan(text: str) -> tuple[Phase, ...]:
    """`"112x8,160x4,224x2"`: 8 epochs at 112 px, 4 at 160, 2 at 224.

    Raises:
        ValueError: anything else.
    """
    phases = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)x(\d+)\s*", part)
        if match is None or not 32 <= int(match[1]) <= 512 or int(match[2]) < 1:
            raise ValueError(f"{part!r} is no phase; write SIZExEPOCHS, as in 112x8")
        phases.append(Phase(int(match[1]), int(match[2])))
    return tuple(phases)


def plan_text(plan: tuple[Phase, ...]) -> str:
    """The plan as `parse_plan` reads it."""
    return ",".join(f"{phase.size_px}x{phase.epochs}" for phase in plan)


def stretched(plan: tuple[Phase, ...], epochs: int) -> tuple[Phase, ...]:
    """The plan brought to so many epochs in all, each phase keeping its share but at least one.

    Raises:
        ValueError: fewer epochs than phases.
    """
    if epochs < len(plan):
        raise ValueError(f"{len(plan)} phases need at least {len(plan)} epochs, not {epochs}")
    total = sum(phase.epochs for phase in plan)
    counts = [max(1, phase.epochs * epochs // total) for phase in plan]
    while sum(counts) > epochs:
        counts[counts.index(max(counts))] -= 1
    counts[0] += epochs - sum(counts)
    return tuple(Phase(phase.size_px, count) for phase, count in zip(plan, counts, strict=True))


def size_of_epoch(plan: tuple[Phase, ...], epoch: int) -> int:
    """Side length in pixels in an epoch counted from 0; after the last one, the last's."""
    for phase in plan:
        if epoch < phase.epochs:
            return phase.size_px
        epoch -= phase.epochs
    return plan[-1].size_px


def size_at(plan: tuple[Phase, ...], progress: float) -> int:
    """Side length in pixels where so much (0..1) of the plan's work is done."""
    for epoch in range(epochs_of(plan)):
        if progress < progress_of(plan, epoch, 1.0):
            return size_of_epoch(plan, epoch)
    return plan[-1].size_px


def epochs_of(plan: tuple[Phase, ...]) -> int:
    """All epochs of the plan."""
    return sum(phase.epochs for phase in plan)


def progress_of(plan: tuple[Phase, ...], epoch: int, share_of_epoch: float) -> float:
    """Share 0..1 of the plan's work that is done; an epoch's work grows with its pixels."""
    work = [size_of_epoch(plan, e) ** 2 for e in range(epochs_of(plan))]
    done = sum(work[:epoch]) + (work[epoch] * share_of_epoch if epoch < len(work) else 0.0)
    return done / sum(work)


def rate_at(progress: float, peak: float) -> float:
    """Learning rate: a short warm-up, then half a cosine down to a hundredth of the peak."""
    if progress < WARM_UP_SHARE:
        return peak * (0.1 + 0.9 * progress / WARM_UP_SHARE)
    fall = (progress - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)
    floor = peak * LAST_RATE_SHARE
    return floor + (peak - floor) * 0.5 * (1.0 + math.cos(math.pi * min(fall, 1.0)))
