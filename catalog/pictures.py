"""The pictures of a product beyond the one that it is searched by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from catalog.change_log import log_changes
from catalog.records import ChangeKind
from catalog.tables import images, products


def read_pictures(connection: Connection, product_id: str) -> list[str]:
    """`CatalogStore.pictures`, in a transaction that sees one state."""
    main = connection.execute(
        select(products.c.image_key).where(products.c.id == product_id)
    ).scalar_one_or_none()
    return [*([] if main is None else [main]), *_further(connection, product_id)]


def replace_pictures(connection: Connection, product_id: str, further: Sequence[str]) -> bool:
    """`CatalogStore.put_pictures`, in a write transaction."""
    known = connection.execute(
        select(products.c.id).where(products.c.id == product_id)
    ).scalar_one_or_none()
    if known is None:
        return False
    if _further(connection, product_id) == list(further):
        return True
    connection.execute(delete(images).where(images.c.product_id == product_id))
    if further:
        connection.execute(
            insert(images),
            [
                {"product_id": product_id, "position": position, "image_key": key}
                for position, key in enumerate(further, start=1)
            ],
        )
    log_changes(connection, [product_id], ChangeKind.PUT)
    return True


def read_named_pictures(connection: Connection, begin: str) -> set[str]:
    """The keys beginning with `begin` of all pictures that products have."""
    return {
        key
        for column in (products.c.image_key, images.c.image_key)
        for key in connection.scalars(select(column).where(column.startswith(begin)))
    }


def _further(connection: Connection, product_id: str) -> list[str]:
    query = (
        select(images.c.image_key)
        .where(images.c.product_id == product_id)
        .order_by(images.c.position)
    )
    return list(connection.scalars(query))
