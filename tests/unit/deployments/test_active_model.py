"""The service starts with the model that the store names, and never mixes two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.records import ActiveModel
from catalog.store import open_store
from deployments.active_model import with_active_model
from deployments.settings import CatalogArgs, ServiceArgs
from deployments.shard import ShardDeployment
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import RecommendParams
from lookalike.ports import Cutout, Encoded
from lookalike.recommender import Recommender
from lookalike.search import ShardQuery
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.fakes import FakeEncoder, FakeSegmenter, FakeShard, colour_catalogue
from tests.unit.catalog.making import picture


@pytest.fixture
def args(tmp_path: Path) -> ServiceArgs:
    return ServiceArgs(catalog=CatalogArgs(store_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}"))


def test_the_configured_model_is_used_before_the_first_switch(args: ServiceArgs) -> None:
    open_store(args.catalog.store_url).close()
    assert with_active_model(args) == args


def test_the_model_that_was_switched_to_replaces_the_configured_one(args: ServiceArgs) -> None:
    with open_store(args.catalog.store_url) as store:
        store.switch_model(ActiveModel("v2", "weights-two"))
    started = with_active_model(args)
    assert started.encoder.weights == "weights-two"
    assert started.catalog == args.catalog


def test_a_store_out_of_reach_leaves_the_configured_model(
    args: ServiceArgs, tmp_path: Path
) -> None:
    assert with_active_model(args) == args
    assert list(tmp_path.iterdir()) == []


class OtherModel(FakeEncoder):
    """An encoder that was started before, or after, the rest."""

    async def encode(self, cutout: Cutout, model_version: str | None = None) -> Encoded:
        return replace(await super().encode(cutout, model_version), model_version="other")


async def test_features_of_another_model_are_not_searched_with() -> None:
    shards = [FakeShard(*colour_catalogue())]
    manifest = find_model(DEFAULT_MODEL).manifest
    recommender = Recommender(FakeSegmenter(), OtherModel(), shards, manifest)
    with pytest.raises(UnavailableError, match="model is being switched"):
        await recommender.recommend(picture(), RecommendParams(), "request")


async def test_a_shard_of_another_model_says_so(args: ServiceArgs) -> None:
    open_store(args.catalog.store_url).close()
    shard = ShardDeployment(args.catalog, 0, [DEFAULT_MODEL])
    look = np.full(512, 512**-0.5, np.float32)
    own = find_model(DEFAULT_MODEL).manifest.version
    assert (await shard.search(ShardQuery(look, 5, model_version=own))).hits == ()
    with pytest.raises(UnavailableError, match="model is being switched"):
        await shard.search(ShardQuery(look, 5, model_version="other"))
