"""The products of a shard, column by column: a fraction of what as many `Product`s would take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.products import Product
from lookalike.sharding import shard_hash

COLUMNS: Final = (
    "id",
    "title",
    "brand",
    "category",
    "price_minor",
    "currency",
    "item_url",
    "image_key",
    "attributes",
    "shard_hash",
)
"""The fields of `Product` in order, `attributes` as JSON text, then `shard_hash(id)`."""

ColumnBatch = Sequence[Sequence[Any]]
"""Some products: for each name of `COLUMNS` as many values."""

_CODED: Final = ("brand", "category", "currency")
_NUMBERS: Final = {"price_minor": np.int64, "shard_hash": np.int32}
_BATCH_ROWS: Final = 4096


class ProductColumns(Sequence[Product]):
    """Products in the order that they came in; a `Product` is made when it is asked for.

    Texts lie end to end in one buffer a column; of brands, categories and currencies there are
    numbers, and each name once.
    """

    def __init__(self, batches: Iterable[ColumnBatch]) -> None:
        """Take the batches one by one.

        Raises:
            ValueError: two products share an id, a price does not fit 64 bits, or a category is
                unknown.
        """
        names: dict[str, dict[str, int]] = {name: {} for name in _CODED}
        numbers: dict[str, list[Any]] = {name: [] for name in (*_CODED, *_NUMBERS)}
        texts = {name: _TextWriter() for name in COLUMNS if name not in numbers}
        for batch in batches:
            for name, values in zip(COLUMNS, batch, strict=True):
                if name in texts:
                    texts[name].add(values)
                else:
                    numbers[name].append(_numbers(name, values, names.get(name)))
        joined = {name: _joined(name, parts) for name, parts in numbers.items()}
        self._texts = {name: writer.column() for name, writer in texts.items()}
        self._names = {name: list(names[name]) for name in _CODED}
        self.brand_codes: npt.NDArray[np.int32] = joined["brand"]
        self.brands = names["brand"]
        self.category_codes: npt.NDArray[np.int32] = joined["category"]
        self.currency_codes: npt.NDArray[np.int32] = joined["currency"]
        self.prices_minor: npt.NDArray[np.int64] = joined["price_minor"]
        self.categories = [Category(name) for name in names["category"]]
        self.currencies = list(names["currency"])
        self._by_hash = np.argsort(joined["shard_hash"], kind="stable").astype(np.int32)
        self._hashes = joined["shard_hash"][self._by_hash]
        self._refuse_one_id_twice()

    @classmethod
    def of(cls, products: Sequence[Product]) -> ProductColumns:
        """The columns of some products. Raises: ValueError, as the constructor."""
        if isinstance(products, ProductColumns):
            return products
        starts = range(0, len(products), _BATCH_ROWS)
        return cls(_batch_of(products[first : first + _BATCH_ROWS]) for first in starts)

    def __len__(self) -> int:
        return len(self._by_hash)

    @overload
    def __getitem__(self, place: int) -> Product: ...
    @overload
    def __getitem__(self, place: slice) -> list[Product]: ...
    def __getitem__(self, place: int | slice) -> Product | list[Product]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        text: dict[str, Any] = {name: column[place] for name, column in self._texts.items()}
        return Product(
            id=text["id"],
            title=text["title"],
            brand=self._names["brand"][self.brand_codes[place]],
            category=self.categories[self.category_codes[place]],
            price_minor=int(self.prices_minor[place]),
            currency=self.currencies[self.currency_codes[place]],
            item_url=text["item_url"],
            image_key=text["image_key"],
            attributes=json.loads(text["attributes"]),
        )

    def id(self, place: int) -> str:
        """The id of one product, without the rest of it."""
        product_id = self._texts["id"][place]
        assert product_id is not None
        return product_id

    def place_of(self, product_id: str) -> int | None:
        """Where the product of that id is, None where it is not here."""
        wanted = np.int32(shard_hash(product_id))  # another type would have all hashes converted
        first = np.searchsorted(self._hashes, wanted, side="left")
        last = np.searchsorted(self._hashes, wanted, side="right")
        same_hash = self._by_hash[first:last].tolist()
        return next((place for place in same_hash if self.id(place) == product_id), None)

    def sorted_places(self) -> npt.NDArray[np.int64]:
        """(N,) int64: the places by category, currency and price, in the order of coming else."""
        category = np.array([CATEGORY_INDEX[c] for c in self.categories], np.int32)
        keys = (self.prices_minor, self.currency_codes, category[self.category_codes])
        return np.lexsort(keys)

    def _refuse_one_id_twice(self) -> None:
        same = np.zeros(len(self) + 1, np.bool_)
        same[1:-1] = self._hashes[1:] == self._hashes[:-1]
        places = self._by_hash[same[1:] | same[:-1]]
        if len({self.id(place) for place in places.tolist()}) < len(places):
            raise ValueError("two products share one id")


class _Texts:
    """A finished column: texts end to end, where each begins, and which are there at all."""

    __slots__ = ("_offsets", "_text", "_there")

    def __init__(
        self, text: bytearray, lengths: npt.NDArray[np.int32], there: npt.NDArray[np.bool_]
    ) -> None:
        self._text = text
        # Offsets of 64 bits: a column of one shard may be longer than 2 GB.
        self._offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=self._offsets[1:])
        self._there = there

    def __getitem__(self, place: int) -> str | None:
        if not self._there[place]:
            return None
        return self._text[self._offsets[place] : self._offsets[place + 1]].decode()


class _TextWriter:
    """One column of texts, laid end to end as they come."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._lengths: list[npt.NDArray[np.int32]] = []
        self._there: list[npt.NDArray[np.bool_]] = []

    def add(self, values: Sequence[str | None]) -> None:
        encoded = [b"" if value is None else value.encode() for value in values]
        self._text += b"".join(encoded)
        self._lengths.append(np.array([len(text) for text in encoded], np.int32))
        self._there.append(np.array([value is not None for value in values], np.bool_))

    def column(self) -> _Texts:
        lengths = np.concatenate([np.empty(0, np.int32), *self._lengths])
        there = np.concatenate([np.empty(0, np.bool_), *self._there])
        return _Texts(self._text, lengths, there)


def _numbers(name: str, values: Sequence[Any], names: dict[str, int] | None) -> Any:
    if names is not None:
        return np.array([names.setdefault(value, len(names)) for value in values], np.int32)
    try:
        return np.array(values, _NUMBERS[name])
    except OverflowError:
        raise ValueError(f"a {name} does not fit 64 bits") from None


def _joined(name: str, parts: list[Any]) -> Any:
    return np.concatenate([np.empty(0, _NUMBERS.get(name, np.int32)), *parts])


def _batch_of(products: Sequence[Product]) -> ColumnBatch:
    return [
        [p.id for p in products],
        [p.title for p in products],
        [p.brand for p in products],
        [p.category.value for p in products],
        [p.price_minor for p in products],
        [p.currency for p in products],
        [p.item_url for p in products],
        [p.image_key for p in products],
        [json.dumps(p.attributes) for p in products],
        [shard_hash(p.id) for p in products],
    ]
