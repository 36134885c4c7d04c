"""The service with stages that do nothing: what is left is the plumbing.

No `from __future__ import annotations` here: Ray Serve reads the type of the builder's argument.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ray.serve import Application

from deployments.app import StageClasses, compose
from deployments.settings import ServiceArgs
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.ports import Cutout, Encoded, IndexedProduct, ShardStatus
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, ShardHit, ShardHits, ShardQuery
from lookalike.vision.crop import CropBoxPx

_CUTOUT = np.full((224, 224, 3), 255, np.uint8)
CONSTANT_FEATURES = np.full(FEATURE_DIM, FEATURE_DIM**-0.5, np.float32)
_PROBABILITIES = np.full(len(CATEGORIES), 1 / len(CATEGORIES), np.float32)


class EmptySegmenter:
    """Answers with a white cutout of the real size."""

    def __init__(self, _args: object) -> None:
        pass

    async def cutout(self, _photo: bytes, _box: CropBoxPx) -> Cutout:
        """A white cutout."""
        return Cutout(_CUTOUT, _CUTOUT, 0.0)

    async def garments(self, _photo: bytes) -> list[CropBoxPx]:
        """One box."""
        return [CropBoxPx(0, 0, 100, 100)]


class EmptyEncoder:
    """Answers with constant features of the real size."""

    def __init__(self, _args: object) -> None:
        pass

    async def encode_batch(
        self,
        cutouts: Sequence[Cutout],
        _model_versions: Sequence[str | None],
        _arrived: Sequence[float],
    ) -> list[Encoded]:
        """Constant features, whatever the model."""
        return [Encoded(CONSTANT_FEATURES, _PROBABILITIES, 0.0, 0.0) for _ in cutouts]


class EmptyShard:
    """Answers with as many constant hits as were asked for."""

    def __init__(self, _args: object, shard: int, _weights: object) -> None:
        self._product = Product(
            f"empty-{shard}", "An empty product", "None", CATEGORIES[0], 1999, "USD", "https://x/"
        )

    async def search(self, query: ShardQuery) -> ShardHits:
        """`query.k` hits."""
        return ShardHits((ShardHit(0.9, self._product),) * query.k, 1)

    async def product(
        self, _product_id: str, _model_version: str | None = None, _shards: int | None = None
    ) -> IndexedProduct | None:
        """Nothing."""
        return None

    async def status(
        self, _model_version: str | None = None, _shards: int | None = None
    ) -> ShardStatus:
        """One product."""
        return ShardStatus(1, 1)


def build(args: ServiceArgs) -> Application:
    """The real gateway over empty stages."""
    return compose(args, StageClasses(EmptySegmenter, EmptyEncoder, EmptyShard))


def build_without_segmenter(args: ServiceArgs) -> Application:
    """The same, with cutouts that the gateway makes itself: gateway, encoder and shards alone."""
    stages = StageClasses(
        encoder=EmptyEncoder, shard=EmptyShard, in_gateway=EmptySegmenter(args.segmenter)
    )
    return compose(args, stages)


def with_empty_stages(
    config: dict[str, Any], *, segmenter: bool = True, workers: bool = False
) -> dict[str, Any]:
    """A serve configuration with the empty stages in the place of the real ones.

    The applications beside it, `workers`, are left out unless asked for. No photo is remembered:
    each goes through every stage; and none is refused.
    """
    application, *others = (_taking_every_photo(app) for app in config["applications"])
    empty = {**application, "import_path": "benchmarks.empty_stages:build"}
    if not segmenter:
        empty["import_path"] = "benchmarks.empty_stages:build_without_segmenter"
        empty["deployments"] = [
            deployment
            for deployment in application["deployments"]
            if deployment["name"] != "segmenter"
        ]
    return {**config, "applications": [empty, *(others if workers else [])]}


def _taking_every_photo(application: dict[str, Any]) -> dict[str, Any]:
    gateway = application["args"]["gateway"] | {"photo_cache_entries": 0, "max_in_flight": 64}
    return {**application, "args": {**application["args"], "gateway": gateway}}
