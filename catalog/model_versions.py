"""Which model version searches use, how far each one has come, and the switch."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, select

from catalog.change_log import last_change, log_changes
from catalog.database import upsert
from catalog.records import ActiveModel, ChangeKind, ModelCoverage
from catalog.tables import active_model, features, products
from lookalike.contract.errors import BadRequestError

_SLOT: Final = 1


def read_active_model(connection: Connection) -> ActiveModel | None:
    """The model that was switched to last, None before the first switch."""
    row = connection.execute(
        select(active_model.c.model_version, active_model.c.weights)
    ).one_or_none()
    return None if row is None else ActiveModel(row.model_version, row.weights)


def switch_model(connection: Connection, model: ActiveModel, leave_out: bool) -> int:
    """`CatalogStore.switch_model`, in a write transaction."""
    if read_active_model(connection) == model:
        return last_change(connection)
    if not leave_out and (lost := _count_lost(connection, model.version)):
        raise BadRequestError(
            f"{lost} products that another model finds have no features of {model.version} yet"
        )
    connection.execute(
        upsert(connection, active_model, ["slot"]),
        {"slot": _SLOT, "model_version": model.version, "weights": model.weights},
    )
    log_changes(connection, [model.version], ChangeKind.MODEL)
    return last_change(connection)


def read_coverage(connection: Connection, searched: str | None) -> list[ModelCoverage]:
    """How far each model version has come that has features or is searched, by name.

    `searched` None is the one that was switched to last.
    """
    with_picture = connection.execute(
        select(func.count()).where(products.c.image_key.is_not(None))
    ).scalar_one()
    is_current = case((features.c.image_key == products.c.image_key, 1), else_=0)
    counted = connection.execute(
        select(features.c.model_version, func.count(), func.sum(is_current))
        .select_from(features.join(products, features.c.product_id == products.c.id))
        .where(products.c.image_key.is_not(None))
        .group_by(features.c.model_version)
    )
    by_version = {version: (int(every), int(current)) for version, every, current in counted}
    if searched is None and (active := read_active_model(connection)) is not None:
        searched = active.version
    if searched is not None:
        by_version.setdefault(searched, (0, 0))
    return [
        ModelCoverage(
            version,
            current=current,
            outdated=every - current,
            lacking=with_picture - every,
            active=version == searched,
        )
        for version, (every, current) in sorted(by_version.items())
    ]


def _count_lost(connection: Connection, after: str) -> int:
    """Products that some other version finds and `after` would not.

    Which version searches use can't be told here: an upgrade brings new weights under the name
    that was switched to, and before the first switch the service has its own.
    """
    lost: Select[Any] = (
        select(func.count())
        .select_from(products)
        .where(
            products.c.image_key.is_not(None),
            _has_features(features.c.model_version != after),
            ~_has_features(features.c.model_version == after),
        )
    )
    count: int = connection.execute(lost).scalar_one()
    return count


def _has_features(of_version: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(features.c.product_id == products.c.id, of_version)
