"""The service with real shards behind stages that compute nothing.

No `from __future__ import annotations` here: Ray Serve reads the type of the builder's argument.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from ray.serve import Application

from benchmarks.empty_stages import CONSTANT_FEATURES, EmptyEncoder, EmptySegmenter
from deployments.active_model import with_active_model
from deployments.app import StageClasses, compose
from deployments.held_models import held_models, of_version
from deployments.settings import EncoderArgs, ServiceArgs
from lookalike.contract.errors import UnavailableError
from lookalike.ports import Cutout, Encoded
from lookalike.search import FEATURE_DIM, Features
from tests.next_model import NEXT_VERSION

_SIGNS: Final = np.tile(np.array([1, -1], np.float32), FEATURE_DIM // 2)


def look_of(model_version: str) -> Features:
    """What every photo looks like to a model: (512,) float32 of length 1."""
    return CONSTANT_FEATURES * _SIGNS if model_version == NEXT_VERSION else CONSTANT_FEATURES


class LightEncoder:
    """Answers with the look of the model that is asked for, where it holds that."""

    def __init__(self, args: EncoderArgs) -> None:
        self._empty = EmptyEncoder(args)
        self._held = {version: version for version in held_models(args.held)}

    async def encode_batch(
        self,
        cutouts: Sequence[Cutout],
        model_versions: Sequence[str | None],
        arrived: Sequence[float],
    ) -> list[Encoded | UnavailableError]:
        """A look, or a refusal, for each."""
        empty = await self._empty.encode_batch(cutouts, model_versions, arrived)
        pairs = zip(empty, model_versions, strict=True)
        return [self._answer(encoded, version) for encoded, version in pairs]

    def _answer(self, encoded: Encoded, wanted: str | None) -> Encoded | UnavailableError:
        try:
            version = of_version(self._held, wanted)
        except UnavailableError as refusal:
            return refusal
        return replace(encoded, features=look_of(version), model_version=version)


def build(args: ServiceArgs) -> Application:
    """Every photo looks the same, and the catalogue is searched for it."""
    return compose(with_active_model(args), StageClasses(EmptySegmenter, LightEncoder))
