"""Who comes first where doors and stages share a machine's cores."""

from __future__ import annotations

import os
from typing import Final

STAGE_NICENESS: Final = 5
"""A third of a door's weight. Source: Linux, sched_prio_to_weight: 335 to 1024."""
_THIS_THREAD: Final = 0


def give_way() -> None:
    """Have this thread, and those that it starts from now on, run after the doors.

    Doors answer in a fraction of a millisecond and must not wait for a photo's 400 ms of compute.
    Linux keeps the niceness of each thread; threads that were there before keep theirs.
    """
    niceness = os.getpriority(os.PRIO_PROCESS, _THIS_THREAD)
    os.setpriority(os.PRIO_PROCESS, _THIS_THREAD, max(niceness, STAGE_NICENESS))
