"""What runs the background removal: time a photo, and whether the masks are rembg's own.

    python -m benchmarks.segmenters --photos DIR --json

Photos of a folder are cut out by rembg's session as it comes, and by the same session over each
backend and precision of ours, in turns. Masks are compared at half opacity: intersection over
union. bfloat16 is measured where the processor multiplies it.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.demo_service import as_the_service_runs
from benchmarks.figures import Figure
from lookalike.vision.bare_import import import_bare
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode
from lookalike.vision.onnx_runtime import onnx_runtime
from lookalike.vision.openvino_network import multiplies_bf16
from lookalike.vision.rembg_session import MaskSession, Precision, Running, open_session
from lookalike.vision.weights import find_weights

MODEL: Final = "u2netp"
REMBG: Final = "rembg as it comes"
GOAL_IOU: Final = 0.99
_OPAQUE_FROM: Final = 128


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="searched with its folders")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--number", type=int, default=200, help="of the photos")
    parser.add_argument("--threads", type=int, default=2, help="that work on a photo")
    arguments = parser.parse_args()
    as_the_service_runs()
    found = sorted(arguments.photos.rglob("*.jpg"))
    photos = random.Random(0).sample(found, min(arguments.number, len(found)))
    sessions: dict[str, MaskSession] = {
        REMBG: rembg_session(find_weights(MODEL), arguments.threads),
        "onnxruntime": open_session(MODEL, Running("onnxruntime", arguments.threads)),
    }
    precisions: list[Precision] = ["fp32", "bf16"] if multiplies_bf16() else ["fp32"]
    for precision in precisions:
        running = Running("openvino", arguments.threads, precision=precision)
        sessions[f"openvino, {precision}"] = open_session(MODEL, running)
    taken_ms, overlap = compared(sessions, photos)
    for name in list(sessions)[1:]:
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
    own = import_bare("rembg.sessions", "rembg").sessions[MODEL]
    reading = type(own.__name__, (own,), {"download_models": classmethod(lambda _: str(weights))})
    options = onnx_runtime().SessionOptions()
    options.intra_op_num_threads = threads
    session: MaskSession = reading(MODEL, options)
    return session


if __name__ == "__main__":
    main()
