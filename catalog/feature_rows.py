"""Features as rows: putting them in, and which products lack them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, select

from catalog.change_log import log_changes
from catalog.database import upsert
from catalog.records import (
    ChangeKind,
    FeatureRow,
    StoredFeatures,
    feature_values,
    features_from_bytes,
)
from catalog.tables import features, products


def read_features(
    connection: Connection, product_id: str, model_version: str
) -> StoredFeatures | None:
    """`CatalogStore.get_features`, in a transaction that sees one state."""
    query = select(features.c.vector).where(
        features.c.product_id == product_id, features.c.model_version == model_version
    )
    vector = connection.execute(query).scalar_one_or_none()
    return None if vector is None else features_from_bytes(vector)


def put_feature_rows(connection: Connection, model_version: str, rows: Sequence[FeatureRow]) -> int:
    """A batch of `CatalogStore.put_features`, in a write transaction."""
    values = {row.product_id: feature_values(model_version, row) for row in rows}
    query = select(products.c.id, products.c.image_key).where(products.c.id.in_(values))
    ids = [
        product_id
        for product_id, image_key in connection.execute(query)
        if image_key == values[product_id]["image_key"]
    ]
    if ids:
        statement = upsert(connection, features, ["product_id", "model_version"])
        connection.execute(statement, [values[product_id] for product_id in ids])
        log_changes(connection, ids, ChangeKind.FEATURES)
    return len(ids)


def select_lacking(model_version: str, *columns: Any) -> Select[Any]:
    """A query for the products with a picture that this model version has not seen."""
    seen = and_(
        features.c.product_id == products.c.id,
        features.c.model_version == model_version,
        features.c.image_key == products.c.image_key,
    )
    return (
        select(*columns)
        .select_from(products.outerjoin(features, seen))
        .where(products.c.image_key.is_not(None), features.c.product_id.is_(None))
    )
