"""The service starts with the model that the store names, and never mixes two."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalog.records import ActiveModel
from catalog.store import open_store
from deployments import active_model
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


class AtTheFirstWarning(logging.Handler):
    """Does something once somebody says that it waits."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then: Callable[[], None] | None = then

    def emit(self, record: logging.LogRecord) -> None:
        if self._then is not None and "waiting for the store" in record.getMessage():
            then, self._then = self._then, None
            then()


@pytest.fixture
def at_the_first_warning() -> Iterator[Callable[[Callable[[], None]], None]]:
    log = logging.getLogger(active_model.__name__)
    handlers: list[logging.Handler] = []

    def listen(then: Callable[[], None]) -> None:
        handlers.append(AtTheFirstWarning(then))
        log.addHandler(handlers[-1])

    yield listen
    for handler in handlers:
        log.removeHandler(handler)


def test_a_store_that_is_away_for_a_moment_is_waited_for(
    args: ServiceArgs, at_the_first_warning: Callable[[Callable[[], None]], None]
) -> None:
    def come_back() -> None:
        with open_store(args.catalog.store_url) as store:
            store.switch_model(ActiveModel("v2", "weights-two"))

    at_the_first_warning(come_back)
    assert with_active_model(args).encoder.weights == "weights-two"


def test_no_model_is_guessed_for_a_store_that_stays_away(args: ServiceArgs, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="can't say which model searches use"):
        with_active_model(args, patience_s=0.0)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_breaks_while_it_is_asked_is_away(args: ServiceArgs) -> None:
    with open_store(args.catalog.store_url):
        pass
    with closing(sqlite3.connect(args.catalog.store_url.removeprefix("sqlite:///"))) as store:
        store.execute("DROP TABLE active_model")
        store.commit()
    with pytest.raises(UnavailableError, match="no such table"):
        with_active_model(args, patience_s=0.0)


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
    look = np.full(512, 512**-0.5, np.float32)
    own = find_model(DEFAULT_MODEL).manifest.version
    with closing(ShardDeployment(args.catalog, 0, [DEFAULT_MODEL])) as shard:
        assert (await shard.search(ShardQuery(look, 5, model_version=own))).hits == ()
        with pytest.raises(UnavailableError, match="model is being switched"):
            await shard.search(ShardQuery(look, 5, model_version="other"))
