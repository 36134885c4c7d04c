"""What is said of a catalogue, whatever order its hits come in."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.contract.schemas import RecommendParams, SearchParams, Sort
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.recommender import Recommender
from lookalike.search import FEATURE_DIM, ShardHit, ShardHits, ShardQuery
from lookalike.vision.manifest import ModelManifest
from tests.fakes import FakeEncoder, FakeSegmenter, FakeShard, jpeg, manifest, unit_features


def shirt(product_id: str, price_minor: int = 1000) -> Product:
    return Product(
        id=product_id,
        title=product_id,
        brand="",
        category=Category.T_SHIRT,
        price_minor=price_minor,
        currency="USD",
        item_url="https://shop.example/",
        image_key=None,
        attributes={},
    )


class SetShard(FakeShard):
    """One very similar product that is dear, and many cheap ones that are less so."""

    def __init__(self) -> None:
        pass

    async def search(self, query: ShardQuery) -> ShardHits:
        near = ShardHit(0.99, shirt("near", 100_000))
        far = [ShardHit(0.92, shirt(f"far-{i:03}")) for i in range(200)]
        return ShardHits((near, *far)[: query.k], 7)


def recommender(shard: FakeShard) -> Recommender:
    return Recommender(FakeSegmenter(), FakeEncoder(), [shard], manifest())


@pytest.mark.parametrize("sort", ["similarity", "price", "value"])
async def test_the_same_look_is_said_though_it_is_too_dear_to_be_shown(sort: Sort) -> None:
    known: ModelManifest = manifest()
    assert known.match_probability(0.92, Category.T_SHIRT) < known.verdict.same
    reply = await recommender(SetShard()).recommend(jpeg(), RecommendParams(k=10, sort=sort), "r")
    assert reply.verdict == "same"
    assert (reply.hits[0].product.id == "near") == (sort == "similarity")


async def test_an_equal_picture_is_of_similarity_1_and_no_more() -> None:
    names = [f"p-{i:03}" for i in range(100)]
    rows = np.stack([unit_features(i) for i in range(50)]).astype(np.float16)
    rows = np.concatenate([rows, rows]).reshape(100, FEATURE_DIM)
    service = recommender(FakeShard([shirt(name) for name in names], rows.astype(np.float32)))
    for at in range(50):
        found = await service.similar(names[at], SearchParams(k=3, min_similarity=1.0), "r")
        assert [hit.product.id for hit in found.hits] == [names[at + 50]]
        assert found.hits[0].similarity <= 1.0
