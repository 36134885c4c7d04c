"""One answer out of many shards' answers."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import islice

from lookalike.search import ShardHit, ShardHits


def hit_order(hit: ShardHit) -> tuple[float, str]:
    """The sort key of hits: falling similarity, ties by rising product id."""
    return -hit.similarity, hit.product.id


def merge_hits(shards: Sequence[ShardHits], k: int) -> list[ShardHit]:
    """The best `k` hits of all shards, by falling similarity, ties by rising product id.

    As each shard answers with its own exact best k, this is the exact best k of the catalogue.
    """
    return list(islice(heapq.merge(*(shard.hits for shard in shards), key=hit_order), k))


def merged_version(shards: Sequence[ShardHits]) -> int:
    """The catalogue version that every shard had seen: the least of theirs, 0 without shards."""
    return min((shard.catalog_version for shard in shards), default=0)
