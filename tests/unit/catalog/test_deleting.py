"""Products deleted by a table: what it names, or all else, and nothing where that is unsure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.deleting import Deletion, delete_named, delete_unnamed, table_ids
from catalog.importers.importing import RowProblem
from catalog.importers.listing import COLUMNS
from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource
from catalog.importers.table_files import open_table
from catalog.records import ChangeKind, FeatureRow
from catalog.store import CatalogStore
from lookalike.contract.errors import BadRequestError
from tests.unit.catalog.making import MODEL, PICTURE, product, unit_features

Table = Callable[[str], TableSource]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    def opened(text: str, name: str = "feed.csv") -> TableSource:
        (tmp_path / name).write_text(text)
        return open_table(tmp_path / name, ColumnPlan(needed=("id",)))

    return opened


@pytest.fixture
def stocked(store: CatalogStore) -> CatalogStore:
    store.put_products([product(i) for i in "abcd"])
    store.put_features(MODEL, [FeatureRow(i, PICTURE, unit_features(1)) for i in "abcd"])
    return store


def deleted_since(store: CatalogStore, version: int) -> list[str]:
    logged = store.changes_since(version)
    assert all(change.kind is ChangeKind.DELETE for change in logged)
    return [change.product_id for change in logged]


def test_named_products_go_with_their_features_each_logged_once(stocked: CatalogStore) -> None:
    before = stocked.version()
    assert delete_named(stocked, iter(["c", "a", "c", "none", "nul\0"])) == Deletion(5, 2)
    assert list(stocked.product_ids()) == ["b", "d"]
    assert stocked.get_features("a", MODEL) is None
    assert deleted_since(stocked, before) == ["a", "c"]


def test_a_dry_run_counts_the_same_and_deletes_nothing(stocked: CatalogStore, table: Table) -> None:
    before = stocked.version()
    assert delete_named(stocked, iter(["c", "a", "c"]), dry_run=True) == Deletion(3, 2)
    feed = table("id\na\nb\nc\n")
    assert delete_unnamed(stocked, feed, COLUMNS, dry_run=True, many=True) == Deletion(4, 1)
    assert stocked.version() == before


def test_of_more_ids_than_a_batch_none_is_forgotten(store: CatalogStore) -> None:
    store.put_products(product(f"p{i:04}") for i in range(2500))
    named = (f"p{i:04}" for i in range(0, 5000, 2))
    assert delete_named(store, named) == Deletion(2500, 1250)
    assert list(store.product_ids()) == [f"p{i:04}" for i in range(1, 2500, 2)]


def test_what_a_feed_does_not_name_goes(stocked: CatalogStore, table: Table) -> None:
    stocked.put_products([product("e")])
    before = stocked.version()
    # What else is wrong with a row, or new in it, does not matter: it names its product.
    feed = table("sku,price\nb, 5\na,no price\nnew,1\nd,\n,\ne,2\n")
    assert delete_unnamed(stocked, feed, COLUMNS) == Deletion(5, 1)
    assert deleted_since(stocked, before) == ["c"]
    assert delete_unnamed(stocked, feed, COLUMNS) == Deletion(4, 0)


def test_a_product_that_is_put_while_the_table_is_read_stays(
    stocked: CatalogStore, table: Table
) -> None:
    feed = table("id\na\nb\n")

    def rows() -> Iterator[RawRow]:
        for row in feed.rows():
            yield row
            stocked.put_products([product("new"), replace(product("c"), title="Another")])

    slow = replace(feed, rows=rows)
    assert delete_unnamed(stocked, slow, COLUMNS, many=True) == Deletion(5, 1)
    assert list(stocked.product_ids()) == ["a", "b", "c", "new"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,title\na,x\nb,y\nc\n", "row 4: the row has 1 cells where the header has 2"),
        ("id,title\na,x\n,y\nc,z\n", "row 3: id is missing"),
        ('id,title\na,x\nb,"y\nc,z\n', "row 3: the row can't be read, a quote is open"),
        ("id\n", "names no product"),
    ],
)
def test_a_table_that_may_name_more_than_can_be_read_deletes_nothing(
    stocked: CatalogStore, table: Table, text: str, reason: str
) -> None:
    with pytest.raises(TableError, match=r"nothing is deleted$") as refused:
        delete_unnamed(stocked, table(text), COLUMNS, many=True)
    assert reason in str(refused.value)
    assert list(stocked.product_ids()) == list("abcd")


def test_more_than_a_fifth_goes_only_where_that_is_meant(
    stocked: CatalogStore, table: Table
) -> None:
    with pytest.raises(BadRequestError, match=r"does not name 1 of the 4 products, more than a"):
        delete_unnamed(stocked, table("id\na\nb\nc\n"), COLUMNS)
    assert list(stocked.product_ids()) == list("abcd")
    other = table("id\nother\n")
    assert delete_unnamed(stocked, other, COLUMNS, many=True) == Deletion(4, 4)
    assert delete_unnamed(stocked, other, COLUMNS) == Deletion(0, 0)


def test_rows_without_an_id_are_told_and_the_others_read(table: Table) -> None:
    told: list[RowProblem] = []
    assert list(table_ids(table("id,title\na,x\n,y\nb/c,z\nd,w\n"), COLUMNS, told.append)) == [
        "a",
        "d",
    ]
    assert [(p.row, p.reason) for p in told] == [
        (3, "id is missing"),
        (4, "id 'b/c' holds a slash or control characters, which an id can't"),
    ]
