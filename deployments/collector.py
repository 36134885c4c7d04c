"""Python's garbage collector in the service's processes: little of it before they serve.

A dozen processes import Ray Serve. With Python's own thresholds the collector goes through what
they load again and again, and finds next to nothing; `process_start/sitecustomize.py` has it look
after every 50,000th new object instead of every 700th. Processes through which no photo goes
(Ray's own, Serve's controller) keep that.
"""

from __future__ import annotations

import gc
import sys


def collect_as_usual() -> None:
    """Call where a process begins to serve: what a request leaves behind goes soon.

    What the process has loaded until then stays as long as it does, and is not looked at again.
    """
    gc.freeze()
    start = sys.modules.get("sitecustomize")
    gc.set_threshold(*getattr(start, "USUAL_THRESHOLDS", gc.get_threshold()))
