"""The migrations make what the code expects, and only once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text

from catalog.database import open_engine, write_transaction
from catalog.migrations import alembic_config
from catalog.records import ActiveModel, FeatureRow
from catalog.store import open_store
from catalog.tables import metadata
from lookalike.contract.errors import UnavailableError
from tests.unit.catalog.making import MODEL, PICTURE, products, unit_features


def test_a_fresh_store_has_the_tables_that_the_code_describes(store_url: str) -> None:
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        command.check(alembic_config(connection))
        names = set(inspect(connection).get_table_names())
    engine.dispose()
    assert set(metadata.tables) == names - {"alembic_version"}


def test_constraints_are_those_that_the_code_describes(store_url: str) -> None:
    engine = open_engine(store_url)
    migrated = _constraints(engine)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    described = _constraints(engine)
    engine.dispose()
    assert migrated == described


def test_a_store_of_a_newer_release_is_left_alone(store_url: str) -> None:
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UnavailableError, match="can't be opened"):
        open_engine(store_url)


def test_the_working_folder_does_not_matter(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_engine(store_url).dispose()
    assert not (tmp_path / "alembic.ini").exists()


def test_a_store_of_the_release_before_keeps_its_data_and_its_count(store_url: str) -> None:
    """Back to the earlier tables with data in them, and forward again as an upgrade does it."""
    with open_store(store_url) as store:
        store.put_products(products(3))
        store.put_features(MODEL, [FeatureRow("p1", PICTURE, unit_features(1))])
        store.delete_product("p2")
        before = store.load_shard(0, 1, MODEL), store.changes_since(0), store.get_product("p0")
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        command.downgrade(alembic_config(connection), "0001")
        assert set(inspect(connection).get_table_names()) == {
            "alembic_version",
            "changes",
            "features",
            "products",
        }
    engine.dispose()
    with open_store(store_url) as store:
        after = store.load_shard(0, 1, MODEL), store.changes_since(0), store.get_product("p0")
        assert after[1:] == before[1:]
        assert after[0].products == before[0].products
        assert (after[0].features == before[0].features).all()
        assert store.switch_model(ActiveModel(MODEL, "weights"), leave_out=True) > 5
        assert store.changes_since(0)[:5] == before[1]


def test_going_back_leaves_an_empty_database(store_url: str) -> None:
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        command.downgrade(alembic_config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    engine.dispose()


def _constraints(engine: Engine) -> dict[str, list[Any]]:
    inspector = inspect(engine)
    return {
        table: [
            inspector.get_check_constraints(table),
            inspector.get_pk_constraint(table),
            inspector.get_foreign_keys(table),
        ]
        for table in metadata.tables
    }
