"""Rows of any source into the store: one by one checked, in batches committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from sqlalchemy import select

from catalog.importers.listing import DEFAULT_RULES, Listing, RowError, RowRules, parse_listing
from catalog.importers.pictures import FoundPicture, PictureSource
from catalog.importers.rows import RawRow
from catalog.importers.seen import SeenIds
from catalog.store import CatalogStore
from catalog.tables import products
from lookalike.processors import usable_processors
from lookalike.products import Product

_BATCH_ROWS: Final = 1000
_BATCH_PICTURES: Final = 100
"""Rows committed together where each may bring a picture: what a stop costs to look at again."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row; `left_out` unless its product went in without a picture."""

    row: int
    product_id: str
    reason: str
    left_out: bool


@dataclass(slots=True)
class ImportCounts:
    """How far an import is.

    Of `rows` read, `changed` products were new or different, `unchanged` were in the store
    already and `left_out` could not become one. `no_picture` counts products that went in
    without the picture that they should have, `unfetched` those whose picture's address
    nobody was to fetch. `done` is in the units of the source's size.
    """

    rows: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0
    no_picture: int = 0
    unfetched: int = 0
    done: int = 0

    @property
    def complete(self) -> bool:
        """Whether every row became a product, with the picture that it names."""
        return self.left_out == 0 and self.no_picture == 0


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """How rows are read: by `rules`, priced in `default_currency` where they name no currency.

    `threads` look for pictures at once.
    """

    default_currency: str | None = None
    rules: RowRules = DEFAULT_RULES
    threads: int = field(default_factory=usable_processors)


OnProblem = Callable[[RowProblem], None]
OnProgress = Callable[[ImportCounts], None]


def import_rows(
    store: CatalogStore,
    rows: Iterable[RawRow],
    pictures: PictureSource,
    plan: ImportPlan,
    on_problem: OnProblem,
    on_progress: OnProgress | None = None,
) -> ImportCounts:
    """Bring rows into the store; bad ones go to `on_problem`, the rest goes on.

    Products are committed in batches, so a run that is cut off anywhere goes on where it
    stopped: what is in the store already is compared and not written again. Of several rows
    with one id the first counts. A product whose row names no picture, or one that can't be
    had, keeps the picture that the store has. Memory is that of one batch.

    Raises:
        TableError: the source can't be read further.
        OSError: the image folder can't be written.
    """
    run = _Run(store, pictures, plan, on_problem)
    size = _BATCH_PICTURES if pictures.looks else _BATCH_ROWS
    pool = ThreadPoolExecutor(plan.threads, thread_name_prefix="picture")
    try:
        with SeenIds() as seen:
            for batch in _batches(rows, size):
                run.take(batch, seen, pool)
                if on_progress is not None:
                    on_progress(run.counts)
    except BaseException:
        pictures.give_up()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return run.counts


class _Run:
    """One import's counts and the way of a batch through it."""

    def __init__(
        self,
        store: CatalogStore,
        pictures: PictureSource,
        plan: ImportPlan,
        on_problem: OnProblem,
    ) -> None:
        self.counts = ImportCounts()
        self._store = store
        self._pictures = pictures
        self._plan = plan
        self._on_problem = on_problem
        self._problems: list[RowProblem] = []

    def take(self, batch: Sequence[RawRow], seen: SeenIds, pool: ThreadPoolExecutor) -> None:
        parsed = [pair for row in batch if (pair := self._parse(row)) is not None]
        firsts = seen.first_rows([(listing.id, row.number) for row, listing in parsed])
        wanted: list[tuple[RawRow, Listing]] = []
        for (row, listing), first in zip(parsed, firsts, strict=True):
            if first == row.number:
                wanted.append((row, listing))
            else:
                self._leave_out(
                    row, f"id {listing.id!r} is that of row {first} already", listing.id
                )
        self._put(wanted, pool)
        for problem in sorted(self._problems, key=lambda p: p.row):
            self._on_problem(problem)
        self._problems.clear()
        self.counts.rows += len(batch)
        self.counts.done = batch[-1].done

    def _parse(self, row: RawRow) -> tuple[RawRow, Listing] | None:
        rules = self._plan.rules
        if not row.problem:
            try:
                currency = self._plan.default_currency
                return row, parse_listing(row.fields, default_currency=currency, rules=rules)
            except RowError as error:
                self._leave_out(row, error.message)
                return None
        self._leave_out(row, row.problem)
        return None

    def _put(self, wanted: Sequence[tuple[RawRow, Listing]], pool: ThreadPoolExecutor) -> None:
        if not wanted:
            return
        look = pool.map if self._pictures.looks else map
        found = list(look(self._pictures.find, [listing for _, listing in wanted]))
        kept = self._stored_pictures([listing.id for _, listing in wanted])
        items: list[Product] = []
        for (row, listing), picture in zip(wanted, found, strict=True):
            key = picture.key or kept.get(listing.id)
            if key is None and self._pictures.required:
                self._leave_out(row, picture.problem, listing.id)
                continue
            items.append(listing.product(picture.key))
            self._note_picture(row, listing, picture, key)
        changed = self._store.put_products(items, keeps_images=True)
        self.counts.changed += changed
        self.counts.unchanged += len(items) - changed

    def _note_picture(
        self, row: RawRow, listing: Listing, picture: FoundPicture, key: str | None
    ) -> None:
        if picture.problem:
            what = "the product keeps its old picture" if key else "the product is in without one"
            problem = f"{picture.problem}; {what}"
            self._problems.append(RowProblem(row.number, listing.id, problem, left_out=False))
            self.counts.no_picture += 1
        elif picture.unfetched and key is None:
            self.counts.unfetched += 1

    def _stored_pictures(self, product_ids: Sequence[str]) -> dict[str, str]:
        query = select(products.c.id, products.c.image_key).where(
            products.c.id.in_(product_ids), products.c.image_key.is_not(None)
        )
        with self._store.reading() as connection:
            return {row.id: row.image_key for row in connection.execute(query)}

    def _leave_out(self, row: RawRow, reason: str, product_id: str | None = None) -> None:
        if product_id is None:
            names = self._plan.rules.columns["id"]
            held = next((row.fields[name] for name in names if name in row.fields), None)
            product_id = "" if held is None else str(held)
        self._problems.append(RowProblem(row.number, product_id, reason, left_out=True))
        self.counts.left_out += 1


def _batches(rows: Iterable[RawRow], size: int) -> Iterator[list[RawRow]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
