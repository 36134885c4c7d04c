"""The encoding stage: cutouts in, features and category probabilities out, in batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from deployments.held_models import held_models, of_version
from deployments.settings import EncoderArgs
from deployments.worker_thread import WorkerThread
from lookalike.allocator import keep_freed_memory
from lookalike.contract.errors import UnavailableError
from lookalike.ports import Cutout, Encoded
from lookalike.vision.cutout import CUTOUT_SIZE

if TYPE_CHECKING:
    from lookalike.vision.encode import EncodedBatch, ResNet34Encoder
    from lookalike.vision.weights import Model

Answer = Encoded | ValueError | UnavailableError

_SHAPE = (CUTOUT_SIZE, CUTOUT_SIZE, 3)

BLOCK_MIB: Final = 32
"""The largest block of a batch that torch takes again for the next one."""


def open_encoder(args: EncoderArgs, model: Model) -> ResNet34Encoder:
    """What encodes with a model by these settings.

    Raises:
        ValueError: the model expects other preprocessing, or its file is no such model.
        ModuleNotFoundError: the backend is not installed.
    """
    # Imported here: whoever builds the application needs the deployment alone, not its libraries.
    from lookalike.vision.encode import ResNet34Encoder

    return ResNet34Encoder(
        model.weights_file,
        model.manifest,
        device=args.device,
        threads=args.threads,
        backend=args.backend,
    )


class EncoderDeployment:
    """One copy of each network; `encode_batch` is what `serve.batch` gathers calls for."""

    def __init__(self, args: EncoderArgs) -> None:
        self._encoders = {
            version: open_encoder(args, model) for version, model in held_models(args.held).items()
        }
        if any(encoder.backbone.backend == "torch" for encoder in self._encoders.values()):
            keep_freed_memory(BLOCK_MIB)  # OpenVINO keeps its own
        self._thread = WorkerThread("encode")

    async def encode_batch(
        self,
        cutouts: Sequence[Cutout],
        model_versions: Sequence[str | None],
        arrived: Sequence[float],
    ) -> list[Answer]:
        """Encode cutouts that came together, each with the model that it is meant for.

        `arrived` holds each one's `time.perf_counter()`. What is no (224, 224, 3) uint8 picture
        fails alone: its place holds a ValueError. So does a cutout for a model version that is
        not held: an UnavailableError.
        """
        answers: list[Answer] = [ValueError(f"a cutout is {_SHAPE} uint8") for _ in cutouts]
        fit = [i for i, c in enumerate(cutouts) if _fits(c.pixels) and _fits(c.framed)]
        for version in dict.fromkeys(model_versions[i] for i in fit):
            places = [i for i in fit if model_versions[i] == version]
            try:
                encoder = of_version(self._encoders, version)
            except UnavailableError as refusal:
                for place in places:
                    answers[place] = refusal
                continue
            batch = await self._thread.run(_encode, encoder, [cutouts[i] for i in places])
            for row, place in enumerate(places):
                answers[place] = Encoded(
                    features=batch.features[row],
                    probabilities=batch.probabilities[row],
                    segment_ms=cutouts[place].segment_ms,
                    encode_ms=(time.perf_counter() - arrived[place]) * 1e3,
                    model_version=encoder.manifest.version,
                )
        return answers


def _encode(encoder: ResNet34Encoder, cutouts: Sequence[Cutout]) -> EncodedBatch:
    return encoder.encode(
        np.stack([c.pixels for c in cutouts]), np.stack([c.framed for c in cutouts])
    )


def _fits(picture: npt.NDArray[np.uint8]) -> bool:
    return picture.shape == _SHAPE and picture.dtype == np.uint8
