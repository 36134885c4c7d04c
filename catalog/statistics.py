"""Figures on what the catalogue holds: prices by category and currency, features by model."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from catalog.store import CatalogStore, StoreCounts
from catalog.tables import products
from lookalike.contract import money
from lookalike.contract.taxonomy import CATEGORY_INDEX, Category


@dataclass(frozen=True, slots=True)
class PriceSummary:
    """Prices of one category in one currency, in its major units."""

    category: Category
    currency: str
    products: int
    minimum: Decimal
    median: Decimal
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class CatalogueStatistics:
    """Counts, prices, and by model version how many products with a picture lack features."""

    counts: StoreCounts
    prices: list[PriceSummary]
    without_features: dict[str, int]


def statistics(store: CatalogStore, model_versions: tuple[str, ...] = ()) -> CatalogueStatistics:
    """Figures on the store; features of `model_versions` and of all that the store knows."""
    counts = store.counts()
    versions = sorted({*counts.with_features, *model_versions})
    without = {version: store.count_without_features(version) for version in versions}
    return CatalogueStatistics(counts, _prices(store), without)


def _prices(store: CatalogStore) -> list[PriceSummary]:
    """By one sort in the database: no price is held in memory but the middle ones."""
    price, group = products.c.price_minor, (products.c.category, products.c.currency)
    ranked = select(
        *group,
        price,
        func.row_number().over(partition_by=group, order_by=price).label("place"),
        func.count().over(partition_by=group).label("size"),
        func.min(price).over(partition_by=group).label("minimum"),
        func.max(price).over(partition_by=group).label("maximum"),
    ).subquery()
    place, size = ranked.c.place, ranked.c.size
    middle = select(ranked).where(2 * place >= size, 2 * place <= size + 2)
    summaries: dict[tuple[str, str], PriceSummary] = {}
    with store.reading() as connection:
        for row in connection.execute(middle.order_by(ranked.c.currency, place)):
            low = summaries.get((row.category, row.currency))
            this = money.from_minor(row.price_minor, row.currency)
            summaries[row.category, row.currency] = PriceSummary(
                Category(row.category),
                row.currency,
                row.size,
                money.from_minor(row.minimum, row.currency),
                this if low is None else (low.median + this) / 2,
                money.from_minor(row.maximum, row.currency),
            )
    return sorted(summaries.values(), key=lambda s: (CATEGORY_INDEX[s.category], s.currency))
