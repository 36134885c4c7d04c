"""Cutouts to features and category probabilities: ResNet34's convolution part and an MLP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM, Features
from lookalike.vision.backbone import open_backbone
from lookalike.vision.backends import EncoderBackend, Precision
from lookalike.vision.classifier import load_classifier, softmax
from lookalike.vision.colour import colour_histograms
from lookalike.vision.cutout import CUTOUT_SIZE, PREPROCESSING_VERSION, Cutouts
from lookalike.vision.look import load_look_head, unit_rows
from lookalike.vision.manifest import ModelManifest

_MAX_BATCH: Final = 64
"""Larger batches are encoded in pieces: they are no faster, and memory stays bounded."""


@dataclass(frozen=True, slots=True)
class EncodedBatch:
    """`features` (B, 512) float32, L2-normalised; `probabilities` (B, 13) float32, sum 1."""

    features: Features
    probabilities: npt.NDArray[np.float32]


class ResNet34Encoder:
    """Encodes cutouts with a trained model, on a GPU or a CPU, in the precision that suits it."""

    def __init__(
        self,
        weights_file: Path,
        manifest: ModelManifest,
        device: str = "auto",
        threads: int | None = None,
        precision: Precision | None = None,
        backend: EncoderBackend = "auto",
    ) -> None:
        """`threads` None: all; torch's are set for the whole process.

        Raises:
            ValueError: the model expects other preprocessing, or the file is no such model.
            ModuleNotFoundError: the backend is not installed.
        """
        if manifest.preprocessing != PREPROCESSING_VERSION:
            raise ValueError(
                f"{manifest.name} expects preprocessing {manifest.preprocessing!r}; "
                f"this is {PREPROCESSING_VERSION!r}"
            )
        self.manifest = manifest
        self.backbone = open_backbone(
            weights_file,
            manifest.input_px,
            device=device,
            threads=threads,
            precision=precision,
            backend=backend,
        )
        self._classifier = load_classifier(weights_file)
        self._look = load_look_head(weights_file)

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        """(B, 224, 224, 3) uint8 RGB cutouts -> features and probabilities, B >= 0.

        `framed`, of the same shape, are the crops with their background: where the manifest asks
        for a second look, probabilities come from the mean of both pictures' logits. None: from
        the cutouts alone, for callers that want features.

        Raises:
            ValueError: another shape or dtype.
        """
        for pictures in (cutouts,) if framed is None else (cutouts, framed):
            _check(pictures, len(cutouts))
        if not self.manifest.second_look:
            framed = None
        features = np.empty((len(cutouts), FEATURE_DIM), np.float32)
        probabilities = np.empty((len(cutouts), len(CATEGORIES)), np.float32)
        for start in range(0, len(cutouts), _MAX_BATCH):
            piece = slice(start, start + _MAX_BATCH)
            features[piece], probabilities[piece] = self._encode_piece(
                cutouts[piece], None if framed is None else framed[piece]
            )
        return EncodedBatch(features, probabilities)

    def _encode_piece(
        self, cutouts: Cutouts, framed: Cutouts | None
    ) -> tuple[Features, npt.NDArray[np.float32]]:
        seen = cutouts if framed is None else np.concatenate([cutouts, framed])
        pooled = self.backbone.pooled(seen)
        logits = self._classifier.logits(pooled[:, :FEATURE_DIM])
        looks = logits.reshape(-1, len(cutouts), len(CATEGORIES)).mean(axis=0)
        pooled = pooled[: len(cutouts)]
        if self._look is None:
            features = unit_rows(pooled[:, :FEATURE_DIM])
        else:
            features = self._look(pooled, colour_histograms(cutouts))
        return features, softmax(looks / np.float32(self.manifest.temperature))


def _check(pictures: Cutouts, count: int) -> None:
    if pictures.dtype != np.uint8 or pictures.shape != (count, CUTOUT_SIZE, CUTOUT_SIZE, 3):
        raise ValueError(f"cutouts of {pictures.dtype} {pictures.shape} can't be encoded")
