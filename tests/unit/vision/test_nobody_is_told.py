"""OpenVINO and ONNX Runtime tell nobody that they are used."""

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
backend = sys.argv[1]
from lookalike.vision.segment import RembgSegmenter
RembgSegmenter("u2netp", threads=1, backend=backend)
print(backend in sys.modules)
"""


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_a_segmenter_begins_no_process_and_no_connection_and_leaves_no_number(
    backend: str, tmp_path: Path
) -> None:
    """A home and an environment of its own: no opting out there, nor a CI's, stands in for ours.

    ONNX Runtime calls from a thread that Python does not see, after it has written the number that
    it gives to the machine.
    """
    pytest.importorskip(backend)
    weights = os.environ.get("LOOKALIKE_CACHE") or platformdirs.user_cache_dir("lookalike")
    alone = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LOOKALIKE_CACHE": weights}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, backend],
        capture_output=True,
        text=True,
        env=alone,
        check=False,
    )
    assert done.stdout.split() == ["True"], done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
