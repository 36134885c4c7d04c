"""What runs the background removal: time a photo, and whether the masks are rembg's own.

    python -m benchmarks.segmenters --photos DIR --json

Photos of a folder are cut out by rembg's session as it comes, and by the same session over each
backend of ours, in turns. Masks are compared at half opacity: intersection over union. With
`--emulate-bf16` a third network rounds weights and what goes into each convolution to bfloat16,
as OpenVINO does on processors that multiply it (needs onnx).
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.demo_service import as_the_service_runs
from benchmarks.figures import Figure
from lookalike.vision.bare_import import import_bare
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode
from lookalike.vision.rembg_session import MaskSession, Running, open_session
from lookalike.vision.weights import find_weights

MODEL: Final = "u2netp"
REMBG: Final = "rembg as it comes"
BF16: Final = "bfloat16, emulated"
GOAL_IOU: Final = 0.99
_OPAQUE_FROM: Final = 128


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="searched with its folders")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--number", type=int, default=200, help="of the photos")
    parser.add_argument("--threads", type=int, default=2, help="that work on a photo")
    parser.add_argument("--emulate-bf16", action="store_true", help="for its masks, not its time")
    arguments = parser.parse_args()
    as_the_service_runs()
    found = sorted(arguments.photos.rglob("*.jpg"))
    photos = random.Random(0).sample(found, min(arguments.number, len(found)))
    with tempfile.TemporaryDirectory() as folder:
        sessions: dict[str, MaskSession] = {
            REMBG: rembg_session(find_weights(MODEL), arguments.threads),
            "openvino": open_session(MODEL, Running("openvino", arguments.threads)),
            "onnxruntime": open_session(MODEL, Running("onnxruntime", arguments.threads)),
        }
        if arguments.emulate_bf16:
            rounded = Path(folder) / "bf16.onnx"
            round_to_bf16(find_weights(MODEL), rounded)
            sessions[BF16] = rembg_session(rounded, arguments.threads)
        taken_ms, overlap = compared(sessions, photos)
    for name in list(sessions)[1:]:
        if name != BF16:
            Figure(
                case=f"{name}: a photo, median",
                value=statistics.median(taken_ms[name]),
                unit="ms",
                n=len(photos),
                reference=REMBG,
                reference_value=statistics.median(taken_ms[REMBG]),
            ).print(arguments.json)
        for kind, value in (("least", min(overlap[name])), ("mean", np.mean(overlap[name]))):
            Figure(
                case=f"{name}: IoU with rembg's own mask, {kind}",
                value=float(value),
                unit="IoU",
                n=len(photos),
                reference="goal",
                reference_value=GOAL_IOU,
            ).print(arguments.json)


def compared(
    sessions: dict[str, MaskSession], photos: list[Path]
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds by session and photo, and each mask's overlap with the first session's."""
    taken_ms: dict[str, list[float]] = {name: [] for name in sessions}
    overlap: dict[str, list[float]] = {name: [] for name in sessions}
    for session in sessions.values():
        session.predict(Image.new("RGB", (64, 64)))
    for photo in photos:
        picture = at_working_size(decode(photo.read_bytes()))
        own: npt.NDArray[np.bool_] | None = None
        for name, session in sessions.items():
            started = time.perf_counter()
            mask = session.predict(picture)[0]
            taken_ms[name].append((time.perf_counter() - started) * 1e3)
            opaque = np.asarray(mask) >= _OPAQUE_FROM
            own = opaque if own is None else own
            overlap[name].append(iou(opaque, own))
    return taken_ms, overlap


def iou(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """Intersection over union; 1 where both are empty."""
    union = int((one | other).sum())
    return int((one & other).sum()) / union if union else 1.0


def rembg_session(weights: Path, threads: int) -> MaskSession:
    """rembg's own session for u2netp, reading the given file."""
    import onnxruntime

    own = import_bare("rembg.sessions", "rembg").sessions[MODEL]
    reading = type(own.__name__, (own,), {"download_models": classmethod(lambda _: str(weights))})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session: MaskSession = reading(MODEL, options)
    return session


def round_to_bf16(network: Path, target: Path) -> None:
    """Write a network whose convolutions see weights and inputs rounded to bfloat16's 8 bits.

    Source: Veltkamp's splitting: with c = (2^16 + 1) x, c - (c - x) is x in 24 - 16 bits.
    """
    import onnx
    from onnx import TensorProto, helper

    model: Any = onnx.load(network)
    model.graph.initializer.append(
        helper.make_tensor("splitter", TensorProto.FLOAT, [], [2.0**16 + 1])
    )
    nodes = []
    for number, node in enumerate(model.graph.node):
        if node.op_type == "Conv":
            for place in (0, 1):
                name, own = node.input[place], f"rounded{number}_{place}"
                nodes += [
                    helper.make_node("Mul", [name, "splitter"], [f"{own}_large"]),
                    helper.make_node("Sub", [f"{own}_large", name], [f"{own}_rest"]),
                    helper.make_node("Sub", [f"{own}_large", f"{own}_rest"], [own]),
                ]
                node.input[place] = own
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, target)


if __name__ == "__main__":
    main()
