"""A process that has used OpenVINO still hears of signals."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, threading, time
import numpy as np
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.weights import find_model

model = find_model()
held = [ResNet34Encoder(model.weights_file, model.manifest, device="cpu", backend="openvino")]
held[0].encode(np.zeros((1, 224, 224, 3), np.uint8))
elsewhere = threading.Thread(target=held.clear)
elsewhere.start()
elsewhere.join()
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(10)
except KeyboardInterrupt:
    print("heard")
"""


def test_a_network_that_goes_in_another_thread_leaves_ctrl_c_as_it_was() -> None:
    """Without a core that lives on, a processor with AMX ends the process by SIGSEGV here."""
    pytest.importorskip("openvino")
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "heard"), done.stderr
