"""The models that one replica holds: one as a rule, two while a new one is rolled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from deployments.errors import ServiceError
from deployments.settings import ServiceArgs
from lookalike.contract.errors import UnavailableError
from lookalike.ports import MODEL_IS_SWITCHED
from lookalike.vision.weights import Model, find_model

Held = TypeVar("Held")


def held_models(weights: Sequence[str]) -> dict[str, Model]:
    """The models by their versions, in the order of `weights`.

    Raises:
        WeightsError: one can't be found.
        ValueError: two have one version, so nobody could say which features are whose.
    """
    held: dict[str, Model] = {}
    for name in weights:
        model = find_model(name)
        if model.manifest.version in held:
            raise ValueError(f"{name} has the version of other weights: {model.manifest.version}")
        held[model.manifest.version] = model
    return held


def check_segmenter(args: ServiceArgs) -> None:
    """Refuse to cut photos out otherwise than the catalogue's pictures are.

    `lookalike catalog ingest` cuts by the segmenter that the model was trained with, and nothing
    in a product's features would tell of another one.

    Raises:
        ServiceError: the configured segmenter is another; the sentence says what to do.
        WeightsError: a model can't be found.
    """
    for name in args.encoder.held:
        own = find_model(name).manifest.segmenter
        if args.segmenter.model != own:
            raise ServiceError(
                f"segmenter.model is {args.segmenter.model}, but {name} was trained with, and its "
                f"features are of, what {own} cuts out: set segmenter.model to {own}"
            )


def of_version(held: Mapping[str, Held], model_version: str | None) -> Held:
    """What is held of that version; None: of the first one.

    Raises:
        UnavailableError: nothing is; what two model versions made can't be compared.
    """
    if model_version is None:
        return next(iter(held.values()))
    if model_version not in held:
        raise UnavailableError(MODEL_IS_SWITCHED)
    return held[model_version]
