"""Python imports this before anything else: the garbage collector rests while modules come.

`deployments/collector.py` says why, and gives a stage or door the usual thresholds back.
"""

import gc
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

USUAL_THRESHOLDS = gc.get_threshold()
gc.set_threshold(50_000, 10, 10)

# Whoever put a sitecustomize of their own into PYTHONPATH (tracing, coverage) wants it to run too.
_here = Path(__file__).parent
_next = PathFinder.find_spec(__name__, [p for p in sys.path if p and Path(p) != _here])
if _next is not None and _next.loader is not None:
    _next.loader.exec_module(module_from_spec(_next))
