"""A stage's large blocks are kept for its next request."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deployments.transport import transport_env

BLOCKS = 20
PAGES_A_BLOCK = 8 * 1024 * 1024 // 4096

COUNT = f"""
import resource, sys
import numpy as np
from deployments.allocator import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
np.ones({PAGES_A_BLOCK} * 4096, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({BLOCKS}):
    np.ones({PAGES_A_BLOCK} * 4096, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    # Under one arena's own rules, and pages of 4 KiB whatever the machine prefers.
    own = {**transport_env(), "NUMPY_MADVISE_HUGEPAGE": "0"}
    run = [sys.executable, "-c", COUNT, how]
    return int(subprocess.check_output(run, env={**os.environ, **own}, text=True))


@pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in str(os.confstr("CS_GNU_LIBC_VERSION")),
    reason="not glibc",
)
def test_blocks_that_were_freed_are_used_again() -> None:
    assert page_faults("kept") < PAGES_A_BLOCK
    assert page_faults("given back") > BLOCKS * PAGES_A_BLOCK // 2
