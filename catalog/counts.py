"""How much a store holds."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from catalog.change_log import last_change
from catalog.records import StoreCounts
from catalog.tables import features, products
from lookalike.contract.taxonomy import Category


def read_counts(connection: Connection) -> StoreCounts:
    """`CatalogStore.counts`, in a transaction that sees one state."""
    by_category = connection.execute(
        select(products.c.category, func.count())
        .group_by(products.c.category)
        .order_by(products.c.category)
    ).all()
    with_features = connection.execute(
        select(features.c.model_version, func.count()).group_by(features.c.model_version)
    )
    without_image = connection.execute(
        select(func.count()).select_from(products).where(products.c.image_key.is_(None))
    ).scalar_one()
    return StoreCounts(
        products=sum(n for _, n in by_category),
        without_image=without_image,
        by_category={Category(c): n for c, n in by_category},
        with_features={row[0]: row[1] for row in with_features},
        catalog_version=last_change(connection),
    )
