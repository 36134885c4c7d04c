"""What runs the background removal changes its masks by next to nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from lookalike.vision import rembg_session
from lookalike.vision.bare_import import import_bare
from lookalike.vision.onnx_runtime import onnx_runtime
from lookalike.vision.openvino_network import OpenVinoNetwork, multiplies_bf16
from lookalike.vision.rembg_session import Backend, Precision, Running, chosen, open_session
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_weights
from tests.unit.vision.pictures import garment_on

COLOURS = ((120, 160, 120), (225, 222, 218), (40, 60, 200))
PHOTO = garment_on((120, 160, 120), (400, 420), (100, 80, 300, 340))


def opaque(
    backend: Backend, precision: Precision = "fp32", picture: Image.Image = PHOTO
) -> npt.NDArray[Any]:
    session = open_session("u2netp", Running(backend, threads=1, precision=precision))
    return np.asarray(session.predict(picture)[0]) >= 128


@pytest.fixture(scope="module")
def rembgs_own() -> npt.NDArray[Any]:
    own = import_bare("rembg.sessions", "rembg").sessions["u2netp"]
    weights = str(find_weights("u2netp"))
    reading = type("Own", (own,), {"download_models": classmethod(lambda _: weights)})
    mask = reading("u2netp", onnx_runtime().SessionOptions()).predict(PHOTO)[0]
    return np.asarray(mask) >= 128


@pytest.mark.parametrize(
    ("backend", "precision"),
    [("openvino", "fp32"), ("openvino", "bf16"), ("openvino", "auto"), ("onnxruntime", "fp32")],
)
def test_a_backends_mask_is_rembgs_own(
    backend: Backend, precision: Precision, rembgs_own: npt.NDArray[Any]
) -> None:
    mask = opaque(backend, precision)
    assert (mask & rembgs_own).sum() / (mask | rembgs_own).sum() >= 0.99


def test_a_forced_backend_is_taken_and_auto_names_one() -> None:
    assert chosen("onnxruntime") == "onnxruntime"
    assert chosen("openvino") == "openvino"
    assert chosen("auto") in ("openvino", "onnxruntime")


@pytest.mark.parametrize("model", ["u2netp", "silueta"])
def test_auto_is_bf16_where_it_is_fast_and_was_measured(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def network(_: Path, *running: object) -> None:
        asked.append(running[-1])

    monkeypatch.setattr(rembg_session, "OpenVinoNetwork", network)
    monkeypatch.setattr(rembg_session, "multiplies_bf16", lambda: True)
    monkeypatch.setattr(rembg_session, "KNOWN_WEIGHTS", {model})
    open_session(model, Running("openvino"), weights=lambda _: Path("unread.onnx"))
    monkeypatch.setattr(rembg_session, "multiplies_bf16", lambda: False)
    open_session(model, Running("openvino"), weights=lambda _: Path("unread.onnx"))
    assert asked == ["bf16" if model == "u2netp" else "fp32", "fp32"]


def test_bf16_is_computed_where_the_processor_has_it_and_fp32_anywhere() -> None:
    weights = find_weights("u2netp")
    fast = OpenVinoNetwork(weights, threads=1, precision="bf16")
    assert fast.precision == ("bf16" if multiplies_bf16() else "f32")
    assert OpenVinoNetwork(weights, threads=1, precision="fp32").precision == "f32"


def test_threads_share_one_network_and_each_gets_its_own_answer() -> None:
    network = OpenVinoNetwork(find_weights("u2netp"), threads=1, at_once=2)
    name = network.get_inputs()[0].name
    pictures = [np.full((1, 3, 320, 320), value, np.float32) for value in (-1.0, 0.0, 1.0)]
    alone = [network.run(None, {name: picture})[0] for picture in pictures]
    together = threading.Barrier(len(pictures))

    def run(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
        together.wait()
        return network.run(None, {name: picture})[0]

    with ThreadPoolExecutor(len(pictures)) as pool:
        for expected, got in zip(alone, pool.map(run, pictures), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-5)


def test_photos_side_by_side_are_cut_out_as_each_alone() -> None:
    segmenter = RembgSegmenter(threads=1, at_once=2, threads_alone=2)
    photos = [garment_on(colour, (200, 220), (50, 40, 150, 180)) for colour in COLOURS]
    alone = [segmenter.mask(photo) >= 128 for photo in photos]
    with ThreadPoolExecutor(len(photos)) as pool:
        together = [mask >= 128 for mask in pool.map(segmenter.mask, photos)]
    for one, other in zip(alone, together, strict=True):
        assert (one & other).sum() / (one | other).sum() >= 0.99
