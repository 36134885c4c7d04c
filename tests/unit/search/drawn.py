"""Drawn catalogues, filters and queries, and the plain searches that answers are held to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, Features, ProductFilter, ShardQuery

CATEGORIES = (Category.T_SHIRT, Category.DRESS, Category.HAT)
CURRENCIES = ("EUR", "KRW", "KWD")
"""With 2, 0 and 3 decimal places."""
BRANDS = ("ash", "birch", "cedar", "Birch", "CEDAR ", "Zo\u00eb", "zoe\u0308")
"""Four brands, some of them in several spellings."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`features` (N, 512) float16 and as many products, in no order."""

    features: npt.NDArray[np.float16]
    products: tuple[Product, ...]

    def part(self, part: int, parts: int) -> Catalogue:
        """The rows of one shard out of `parts`."""
        return self._of([i for i in range(len(self.products)) if i % parts == part])

    def without(self, gone: list[bool]) -> Catalogue:
        """The rows that are not gone."""
        return self._of([i for i, is_gone in enumerate(gone) if not is_gone])

    def _of(self, chosen: list[int]) -> Catalogue:
        return Catalogue(self.features[chosen], tuple(self.products[i] for i in chosen))


def unit(vector: npt.NDArray[np.float64]) -> Features:
    """(512,) float32 of length 1."""
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def pool(seed: int, size: int) -> npt.NDArray[np.float16]:
    """(size, 512): looks, close variants of looks, permutations of one, and sparse rows."""
    rng = np.random.default_rng(seed)
    look = rng.standard_normal(FEATURE_DIM)
    rows = []
    for i in range(size):
        noise = rng.standard_normal(FEATURE_DIM)
        sparse = np.zeros(FEATURE_DIM)
        sparse[rng.integers(0, FEATURE_DIM, 3)] = rng.choice((-1.0, 1.0), 3)
        kinds = (noise, look + 1e-3 * noise, look, rng.permutation(look), sparse + 1e-9)
        rows.append(unit(kinds[i % len(kinds)]))
    return np.array(rows, np.float32).reshape(size, FEATURE_DIM).astype(np.float16)


@st.composite
def catalogues(draw: st.DrawFn, max_rows: int = 40) -> Catalogue:
    """Few distinct looks, prices and brands, so that ties and duplicates are the rule."""
    rows = draw(st.integers(0, max_rows))
    looks = pool(draw(st.integers(0, 1000)), draw(st.integers(1, 12)))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    products = tuple(
        Product(
            id=f"{name}",
            title="",
            brand=BRANDS[rng.integers(len(BRANDS))],
            category=CATEGORIES[rng.integers(len(CATEGORIES))],
            price_minor=int(rng.integers(0, 6)) * 500,
            currency=CURRENCIES[rng.integers(len(CURRENCIES))],
            item_url="",
        )
        for name in rng.permutation(200)[:rows]
    )
    return Catalogue(looks[rng.integers(0, len(looks), rows)], products)


def filters() -> st.SearchStrategy[ProductFilter]:
    """Every kind of condition, alone and together; price bounds finer than a minor unit too."""
    bounds = (
        st.none()
        | st.decimals(Decimal(-1), Decimal(30), places=4, allow_nan=False)
        | st.sampled_from([Decimal(5), Decimal("0.5"), Decimal("4.999999"), Decimal("Infinity")])
    )
    return st.builds(
        ProductFilter,
        categories=st.none() | st.frozensets(st.sampled_from(CATEGORIES)),
        min_price=bounds,
        max_price=bounds,
        currency=st.none() | st.sampled_from((*CURRENCIES, "USD")),
        brands=st.none() | st.frozensets(st.sampled_from((*BRANDS, "ASH", "nobody"))),
        exclude=st.frozensets(st.integers(0, 199).map(str), max_size=30),
    )


@st.composite
def queries(draw: st.DrawFn, catalogue: Catalogue) -> ShardQuery:
    """A row of the catalogue, one nearby, the uniform vector, or something else."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    kind = draw(st.sampled_from(("row", "near", "uniform", "far")))
    vector = np.ones(FEATURE_DIM) if kind == "uniform" else rng.standard_normal(FEATURE_DIM)
    if kind in ("row", "near") and catalogue.products:
        row = catalogue.features[rng.integers(len(catalogue.products))].astype(np.float64)
        vector = row if kind == "row" else row + 1e-3 * vector
    return ShardQuery(unit(vector), draw(st.integers(1, 50)), draw(filters()))


def spelled(brand: str) -> str:
    """One spelling for those of `BRANDS` that are of one brand."""
    return brand.strip().lower().replace("e\u0308", "\u00eb")


def passes(product: Product, where: ProductFilter) -> bool:
    """Whether a filter lets a product through, spelled out."""
    decimals = {"EUR": 2, "KRW": 0, "KWD": 3}[product.currency]
    price = Decimal(product.price_minor) / 10**decimals
    return (
        (not where.categories or product.category in where.categories)
        and (where.min_price is None or price >= where.min_price)
        and (where.max_price is None or 0 < price <= where.max_price)
        and (where.currency is None or product.currency == where.currency)
        and (not where.brands or spelled(product.brand) in map(spelled, where.brands))
        and product.id not in where.exclude
    )


def brute_force(catalogue: Catalogue, query: ShardQuery) -> list[tuple[float, str]]:
    """(similarity, id) of the best k by float64 products, summed without rounding; ties by id."""
    wanted = query.features.astype(np.float64)
    scored = [
        (math.fsum((row.astype(np.float64) * wanted).tolist()), product.id)
        for row, product in zip(catalogue.features, catalogue.products, strict=True)
        if passes(product, query.where)
    ]
    return sorted(scored, key=lambda entry: (-entry[0], entry[1]))[: query.k]
