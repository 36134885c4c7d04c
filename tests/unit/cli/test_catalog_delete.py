"""`lookalike catalog delete`, as a shell sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from catalog.store import open_store
from cli.catalog import app
from tests.unit.catalog.making import product


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with open_store(f"sqlite:///{tmp_path / 'data' / 'catalog.sqlite'}") as store:
        store.put_products([product(i) for i in "abcde"])
    return tmp_path / "data"


def call(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["delete", *arguments, "--data", str(data)])


def left(data: Path) -> str:
    with open_store(f"sqlite:///{data / 'catalog.sqlite'}") as store:
        return "".join(store.product_ids())


def test_ids_are_deleted_and_unknown_ones_do_no_harm(data: Path) -> None:
    done = call(data, "a", "c", "other")
    assert (done.exit_code, left(data)) == (0, "bde")
    assert done.stdout.startswith("3 ids: 2 products deleted (sqlite:///")


def test_what_a_table_names_is_deleted_and_its_bad_rows_are_told(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "sold_out.csv").write_text("Article;what\nb;x\n;y\n", encoding="utf-16")
    arguments = ["--in", str(tmp_path / "sold_out.csv"), "--map", "id=Article"]
    assert call(data, *arguments, "--dry-run").stdout.startswith("1 ids: 1 products would be ")
    assert left(data) == "abcde"
    done = call(data, *arguments)
    assert (done.exit_code, left(data)) == (3, "acde")
    assert "row 3: Article is missing" in done.stderr


def test_what_a_feed_lacks_is_deleted(data: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"id": "a"}\n{"id": "b"}\n{"id": "d"}\n{"id": "e"}\n')
    done = call(data, "--not-in", str(feed))
    assert (done.exit_code, left(data)) == (0, "abde")
    assert done.stdout.startswith(f"of 5 products 1 deleted, which {feed} lacks (sqlite:///")


def test_a_feed_that_lacks_many_deletes_nothing_unless_told(data: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_text("id\na\nb\nc\n")
    done = call(data, "--not-in", str(feed))
    assert (done.exit_code, left(data)) == (1, "abcde")
    assert "does not name 2 of the 5 products, more than a fifth of them" in done.stderr
    assert call(data, "--not-in", str(feed), "--many").exit_code == 0
    assert left(data) == "abc"


@pytest.mark.parametrize(
    "arguments", [[], ["a", "--in", "x.csv"], ["--in", "x.csv", "--not-in", "x.csv"]]
)
def test_what_is_meant_must_be_said_in_one_way(data: Path, arguments: list[str]) -> None:
    done = call(data, *arguments)
    assert (done.exit_code, left(data)) == (2, "abcde")
    assert "name products by their ids, by --in FILE or by --not-in FILE" in done.stderr


def test_a_table_without_ids_or_a_store_that_is_not_there_is_said(
    data: Path, tmp_path: Path
) -> None:
    (tmp_path / "prices.csv").write_text("price\n1\n")
    done = call(data, "--in", str(tmp_path / "prices.csv"))
    assert done.exit_code == 1
    assert "has no column id or article_id or product_id or sku; it has price" in done.stderr
    assert "--map id=article" in done.stderr
    assert call(tmp_path / "nowhere", "a").exit_code == 1
    assert not (tmp_path / "nowhere").exists()
