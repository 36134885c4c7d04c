"""The change log, and what a shard reads by it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, Select, and_, delete, func, insert, select

from catalog.records import (
    PRODUCT_COLUMNS,
    Change,
    ChangeKind,
    ShardChanges,
    features_from_bytes,
    product_from_row,
)
from catalog.tables import changes, features, products
from lookalike.search import FEATURE_DIM
from lookalike.sharding import shard_of

LAST_CHANGE: Final = "SELECT seq, product_id, kind FROM changes ORDER BY seq DESC LIMIT 1"
"""The last change; no row before the first."""
_PAGE_ROWS: Final = 10_000


def log_changes(connection: Connection, product_ids: Sequence[str], kind: ChangeKind) -> None:
    """Number a change of each product, in the transaction that makes it."""
    connection.execute(
        insert(changes), [{"product_id": i, "kind": kind.value} for i in product_ids]
    )


def last_change(connection: Connection) -> int:
    """The last change's number, 0 before the first."""
    last: int | None = connection.execute(select(func.max(changes.c.seq))).scalar_one()
    return last or 0


def last_entry(connection: Connection) -> Change | None:
    """The last change, None before the first."""
    row = connection.execute(select(changes).order_by(changes.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else change_from_row(row)


def change_from_row(row: Sequence[Any]) -> Change:
    """The change of a row of number, product id and kind."""
    return Change(row[0], row[1], ChangeKind(row[2]))


def select_shard(shard: int, shards: int, model_version: str, *columns: Any) -> Select[Any]:
    """A query for the products of one shard with a picture and features of a model version."""
    return _searchable(model_version, *columns).where(products.c.shard_hash % shards == shard)


def read_changes(connection: Connection, seq: int, limit: int) -> list[Change]:
    """`CatalogStore.changes_since`, in a transaction that sees one state."""
    query = select(changes).where(changes.c.seq > seq).order_by(changes.c.seq).limit(limit)
    return [change_from_row(row) for row in connection.execute(query)]


def read_superseded(connection: Connection, kept: int) -> array[int]:
    """Numbers of changes that a later one of the same product repeats, but for the last `kept`.

    A shard reads from the log which products changed, and what became of them from the products:
    the last change of each is enough, wherever it stands.
    """
    newest = func.max(changes.c.seq).over(
        partition_by=[changes.c.product_id, changes.c.kind == ChangeKind.MODEL.value]
    )
    ranked = select(changes.c.seq, newest.label("newest")).subquery()
    query = select(ranked.c.seq).where(
        ranked.c.seq < ranked.c.newest, ranked.c.seq <= last_change(connection) - kept
    )
    return array("q", connection.scalars(query.execution_options(yield_per=_PAGE_ROWS)))


def delete_changes(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete entries of the log, in a write transaction."""
    connection.execute(delete(changes).where(changes.c.seq.in_(numbers)))


def read_shard_changes(
    connection: Connection,
    since: int,
    shard: int,
    shards: int,
    model_version: str,
    limit: int,
    seen: Change | None,
) -> ShardChanges:
    """`CatalogStore.shard_changes`, in a transaction that sees one state."""
    if seen is not None and read_changes(connection, seen.seq - 1, 1) != [seen]:
        return ShardChanges(np.empty((0, FEATURE_DIM), np.float16), [], frozenset(), 0)
    logged = read_changes(connection, since, limit)
    version = logged[-1].seq if logged else min(since, last_change(connection))
    ids = {entry.product_id for entry in logged if shard_of(entry.product_id, shards) == shard}
    rows = (
        connection.execute(
            _searchable(model_version, *PRODUCT_COLUMNS, features.c.vector).where(
                products.c.id.in_(ids)
            )
        ).all()
        if ids
        else []
    )
    matrix = np.empty((len(rows), FEATURE_DIM), np.float16)
    for place, row in enumerate(rows):
        matrix[place] = features_from_bytes(row[-1])
    items = [product_from_row(row) for row in rows]
    gone = frozenset(ids - {p.id for p in items})
    return ShardChanges(matrix, items, gone, version, logged[-1] if logged else None)


def _searchable(model_version: str, *columns: Any) -> Select[Any]:
    joined = and_(features.c.product_id == products.c.id, features.c.model_version == model_version)
    # An outdated picture serves until the new one has features; a removed one must be gone.
    return (
        select(*columns)
        .select_from(products.join(features, joined))
        .where(products.c.image_key.is_not(None))
    )
