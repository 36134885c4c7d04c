"""The encoding stage: cutouts in, features and category probabilities out, in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from deployments.settings import EncoderArgs
from deployments.worker_thread import WorkerThread
from lookalike.ports import Cutout, Encoded
from lookalike.vision.cutout import CUTOUT_SIZE
from lookalike.vision.weights import find_model

if TYPE_CHECKING:
    from lookalike.vision.encode import EncodedBatch

_SHAPE = (CUTOUT_SIZE, CUTOUT_SIZE, 3)


class EncoderDeployment:
    """One copy of the network; `encode_batch` is what `serve.batch` gathers calls for."""

    def __init__(self, args: EncoderArgs) -> None:
        # Imported here: whoever builds the application needs the class alone, not torch.
        from lookalike.vision.encode import ResNet34Encoder

        model = find_model(args.weights)
        self._encoder = ResNet34Encoder(
            model.weights_file,
            model.manifest,
            device=args.device,
            threads=args.threads,
        )
        self._model_version = model.manifest.version
        self._thread = WorkerThread("encode")

    async def encode_batch(
        self, cutouts: Sequence[Cutout], arrived: Sequence[float]
    ) -> list[Encoded | ValueError]:
        """Encode cutouts that came together; `arrived` holds each one's `time.perf_counter()`.

        What is no (224, 224, 3) uint8 picture fails alone: its place holds a ValueError.
        """
        fit = [_fits(c.pixels) and _fits(c.framed) for c in cutouts]
        good = [c for c, fits in zip(cutouts, fit, strict=True) if fits]
        batch = await self._thread.run(self._encode, good) if good else None
        row = 0
        answers: list[Encoded | ValueError] = []
        for cutout, fits, since in zip(cutouts, fit, arrived, strict=True):
            if not fits or batch is None:
                answers.append(ValueError(f"a cutout is {_SHAPE} uint8"))
                continue
            answers.append(
                Encoded(
                    features=batch.features[row],
                    probabilities=batch.probabilities[row],
                    segment_ms=cutout.segment_ms,
                    encode_ms=(time.perf_counter() - since) * 1e3,
                    model_version=self._model_version,
                )
            )
            row += 1
        return answers

    def _encode(self, cutouts: Sequence[Cutout]) -> EncodedBatch:
        return self._encoder.encode(
            np.stack([c.pixels for c in cutouts]), np.stack([c.framed for c in cutouts])
        )


def _fits(picture: npt.NDArray[np.uint8]) -> bool:
    return picture.shape == _SHAPE and picture.dtype == np.uint8
