"""Large blocks are kept for the next request, or the next training step."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deployments.transport import transport_env

BLOCKS = 10
BLOCK_MIB = 48
PAGES_A_MIB = 1024 * 1024 // 4096
PAGES_A_BLOCK = BLOCK_MIB * PAGES_A_MIB

COUNT = f"""
import resource, sys
import numpy as np
from lookalike.allocator import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory(int(sys.argv[2]))
size = int(sys.argv[3])
np.ones(size, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({BLOCKS}):
    np.ones(size, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str, limit_mib: int = 2 * BLOCK_MIB, size_mib: int = BLOCK_MIB) -> int:
    # Under one arena's own rules, and pages of 4 KiB whatever the machine prefers.
    own = {**transport_env(), "NUMPY_MADVISE_HUGEPAGE": "0"}
    run = [sys.executable, "-c", COUNT, how, str(limit_mib), str(size_mib * 1024 * 1024)]
    return int(subprocess.check_output(run, env={**os.environ, **own}, text=True))


glibc = pytest.mark.skipif(
    not hasattr(os, "confstr") or "glibc" not in str(os.confstr("CS_GNU_LIBC_VERSION")),
    reason="not glibc",
)


@glibc
def test_blocks_that_were_freed_are_used_again() -> None:
    assert page_faults("kept") < PAGES_A_BLOCK
    assert page_faults("given back") > BLOCKS * PAGES_A_BLOCK // 2


@glibc
def test_larger_blocks_than_asked_for_are_given_back() -> None:
    assert page_faults("kept", BLOCK_MIB // 2) > BLOCKS * PAGES_A_BLOCK // 2


@glibc
def test_the_service_keeps_what_a_request_takes_and_gives_a_large_photo_back() -> None:
    assert page_faults("by the service's settings", size_mib=3) < 3 * PAGES_A_MIB
    assert page_faults("by the service's settings", size_mib=5) >= BLOCKS * 5 * PAGES_A_MIB
