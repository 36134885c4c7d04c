"""While a new model is rolled out the stages hold two, and answer each request by its own."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from catalog.records import FeatureRow
from catalog.store import open_store
from deployments.app import build
from deployments.encoder import EncoderDeployment
from deployments.errors import ServiceError
from deployments.held_models import held_models
from deployments.settings import (
    AccessArgs,
    CatalogArgs,
    EncoderArgs,
    GatewayArgs,
    SegmenterArgs,
    ServiceArgs,
)
from deployments.shard import ShardDeployment
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import RecommendParams, SearchParams
from lookalike.ports import Cutout, Encoded, IndexedProduct, ShardStatus
from lookalike.recommender import Recommender
from lookalike.search import ShardHits, ShardQuery
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.fakes import (
    FakeEncoder,
    FakeSegmenter,
    FakeShard,
    colour_catalogue,
    jpeg,
    manifest,
)
from tests.next_model import NEXT_VERSION, NEXT_WEIGHTS, write_next_model
from tests.unit.catalog.making import PICTURE, products, unit_features

OWN_VERSION = find_model(DEFAULT_MODEL).manifest.version
BOTH = EncoderArgs(weights=DEFAULT_MODEL, also=(NEXT_WEIGHTS,))


@pytest.fixture(autouse=True)
def _next_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_MODELS", str(tmp_path))
    write_next_model(tmp_path)


def test_weights_that_are_named_twice_are_held_once() -> None:
    both_named = (DEFAULT_MODEL, NEXT_WEIGHTS)
    args = EncoderArgs(weights=NEXT_WEIGHTS, also=both_named)
    assert args.held == (NEXT_WEIGHTS, DEFAULT_MODEL)
    assert EncoderArgs().held == (DEFAULT_MODEL,)


def test_two_models_of_one_version_are_refused(tmp_path: Path) -> None:
    copy = find_model(DEFAULT_MODEL).manifest.model_copy(update={"name": "copy"})
    (tmp_path / "copy.json").write_text(copy.model_dump_json())
    with pytest.raises(ValueError, match="copy has the version of other weights"):
        held_models([DEFAULT_MODEL, "copy"])


def test_a_service_that_would_cut_photos_out_otherwise_than_its_catalogue_is_not_built(
    tmp_path: Path,
) -> None:
    args = ServiceArgs(
        gateway=GatewayArgs(access=AccessArgs(bound_to="127.0.0.1")),
        encoder=BOTH,
        catalog=CatalogArgs(store_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}"),
    )
    open_store(args.catalog.store_url).close()
    build(args)
    finer = args.model_copy(update={"segmenter": SegmenterArgs(model="u2net")})
    with pytest.raises(ServiceError, match=r"set segmenter\.model to u2netp"):
        build(finer)
    manifest = find_model(NEXT_WEIGHTS).manifest.model_copy(update={"segmenter": "u2net"})
    (tmp_path / f"{NEXT_WEIGHTS}.json").write_text(manifest.model_dump_json())
    with pytest.raises(ServiceError, match=f"{NEXT_WEIGHTS} was trained with"):
        build(args)


async def test_each_cutout_of_a_batch_is_encoded_with_the_model_that_it_is_meant_for() -> None:
    encoder = EncoderDeployment(BOTH)
    picture, flat = np.full((224, 224, 3), 90, np.uint8), np.zeros((224, 224), np.uint8)
    good, bad = Cutout(picture, picture, 1.0), Cutout(flat, picture, 1.0)
    sent = [good, good, bad, good, good, good]
    wanted = [NEXT_VERSION, OWN_VERSION, NEXT_VERSION, "gone", NEXT_VERSION, None]
    answers = await encoder.encode_batch(sent, wanted, [0.0] * 6)
    told = [a.model_version if isinstance(a, Encoded) else type(a) for a in answers]
    expected = [NEXT_VERSION, OWN_VERSION, ValueError, UnavailableError, NEXT_VERSION, OWN_VERSION]
    assert told == expected
    sure = [a.probabilities.max() for a in answers if isinstance(a, Encoded)]
    assert sure[0] == pytest.approx(sure[2])
    assert sure[1] == pytest.approx(sure[3])
    assert sure[1] > 2 * sure[0]


async def test_a_shard_answers_by_the_model_that_it_is_asked_for(tmp_path: Path) -> None:
    args = CatalogArgs(store_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}", shards=1)
    look = unit_features(7)
    with open_store(args.store_url) as store:
        store.put_products(products(3))
    give_nearest(args, OWN_VERSION, ["p0", "p1", "p2"], nearest="p1")
    give_nearest(args, NEXT_VERSION, ["p0", "p2"], nearest="p2")
    with closing(ShardDeployment(args, 0, BOTH.held)) as shard:

        async def nearest(version: str | None) -> str:
            found = await shard.search(ShardQuery(look, 1, model_version=version))
            return found.hits[0].product.id

        assert [await nearest(v) for v in (OWN_VERSION, NEXT_VERSION, None)] == ["p1", "p2", "p1"]
        assert (await shard.status()).products == 3
        assert (await shard.status(NEXT_VERSION)).products == 2
        assert await shard.product("p1", NEXT_VERSION) is None
        for version in (OWN_VERSION, NEXT_VERSION):
            found = await shard.product("p2", version)
            assert found is not None
            assert found.model_version == version
            assert bool(found.features @ look > 0.99) == (version == NEXT_VERSION)

        give_nearest(args, NEXT_VERSION, ["p1"], nearest="p1")
        async with asyncio.timeout(20):
            while await nearest(NEXT_VERSION) != "p1":
                pass  # the shard follows the store: the change is on its way


async def test_a_shard_refuses_a_model_that_it_does_not_hold(tmp_path: Path) -> None:
    args = CatalogArgs(store_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}", shards=1)
    open_store(args.store_url).close()
    with closing(ShardDeployment(args, 0, [DEFAULT_MODEL])) as shard:
        for asked in (
            shard.search(ShardQuery(unit_features(1), 1, model_version=NEXT_VERSION)),
            shard.product("p0", NEXT_VERSION),
            shard.status(NEXT_VERSION),
        ):
            with pytest.raises(UnavailableError, match="model is being switched"):
                await asked


async def test_a_closed_shard_follows_the_store_no_more(tmp_path: Path) -> None:
    args = CatalogArgs(store_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}", shards=1)
    open_store(args.store_url).close()
    before = set(threading.enumerate())
    with closing(ShardDeployment(args, 0, BOTH.held)) as shard:
        shard.check_health()
        await shard.search(ShardQuery(unit_features(1), 1))
        assert len(set(threading.enumerate()) - before) == 5
    assert set(threading.enumerate()) <= before
    with pytest.raises(RuntimeError, match="no longer follows"):
        shard.check_health()


class NotingShard(FakeShard):
    """Notes which models it is asked for."""

    def __init__(self) -> None:
        super().__init__(*colour_catalogue())
        self.asked_for: list[str | None] = []

    async def search(self, query: ShardQuery) -> ShardHits:
        self.asked_for.append(query.model_version)
        return await super().search(query)

    async def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> IndexedProduct | None:
        self.asked_for.append(model_version)
        return await super().product(product_id, model_version, shards)

    async def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> ShardStatus:
        self.asked_for.append(model_version)
        return await super().status(model_version, shards)


class NotingEncoder(FakeEncoder):
    """Notes which models it is asked for."""

    def __init__(self) -> None:
        self.asked_for: list[str | None] = []

    async def encode(self, cutout: Cutout, model_version: str | None = None) -> Encoded:
        self.asked_for.append(model_version)
        return await super().encode(cutout, model_version)


async def test_every_stage_is_asked_for_the_model_that_the_answer_names() -> None:
    encoder, shard = NotingEncoder(), NotingShard()
    recommender = Recommender(FakeSegmenter(), encoder, [shard], manifest())
    reply = await recommender.recommend(jpeg(), RecommendParams(), "id")
    await recommender.similar("p-03", SearchParams(), "id")
    await recommender.ready(jpeg())
    assert encoder.asked_for == [reply.model_version] * 2
    # a search; a look-up and a search; a search and the status
    assert shard.asked_for == [reply.model_version] * 5


def give_nearest(args: CatalogArgs, version: str, ids: list[str], nearest: str) -> None:
    """Features of that model: one product looks like the query, the others like nothing."""
    rows = [FeatureRow(i, PICTURE, unit_features(7 if i == nearest else 100)) for i in ids]
    with open_store(args.store_url) as store:
        assert store.put_features(version, rows) == len(rows)
