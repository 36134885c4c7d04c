"""Which shard holds a product: a stable hash of its id, the same in every process and release."""

from __future__ import annotations

from hashlib import blake2b

_HASH_BITS = 31


def shard_hash(product_id: str) -> int:
    """A product id's place on the ring of shards: 0 .. 2**31 - 1, so that it fits any INTEGER.

    The first four bytes of BLAKE2b over the UTF-8 id, big endian, without the topmost bit.
    The store keeps it beside each product, so the database itself picks a shard's rows.
    """
    digest = blake2b(product_id.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") & ((1 << _HASH_BITS) - 1)


def shard_of(product_id: str, shards: int) -> int:
    """The shard, 0 .. `shards` - 1, that holds a product: `shard_hash` modulo `shards`."""
    return shard_hash(product_id) % shards
