"""What `lookalike catalog` prints, and where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.ingest import IngestReport
from catalog.store import open_store
from cli.catalog import app
from cli.catalog.demo import DemoResult, told
from cli.settings import Settings
from tests.unit.catalog.making import product


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(f"sqlite:///{tmp_path / 'catalog.sqlite'}") as store:
        store.put_products([product("a"), product("b", image_key=None)])
    return tmp_path


def test_stats_as_json_is_one_object_on_stdout(data: Path) -> None:
    shown = CliRunner().invoke(app, ["stats", "--data", str(data), "--json"])
    counts = json.loads(shown.stdout)
    assert shown.exit_code == 0
    assert (counts["products"], counts["without_image"]) == (2, 1)
    assert counts["by_category"]["t-shirt"] == 2
    assert counts["by_category"]["hat"] == 0


def test_stats_are_a_table_for_people(data: Path) -> None:
    shown = CliRunner().invoke(app, ["stats", "--data", str(data)])
    assert "without a picture" in shown.stdout


def test_a_store_that_can_t_be_opened_is_told_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_text("not a database " * 100)
    shown = CliRunner().invoke(app, ["stats", "--data", str(tmp_path), "--json"])
    assert shown.exit_code == 1
    assert shown.stdout == ""
    assert "can't be opened" in shown.stderr


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_DATA_DIR", "elsewhere")
    settings = Settings()
    assert settings.store_url == "sqlite:///elsewhere/catalog.sqlite"
    assert settings.images_dir == Path("elsewhere/images")
    monkeypatch.setenv("LOOKALIKE_STORE_URL", "postgresql+psycopg://db/shop")
    assert Settings().store_url == "postgresql+psycopg://db/shop"


def test_a_demo_tells_where_its_store_is_without_the_password() -> None:
    settings = Settings(store_url="postgresql+psycopg://shop:secret@db/shop")
    sentence = told(DemoResult(520, 520, IngestReport(total=520, done=520), "m1", 13), settings)
    assert sentence.startswith("520 products in postgresql+psycopg://shop:***@db/shop: 520 drawn,")
    assert "secret" not in sentence


def test_no_demo_is_drawn_among_a_shop_s_own_products(data: Path) -> None:
    shown = CliRunner().invoke(app, ["demo", "--data", str(data)])
    assert shown.exit_code == 1
    assert "has products of its own" in shown.stderr
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}", create=False) as store:
        assert store.counts().products == 2
    assert [entry.name for entry in data.iterdir() if entry.is_dir()] == []


def test_a_demo_that_lies_among_own_products_can_be_taken_out(data: Path) -> None:
    page = "https://shop.example/p/demo-hat-0001"
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}", create=False) as store:
        store.put_products([product("demo-hat-0001", item_url=page)])
    shown = CliRunner().invoke(app, ["demo", "--remove", "--data", str(data)])
    assert shown.exit_code == 0
    assert shown.stdout.startswith("1 demo products taken out of sqlite:///")
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}", create=False) as store:
        assert store.existing_ids(["a", "b", "demo-hat-0001"]) == {"a", "b"}


def test_taking_the_demo_out_of_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["demo", "--remove", "--data", str(tmp_path)])
    assert shown.exit_code == 1
    assert list(tmp_path.iterdir()) == []
