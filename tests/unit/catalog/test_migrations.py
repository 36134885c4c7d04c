"""The migrations make what the code expects, and only once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from catalog.database import open_engine, write_transaction
from catalog.migrations import HEAD, alembic_config
from catalog.records import ActiveModel, Change, FeatureRow
from catalog.store import CatalogStore, open_store
from catalog.tables import metadata
from lookalike.contract.errors import UnavailableError
from lookalike.products import Product
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


def test_the_head_that_needs_no_migration_is_the_last_one(store_url: str) -> None:
    engine = open_engine(store_url)
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    engine.dispose()
    assert scripts.get_heads() == [HEAD]


def test_a_store_that_is_up_to_date_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    open_engine(url).dispose()
    code = (
        "import sys; from catalog.database import open_engine;"
        f"open_engine({url!r}); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_store_of_a_newer_release_is_left_alone(store_url: str) -> None:
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    wanted = f"to migration 9999, and this one knows them up to {HEAD}: use that release"
    with pytest.raises(UnavailableError, match=wanted):
        open_engine(store_url)
    engine = create_engine(store_url)
    with engine.connect() as connection:
        left = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    engine.dispose()
    assert left == "9999"


def test_the_working_folder_does_not_matter(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_engine(store_url).dispose()
    assert not (tmp_path / "alembic.ini").exists()


def state_of(store: CatalogStore) -> tuple[list[Change], list[Product | None], list[bytes | None]]:
    """The log, and products p0 to p2 with their features."""
    ids = ("p0", "p1", "p2")
    vectors = [store.get_features(product_id, MODEL) for product_id in ids]
    return (
        store.changes_since(0),
        [store.get_product(product_id) for product_id in ids],
        [None if vector is None else vector.tobytes() for vector in vectors],
    )


def test_a_store_of_the_release_before_keeps_its_data_and_its_count(store_url: str) -> None:
    """Back to the earlier tables with data in them, and forward again as an upgrade does it."""
    with open_store(store_url) as store:
        store.put_products(products(3))
        store.put_features(MODEL, [FeatureRow("p1", PICTURE, unit_features(1))])
        store.delete_product("p2")
        before = state_of(store)
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
        assert state_of(store) == before
        assert store.switch_model(ActiveModel(MODEL, "weights"), leave_out=True) > 5
        assert store.changes_since(0)[:5] == before[0]


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
