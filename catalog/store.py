"""The store of products and features: the one source of truth, with a numbered change log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import Connection, Engine, func, select

from catalog.change_log import (
    LAST_CHANGE,
    change_from_row,
    delete_changes,
    last_change,
    read_changes,
    read_shard_changes,
    read_superseded,
)
from catalog.counts import read_counts
from catalog.database import (
    BUSY_TIMEOUT_S,
    first_row,
    open_engine,
    read_transaction,
    write_transaction,
)
from catalog.feature_rows import put_feature_rows, read_features, select_lacking
from catalog.model_versions import read_active_model, read_coverage, switch_model
from catalog.pictures import read_pictures, replace_pictures
from catalog.product_change import delete_stored, put_changed, read_stored, replace_product
from catalog.records import (
    PRODUCT_COLUMNS,
    ActiveModel,
    Change,
    ChangeKind,
    FeatureRow,
    ModelCoverage,
    ShardChanges,
    StoreCounts,
    StoredFeatures,
    product_from_row,
)
from catalog.store_address import store_place
from catalog.tables import products
from lookalike.contract.errors import BadRequestError
from lookalike.products import Product

if TYPE_CHECKING:
    from catalog.shard_loading import LoadedShard

__all__ = [
    "ActiveModel",
    "CatalogStore",
    "Change",
    "ChangeKind",
    "FeatureRow",
    "ModelCoverage",
    "ShardChanges",
    "StoreCounts",
    "StoredFeatures",
    "open_store",
]

_T = TypeVar("_T")
_BATCH_ROWS: Final = 1000


class CatalogStore:
    """Products, their features by model version, and a log that numbers every change.

    A call that changes something returns after the commit is on disk, its log entries with it.
    One instance serves any number of threads; processes each open their own. Readers see one
    state and never wait for a writer.
    """

    def __init__(self, engine: Engine) -> None:
        """Take an engine whose tables are those of this release; `open_store` is the usual way."""
        self._engine = engine

    @property
    def place(self) -> str:
        """Where the store lies: another one's is another, however it is asked."""
        return store_place(self._engine.url)

    def close(self) -> None:
        """Close all connections; the store can't be used afterwards."""
        self._engine.dispose()

    def __enter__(self) -> CatalogStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put_products(self, items: Iterable[Product], *, keeps_images: bool = False) -> int:
        """Add or replace products; returns how many were new or really differed.

        Unchanged ones are neither written nor logged. Committed every 1000 products, so a long
        import keeps little in memory and resumes where it was cut off; of two with one id in the
        same thousand the later wins. `keeps_images`: one without a picture keeps the picture that
        the store has by the time it is written.

        Raises:
            sqlalchemy.exc.IntegrityError: a price is negative.
        """
        batches = ({p.id: p for p in batch} for batch in _batches(items))
        return sum(self._put_batch(batch, keeps_images) for batch in batches)

    def replace_product(
        self, product: Product, model_version: str, row: FeatureRow | None, *, keeps_image: bool
    ) -> int | None:
        """Add or replace one product with its features, in one transaction.

        `row` None: the store has features of this picture already. `keeps_image`: the product's
        picture must still be the stored one. None is returned, and nothing changed, where either
        is no longer so: look again. Features that the store has of this picture stay.

        Returns:
            The change's number, or the last one before it where nothing differed.

        Raises:
            BadRequestError: the vector is not of shape (512,), not finite or not of length 1.
            sqlalchemy.exc.IntegrityError: the price is negative.
        """
        with write_transaction(self._engine) as connection:
            return replace_product(connection, product, model_version, row, keeps_image=keeps_image)

    def delete_product(self, product_id: str) -> int | None:
        """Remove a product and its features: the change's number, None where there is none."""
        with write_transaction(self._engine) as connection:
            return last_change(connection) if delete_stored(connection, {product_id}) else None

    def delete_products(
        self, product_ids: Iterable[str], unless_put_since: int | None = None
    ) -> int:
        """Remove products and their features; returns how many there were.

        Those that were put after the change of number `unless_put_since` stay, None for no such.
        Committed every 1000 ids, so that one who was cut off finds less to do the next time.
        """
        return sum(
            self._delete_batch(set(batch), unless_put_since) for batch in _batches(product_ids)
        )

    def get_product(self, product_id: str) -> Product | None:
        """The product with this id, None where there is none."""
        query = select(*PRODUCT_COLUMNS).where(products.c.id == product_id)
        with read_transaction(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else product_from_row(row)

    def get_stored(self, product_id: str, model_version: str) -> tuple[Product, str | None] | None:
        """The product, and the key of the picture that its features are of, if it has any."""
        with read_transaction(self._engine) as connection:
            return read_stored(connection, product_id, model_version)

    def product_ids(self) -> Iterator[str]:
        """The ids of all products, rising. Read page by page, each in its own short transaction."""
        last_id = ""
        while True:
            query = select(products.c.id).order_by(products.c.id).limit(_BATCH_ROWS)
            with read_transaction(self._engine) as connection:
                page = connection.scalars(query.where(products.c.id > last_id)).all()
            yield from page
            if len(page) < _BATCH_ROWS:
                return
            last_id = page[-1]

    def existing_ids(self, product_ids: Iterable[str]) -> set[str]:
        """Those of the ids that the store has a product for."""
        with read_transaction(self._engine) as connection:
            return {
                product_id
                for batch in _batches(product_ids)
                for product_id in connection.scalars(
                    select(products.c.id).where(products.c.id.in_(batch))
                )
            }

    def put_pictures(self, product_id: str, further: Sequence[str]) -> bool:
        """Set a product's further pictures, in order; False where there is no such product.

        The main picture, which is searched by, is the product's `image_key`.
        """
        with write_transaction(self._engine) as connection:
            return replace_pictures(connection, product_id, further)

    def pictures(self, product_id: str) -> list[str]:
        """The keys of all pictures of a product, the main one first; empty where it has none."""
        with read_transaction(self._engine) as connection:
            return read_pictures(connection, product_id)

    def put_features(self, model_version: str, rows: Iterable[FeatureRow]) -> int:
        """Store features, replacing those of the same model version; returns how many.

        Products that were deleted meanwhile, or have another picture by now, are left out.
        Committed every 1000 rows.

        Raises:
            BadRequestError: a vector is not of shape (512,), not finite or not of length 1.
        """
        return sum(self._put_feature_batch(model_version, batch) for batch in _batches(rows))

    def get_features(self, product_id: str, model_version: str) -> StoredFeatures | None:
        """A product's features (512,) float16, None where it has none of this model version."""
        with read_transaction(self._engine) as connection:
            return read_features(connection, product_id, model_version)

    def products_without_features(self, model_version: str) -> Iterator[Product]:
        """Products with a picture that this model version has not seen, by rising id.

        Read page by page, each in its own short transaction: features may be put meanwhile.
        """
        last_id = ""
        while True:
            query = (
                select_lacking(model_version, *PRODUCT_COLUMNS)
                .where(products.c.id > last_id)
                .order_by(products.c.id)
                .limit(_BATCH_ROWS)
            )
            with read_transaction(self._engine) as connection:
                page = [product_from_row(row) for row in connection.execute(query)]
            yield from page
            if len(page) < _BATCH_ROWS:
                return
            last_id = page[-1].id

    def count_without_features(self, model_version: str) -> int:
        """How many products `products_without_features` would yield now."""
        with read_transaction(self._engine) as connection:
            lacking: int = connection.execute(
                select_lacking(model_version, func.count())
            ).scalar_one()
        return lacking

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees one state of the tables throughout, for reports over them."""
        return read_transaction(self._engine)

    def active_model(self) -> ActiveModel | None:
        """The model that searches use; None before the first switch: the service's own."""
        with read_transaction(self._engine) as connection:
            return read_active_model(connection)

    def switch_model(self, model: ActiveModel, *, leave_out: bool = False) -> int:
        """Have searches use another model version; returns the change's number.

        One transaction with its entry in the change log. `leave_out` switches although products
        that have features of another version have none of that one, and would be found no more.

        Raises:
            BadRequestError: there are such products, and `leave_out` is not set.
        """
        with write_transaction(self._engine) as connection:
            return switch_model(connection, model, leave_out)

    def model_coverage(self, searched: str | None = None) -> list[ModelCoverage]:
        """How far each model version has come, in one state of the store, by name.

        `searched` is the version that searches use, where that is known: before the first switch
        the store does not know it. None is the one that was switched to last.
        """
        with read_transaction(self._engine) as connection:
            return read_coverage(connection, searched)

    def version(self) -> int:
        """The last change's number, 0 before the first; cheap enough to ask all the time."""
        last = self.last_change()
        return 0 if last is None else last.seq

    def last_change(self) -> Change | None:
        """The last change, None before the first; as cheap as its number."""
        row = first_row(self._engine, LAST_CHANGE)
        return None if row is None else change_from_row(row)

    def changes_since(self, seq: int, limit: int = _BATCH_ROWS) -> list[Change]:
        """At most `limit` changes with a number above `seq`, oldest first."""
        with read_transaction(self._engine) as connection:
            return read_changes(connection, seq, limit)

    def superseded_changes(self, kept: int) -> Sequence[int]:
        """Numbers of changes that no shard needs: a later one of the same product repeats them.

        The last `kept` numbers are not among them, so that a shard that is no further behind has
        seen all that its `catalog_version` says, step by step.
        """
        with read_transaction(self._engine) as connection:
            return read_superseded(connection, kept)

    def forget_changes(self, numbers: Sequence[int]) -> None:
        """Delete what `superseded_changes` named from the log: at most some 1000 at once."""
        with write_transaction(self._engine) as connection:
            delete_changes(connection, numbers)

    def shard_changes(
        self,
        since: int,
        shard: int,
        shards: int,
        model_version: str,
        limit: int = _BATCH_ROWS,
        seen: Change | None = None,
    ) -> ShardChanges:
        """What became of the shard's products in at most `limit` changes after number `since`.

        All of it in one state of the store, which may hold later changes already: reading on
        brings those again. A `catalog_version` below `since` says that the store went back, to a
        backup for example: load the shard anew. It says so as well where the log has no such entry
        as `seen`, that of number `since`: after that backup other changes took its number.
        """
        with read_transaction(self._engine) as connection:
            return read_shard_changes(connection, since, shard, shards, model_version, limit, seen)

    def read_shard(self, shard: int, shards: int, model_version: str) -> LoadedShard:
        """All products of one shard that have features, in one state of the store.

        Shard assignment is `lookalike.sharding.shard_of`. A product whose picture changed stays
        with its old features until new ones are put; one whose picture was removed is left out.

        Raises:
            BadRequestError: not 0 <= `shard` < `shards`.
            ValueError: a vector in the store is not of length 1.
        """
        from catalog.shard_loading import read_shard  # torch and numba, which few commands need

        if not 0 <= shard < shards:
            raise BadRequestError(f"shard {shard} is not among 0 to {shards - 1}")
        with read_transaction(self._engine) as connection:
            return read_shard(connection, shard, shards, model_version)

    def counts(self) -> StoreCounts:
        """How much the store holds, in one state of it."""
        with read_transaction(self._engine) as connection:
            return read_counts(connection)

    def _put_batch(self, batch: dict[str, Product], keeps_images: bool) -> int:
        with write_transaction(self._engine) as connection:
            return put_changed(connection, batch, keeps_images=keeps_images)

    def _delete_batch(self, product_ids: set[str], unless_put_since: int | None) -> int:
        with write_transaction(self._engine) as connection:
            return delete_stored(connection, product_ids, unless_put_since)

    def _put_feature_batch(self, model_version: str, batch: Sequence[FeatureRow]) -> int:
        with write_transaction(self._engine) as connection:
            return put_feature_rows(connection, model_version, batch)


def open_store(
    url: str, *, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> CatalogStore:
    """The store at an SQLAlchemy URL such as `sqlite:///data/catalog.sqlite`.

    `create` makes an SQLite file where there is none: not for those who only serve what others
    filled. A writer waits `busy_timeout_s` for the others.

    Raises:
        UnavailableError: the database can't be opened, or a newer release wrote it.
    """
    return CatalogStore(open_engine(url, create=create, busy_timeout_s=busy_timeout_s))


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH_ROWS)):
        yield batch
