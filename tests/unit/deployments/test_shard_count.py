"""While the number of shards changes, a search finds all that there is or is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from catalog.records import FeatureRow
from catalog.store import open_store
from deployments.settings import CatalogArgs
from deployments.shard import ShardDeployment
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import RecommendParams, SearchParams
from lookalike.recommender import Recommender
from lookalike.search import ShardQuery
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.fakes import FakeEncoder, FakeSegmenter, colour_catalogue, jpeg

MANIFEST = find_model(DEFAULT_MODEL).manifest


@pytest.fixture
def args(tmp_path: Path) -> CatalogArgs:
    """The colour catalogue in a store."""
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    items, features = colour_catalogue()
    pictured = [item for item in items if item.image_key]
    rows = [
        FeatureRow(item.id, item.image_key, vector)
        for item, vector in zip(items, features, strict=True)
        if item.image_key
    ]
    with open_store(url) as store:
        store.put_products(pictured)
        store.put_features(MANIFEST.version, rows)
    return CatalogArgs(store_url=url)


ShardOf = Callable[[int, int], ShardDeployment]


@pytest.fixture
def shard(args: CatalogArgs) -> Iterator[ShardOf]:
    """Starts a shard: its number, and of how many."""
    with ExitStack() as started:

        def start(number: int, shards: int) -> ShardDeployment:
            division = args.model_copy(update={"shards": shards})
            return started.enter_context(
                closing(ShardDeployment(division, number, [DEFAULT_MODEL]))
            )

        yield start


def recommender(shards: Sequence[ShardDeployment]) -> Recommender:
    return Recommender(FakeSegmenter(), FakeEncoder(), shards, MANIFEST)


async def test_shards_that_agree_find_each_product_once(shard: ShardOf) -> None:
    params = RecommendParams(k=10, categories="any")
    one = await recommender([shard(0, 1)]).recommend(jpeg(), params, "id")
    two = await recommender([shard(n, 2) for n in range(2)]).recommend(jpeg(), params, "id")
    assert len({hit.product.id for hit in one.hits}) == 10
    assert one.hits == two.hits


@pytest.mark.parametrize("held", [[(0, 1), (1, 2)], [(0, 2)], [(0, 2), (1, 3)]])
async def test_no_answer_is_made_of_parts_of_two_divisions(
    shard: ShardOf, held: list[tuple[int, int]]
) -> None:
    asking = recommender([shard(number, shards) for number, shards in held])
    with pytest.raises(UnavailableError, match="number of shards is being changed"):
        await asking.recommend(jpeg(), RecommendParams(), "id")
    with pytest.raises(UnavailableError, match="number of shards is being changed"):
        await asking.ready(jpeg())
    for product_id in (item.id for item in colour_catalogue()[0] if item.image_key):
        with pytest.raises(UnavailableError, match="number of shards is being changed"):
            await asking.similar(product_id, SearchParams(), "id")


async def test_a_shard_refuses_whatever_is_asked_of_another_division(shard: ShardOf) -> None:
    held = shard(0, 2)
    look = colour_catalogue()[1][1]
    for asked in (
        held.search(ShardQuery(look, 1, shards=1)),
        held.product("p-01", shards=1),
        held.status(shards=1),
    ):
        with pytest.raises(UnavailableError, match="number of shards is being changed"):
            await asked


async def test_whoever_names_no_number_is_answered(shard: ShardOf) -> None:
    asked = shard(0, 2)
    look = colour_catalogue()[1][1]
    assert (await asked.search(ShardQuery(look, 1))).hits
    assert (await asked.status()).products > 0
