"""OpenVINO tells nobody that it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

PROGRAM = """
import sys

def watch(event, arguments):
    if event in ("os.fork", "subprocess.Popen", "socket.connect", "socket.getaddrinfo"):
        print(event, flush=True)

sys.addaudithook(watch)
from lookalike.vision.segment import RembgSegmenter
RembgSegmenter("u2netp", threads=1, backend="openvino")
print("openvino" in sys.modules)
"""


def test_a_segmenter_in_openvino_begins_no_process_and_no_connection(tmp_path: Path) -> None:
    """A home of its own: no opting out there stands in for ours."""
    pytest.importorskip("openvino")
    weights = os.environ.get("LOOKALIKE_CACHE") or platformdirs.user_cache_dir("lookalike")
    home = {**os.environ, "HOME": str(tmp_path), "LOOKALIKE_CACHE": weights}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=home, check=False
    )
    assert done.stdout.split() == ["True"], done.stdout + done.stderr
    assert not (tmp_path / "intel").exists()
