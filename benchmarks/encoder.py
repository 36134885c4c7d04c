"""Pictures a second through the encoder by batch size, copies to and from the device included.

    OMP_WAIT_POLICY=passive python -m benchmarks.encoder --json

Cutouts lie in memory as the segmenter gives them, and features end there. The reference is the
network alone in torch, on input that lies on the device already, at the batch size that suits it
best: the limit of the GPU; on a processor, what OpenVINO is compared with.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch

from benchmarks.figures import Figure
from lookalike.vision.cutout import CUTOUT_SIZE
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.garment_net import (
    at_size,
    fold_batch_norm,
    load_garment_net,
    pooled_stages,
    to_input,
)
from lookalike.vision.weights import DEFAULT_MODEL, Model, find_model

BATCHES: Final = (1, 2, 4, 8, 16, 32, 64)
_DTYPES: Final = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--weights", default=DEFAULT_MODEL)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--backend", default="auto", choices=("auto", "openvino", "torch"))
    parser.add_argument("--threads", type=int, default=2, help="of the processor")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each batch size")
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    arguments = parser.parse_args()
    model = find_model(arguments.weights)
    encoder = ResNet34Encoder(
        model.weights_file,
        model.manifest,
        arguments.device,
        arguments.threads,
        backend=arguments.backend,
    )
    torch.set_num_threads(arguments.threads)
    sizes = {size: _cutouts(size) for size in arguments.batches}
    limits = [network_rate(model, encoder, sizes[n], arguments.seconds) for n in sizes]
    limit, at = max(zip(limits, sizes, strict=True))
    backbone = encoder.backbone
    where = f"{backbone.backend}, {backbone.device}, {backbone.precision}"
    for size, cutouts in sizes.items():
        rate = a_second(lambda batch=cutouts: encoder.encode(batch), size, arguments.seconds)  # type: ignore[misc]
        Figure(
            case=f"encoder ({where}), batches of {size}",
            value=rate,
            unit="img/s",
            n=size,
            reference=f"the network alone in torch, batches of {at}",
            reference_value=limit,
        ).print(arguments.json)


def _cutouts(size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    drawn = np.random.default_rng(0)
    return drawn.integers(0, 255, (size, CUTOUT_SIZE, CUTOUT_SIZE, 3), np.uint8)


@torch.inference_mode()
def network_rate(
    model: Model,
    encoder: ResNet34Encoder,
    cutouts: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    seconds: float,
) -> float:
    """Pictures a second through the convolutions alone, in the encoder's precision."""
    backbone = load_garment_net(model.weights_file).backbone
    fold_batch_norm(backbone)
    place = torch.device(encoder.backbone.device)
    dtype = _DTYPES[encoder.backbone.precision]
    backbone = backbone.to(place, dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    pixels = at_size(to_input(cutouts), model.manifest.input_px).to(place, dtype)
    pixels = pixels.contiguous(memory_format=torch.channels_last)

    def once() -> None:
        pooled_stages(backbone, pixels)
        if place.type == "cuda":
            torch.cuda.synchronize()

    return a_second(once, len(cutouts), seconds)


def a_second(call: Callable[[], object], pictures: int, seconds: float) -> float:
    """Pictures a second of a call that takes so many, over about `seconds`."""
    call()
    started, calls = time.perf_counter(), 0
    while (taken := time.perf_counter() - started) < seconds or not calls:
        call()
        calls += 1
    return calls * pictures / taken


if __name__ == "__main__":
    main()
