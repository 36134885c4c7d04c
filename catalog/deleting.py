"""Products deleted by a table of ids: those that it names, or all that it does not name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from catalog.importers.importing import RowProblem
from catalog.importers.listing import RowError, listed_id
from catalog.importers.rows import RawRow, TableError, TableSource
from catalog.importers.seen import SeenIds
from catalog.store import CatalogStore
from lookalike.contract.errors import BadRequestError

MOST: Final = 0.2
"""The share of a catalogue that a table may lack before it is taken for one that was cut off."""

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Deletion:
    """Of so many ids `asked`, those of the store's products that were deleted, or would be."""

    asked: int
    deleted: int


def delete_named(store: CatalogStore, ids: Iterable[str], *, dry_run: bool = False) -> Deletion:
    """Delete the products with these ids; those of no product do no harm."""
    asked = 0

    def counted() -> Iterator[str]:
        nonlocal asked
        for product_id in ids:
            asked += 1
            yield product_id

    deleted = len(store.existing_ids(counted())) if dry_run else store.delete_products(counted())
    return Deletion(asked, deleted)


def delete_unnamed(
    store: CatalogStore,
    source: TableSource,
    columns: Columns,
    *,
    dry_run: bool = False,
    many: bool = False,
) -> Deletion:
    """Delete every product that a table does not name, whatever brought it in.

    A row without an id that can be read may be that of any product, so nothing is deleted then.
    Nor is more than `MOST` of the store, unless `many`: a table that was cut off, or one of other
    ids, names few. Products that are put from the table's first row on stay.

    Raises:
        TableError: a row's id can't be read, or the table names none.
        BadRequestError: more than `MOST` of the products would go, and `many` is not set.
    """
    began = store.version()
    with SeenIds() as seen:
        seen.add(_all_ids(source, columns))
        asked = 0
        unnamed: list[str] = []
        for product_id, named in seen.told(store.product_ids()):
            asked += 1
            if not named:
                unnamed.append(product_id)
    if not many and len(unnamed) > MOST * asked:
        raise BadRequestError(
            f"{source.path} does not name {len(unnamed):,} of the {asked:,} products, more than "
            "a fifth of them: nothing is deleted unless --many says that this is meant"
        )
    return Deletion(asked, len(unnamed) if dry_run else store.delete_products(unnamed, began))


def table_ids(
    source: TableSource, columns: Columns, on_problem: Callable[[RowProblem], None]
) -> Iterator[str]:
    """The ids of a table's rows; a row whose id can't be read goes to `on_problem`.

    Raises:
        TableError: the table can't be read further.
    """
    for _, product_id in _numbered_ids(source, columns, on_problem):
        yield product_id


def _all_ids(source: TableSource, columns: Columns) -> Iterator[tuple[str, int]]:
    named = False
    for number, product_id in _numbered_ids(source, columns, _refuse(source)):
        named = True
        yield product_id, number
    if not named:
        raise TableError(f"{source.path} names no product: nothing is deleted")


def _refuse(source: TableSource) -> Callable[[RowProblem], None]:
    def refuse(problem: RowProblem) -> None:
        raise TableError(
            f"{source.path}, row {problem.row}: {problem.reason}; whose row it is can't be told, "
            "so nothing is deleted"
        )

    return refuse


def _numbered_ids(
    source: TableSource, columns: Columns, on_problem: Callable[[RowProblem], None]
) -> Iterator[tuple[int, str]]:
    for row in source.rows():
        if not row.problem and all(cell in (None, "") for cell in row.fields.values()):
            continue  # Spreadsheets write such rows below the last one.
        try:
            yield row.number, _id_of(row, columns)
        except RowError as error:
            on_problem(RowProblem(row.number, "", error.message, left_out=True))


def _id_of(row: RawRow, columns: Columns) -> str:
    if row.problem:
        raise RowError(row.problem)
    return listed_id(row.fields, columns)
