"""Products put and deleted: a batch of them, or one while the service runs, features with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import Connection, and_, delete, select

from catalog.change_log import last_change, log_changes
from catalog.database import upsert
from catalog.records import (
    PRODUCT_COLUMNS,
    ChangeKind,
    FeatureRow,
    feature_values,
    product_from_row,
    product_values,
)
from catalog.tables import changes, features, products
from lookalike.products import Product


def read_stored(
    connection: Connection, product_id: str, model_version: str
) -> tuple[Product, str | None] | None:
    """`CatalogStore.get_stored`."""
    seen = and_(features.c.product_id == products.c.id, features.c.model_version == model_version)
    row = connection.execute(
        select(*PRODUCT_COLUMNS, features.c.image_key)
        .select_from(products.outerjoin(features, seen))
        .where(products.c.id == product_id)
    ).one_or_none()
    return None if row is None else (product_from_row(row), row[-1])


def put_changed(connection: Connection, batch: Mapping[str, Product], *, keeps_images: bool) -> int:
    """`CatalogStore.put_products` of a batch by id, in a write transaction."""
    query = select(*PRODUCT_COLUMNS).where(products.c.id.in_(batch))
    stored = {row.id: product_from_row(row) for row in connection.execute(query)}
    wanted = list(batch.values())
    if keeps_images:
        wanted = [_with_image_of(stored.get(p.id), p) for p in wanted]
    changed = [p for p in wanted if stored.get(p.id) != p]
    if changed:
        values = [product_values(p) for p in changed]
        connection.execute(upsert(connection, products, ["id"]), values)
        log_changes(connection, [p.id for p in changed], ChangeKind.PUT)
    return len(changed)


def _with_image_of(stored: Product | None, product: Product) -> Product:
    if stored is None or product.image_key is not None:
        return product
    return replace(product, image_key=stored.image_key)


def replace_product(
    connection: Connection,
    product: Product,
    model_version: str,
    row: FeatureRow | None,
    *,
    keeps_image: bool,
) -> int | None:
    """`CatalogStore.replace_product`, in a write transaction."""
    stored, seen_image = read_stored(connection, product.id, model_version) or (None, None)
    if keeps_image and (stored is None or stored.image_key != product.image_key):
        return None
    lacks_features = seen_image is None or seen_image != product.image_key
    if lacks_features and row is None:
        return None
    values = None if row is None else feature_values(model_version, row)
    if stored != product:
        connection.execute(upsert(connection, products, ["id"]), product_values(product))
        log_changes(connection, [product.id], ChangeKind.PUT)
    if lacks_features and values is not None:
        key = ["product_id", "model_version"]
        connection.execute(upsert(connection, features, key), values)
        log_changes(connection, [product.id], ChangeKind.FEATURES)
    return last_change(connection)


def delete_stored(
    connection: Connection, product_ids: Collection[str], unless_put_since: int | None = None
) -> int:
    """`CatalogStore.delete_products` of a batch, in a write transaction."""
    # No product has a NUL in its id, and PostgreSQL refuses to be asked for one.
    asked = [product_id for product_id in product_ids if "\0" not in product_id]
    going = delete(products).where(products.c.id.in_(asked))
    if unless_put_since is not None:
        put = select(changes.c.product_id).where(
            changes.c.seq > unless_put_since, changes.c.kind == ChangeKind.PUT.value
        )
        going = going.where(products.c.id.not_in(put))
    gone = connection.scalars(going.returning(products.c.id)).all()
    if gone:
        log_changes(connection, sorted(gone), ChangeKind.DELETE)
    return len(gone)
