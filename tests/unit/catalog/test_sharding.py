"""Products keep their shard, whatever process asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.sharding import shard_hash, shard_of


def test_the_hash_is_the_documented_one() -> None:
    assert [shard_hash(i) for i in ("", "0108775015", "니트")] == [309448485, 908089219, 1932241601]


@given(st.text(), st.integers(1, 10_000))
def test_every_product_has_one_shard(product_id: str, shards: int) -> None:
    assert 0 <= shard_of(product_id, shards) < shards
    assert 0 <= shard_hash(product_id) < 2**31


@pytest.mark.parametrize("shards", [2, 3, 16])
def test_shards_are_about_equally_full(shards: int) -> None:
    sizes = [0] * shards
    for i in range(20_000):
        sizes[shard_of(f"product-{i}", shards)] += 1
    assert max(sizes) < 1.1 * 20_000 / shards
