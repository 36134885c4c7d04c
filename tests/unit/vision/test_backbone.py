"""Which library computes the network, by what the machine has."""

from __future__ import annotations

import importlib.util

import pytest

from lookalike.vision import backbone
from lookalike.vision.backbone import open_backbone
from lookalike.vision.backends import Precision
from lookalike.vision.weights import find_model

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO has no wheel here"
)


@pytest.mark.parametrize(
    ("driver", "device", "precision", "expected"),
    [
        (False, "auto", None, "openvino"),
        (True, "auto", None, "torch"),
        (True, "cpu", None, "openvino"),
        (False, "auto", "fp16", "torch"),
    ],
)
def test_a_processor_takes_openvino_and_what_may_be_a_gpu_torch(
    monkeypatch: pytest.MonkeyPatch,
    driver: bool,
    device: str,
    precision: Precision | None,
    expected: str,
) -> None:
    monkeypatch.setattr(backbone, "_has_cuda_driver", lambda: driver)
    found = open_backbone(find_model().weights_file, 64, device=device, precision=precision)
    assert found.backend == expected


def test_without_openvino_a_processor_takes_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert open_backbone(find_model().weights_file, 64, device="cpu").backend == "torch"
