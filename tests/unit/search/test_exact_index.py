"""The answer is that of a brute-force float64 search, whatever the rows, filters and shards."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.index import ExactIndex
from lookalike.contract.taxonomy import Category
from lookalike.merge import merge_hits, merged_version
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, ProductFilter, ShardHit, ShardQuery

from .drawn import Catalogue, brute_force, catalogues, pool, queries, unit

deterministic = settings(derandomize=True, database=None, max_examples=30)


def index_of(catalogue: Catalogue, catalog_version: int = 1) -> ExactIndex:
    return ExactIndex.build(catalogue.features, catalogue.products, catalog_version)


def found(hits: list[ShardHit] | tuple[ShardHit, ...]) -> list[tuple[float, str]]:
    return [(hit.similarity, hit.product.id) for hit in hits]


def product(name: str, price_minor: int = 1000, currency: str = "EUR") -> Product:
    return Product(name, "", "ash", Category.DRESS, price_minor, currency, "")


def identical_rows(count: int) -> Catalogue:
    products = tuple(product(f"p{i:05d}") for i in reversed(range(count)))
    return Catalogue(np.repeat(pool(0, 1), count, axis=0), products)


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
@deterministic
@given(data=st.data())
def test_the_merged_answer_equals_brute_force_for_any_number_of_shards(
    shards: int, data: st.DataObject
) -> None:
    catalogue = data.draw(catalogues())
    query = data.draw(queries(catalogue))
    answers = [index_of(catalogue.part(i, shards)).search(query) for i in range(shards)]
    assert found(merge_hits(answers, query.k)) == brute_force(catalogue, query)


@deterministic
@given(data=st.data())
def test_queries_searched_together_are_answered_as_each_alone(data: st.DataObject) -> None:
    catalogue = data.draw(catalogues())
    index = index_of(catalogue)
    asked = data.draw(st.lists(queries(catalogue), max_size=4))
    same_filter = ProductFilter(categories=frozenset({Category.DRESS}))
    asked += [
        replace(q, where=replace(same_filter, exclude=q.where.exclude)) for q in reversed(asked)
    ]
    together = index.search_batch(asked)
    assert together == [index.search(query) for query in asked]
    assert [found(answer.hits) for answer in together] == [
        brute_force(catalogue, query) for query in asked
    ]


@deterministic
@given(data=st.data())
def test_hidden_rows_are_searched_as_if_they_were_not_there(data: st.DataObject) -> None:
    catalogue = data.draw(catalogues())
    index = index_of(catalogue)
    asked = data.draw(st.lists(queries(catalogue), min_size=1, max_size=4))
    gone = [data.draw(st.booleans()) for _ in catalogue.products]
    hidden = np.zeros(len(index), np.bool_)
    for product, is_gone in zip(catalogue.products, gone, strict=True):
        row = index.row_of(product.id)
        assert row is not None
        hidden[row] = is_gone
    left = catalogue.without(gone)
    answers = index.search_batch(asked, hidden)
    assert [found(a.hits) for a in answers] == [brute_force(left, query) for query in asked]


@pytest.mark.parametrize("hidden", [np.zeros(2, np.bool_), np.zeros(3, np.uint8)])
def test_a_mask_that_does_not_fit_is_refused(hidden: np.ndarray) -> None:
    query = ShardQuery(unit(np.ones(FEATURE_DIM)), 5)
    with pytest.raises(ValueError, match="hidden"):
        index_of(identical_rows(3)).search(query, hidden)


@pytest.mark.parametrize("together", [1, 3, 16])
def test_thousands_of_rows_inside_the_scan_s_margin_are_still_ordered_exactly(
    together: int,
) -> None:
    rng = np.random.default_rng(5)
    look = rng.standard_normal(FEATURE_DIM)
    rows = np.array([unit(look + 1e-4 * rng.standard_normal(FEATURE_DIM)) for _ in range(2000)])
    catalogue = Catalogue(
        rows.astype(np.float16), tuple(product(f"p{i}") for i in rng.permutation(2000))
    )
    query = ShardQuery(unit(look), 100)
    answers = index_of(catalogue).search_batch([query] * together)
    assert found(answers[-1].hits) == brute_force(catalogue, query)


def test_identical_rows_come_by_rising_id() -> None:
    catalogue = identical_rows(5000)
    query = ShardQuery(catalogue.features[0].astype(np.float32), 20)
    hits = index_of(catalogue).search(query).hits
    assert [hit.product.id for hit in hits] == [f"p{i:05d}" for i in range(20)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ProductFilter(max_price=Decimal("9.99")), ["c999"]),
        (ProductFilter(max_price=Decimal("9.999")), ["c999"]),
        (ProductFilter(max_price=Decimal("0.99999999999999999999999999999999999e1")), ["c999"]),
        (ProductFilter(max_price=Decimal("10")), ["c1000", "c999"]),
        (ProductFilter(min_price=Decimal("9.991")), ["c1000", "c1001"]),
        (ProductFilter(min_price=Decimal("10.00000000000000000000000000000000001")), ["c1001"]),
        (ProductFilter(min_price=Decimal("10"), max_price=Decimal("10")), ["c1000"]),
        (ProductFilter(min_price=Decimal("11"), max_price=Decimal("10")), []),
        (ProductFilter(min_price=Decimal("1e40")), []),
        (ProductFilter(max_price=Decimal("-1e40")), []),
        (ProductFilter(min_price=Decimal("-Infinity")), ["c1000", "c1001", "c999"]),
    ],
)
def test_price_bounds_are_inclusive_and_finer_than_a_minor_unit(
    where: ProductFilter, expected: list[str]
) -> None:
    catalogue = identical_rows(3)
    products = tuple(product(f"c{price}", price) for price in (1001, 999, 1000))
    index = index_of(replace(catalogue, products=products))
    query = ShardQuery(unit(np.ones(FEATURE_DIM)), 5, where)
    assert [hit.product.id for hit in index.search(query).hits] == expected


def test_price_bounds_are_read_in_each_product_s_own_currency() -> None:
    products = (product("won", 10, "KRW"), product("euro", 1000), product("dinar", 10_001, "KWD"))
    index = index_of(replace(identical_rows(3), products=products))
    where = ProductFilter(max_price=Decimal(10))
    hits = index.search(ShardQuery(unit(np.ones(FEATURE_DIM)), 5, where)).hits
    assert [hit.product.id for hit in hits] == ["euro", "won"]


@pytest.mark.parametrize(
    ("brand", "asked"),
    [
        ("Nike", "nike"),
        ("NIKE", "Nike"),
        ("nike", " NIKE "),
        ("Zo\u00eb", "zoe\u0308"),
        ("Zoe\u0308", "ZO\u00cb"),
        ("Gro\u00df", "GROSS"),
        ("\uff35\uff2e\uff29", "uni"),
        ("\u0390", "\u0399\u0308\u0301"),
    ],
)
def test_a_brand_is_found_in_any_spelling_and_shown_in_its_own(brand: str, asked: str) -> None:
    products = (replace(product("a"), brand=brand), product("b"), product("c"))
    index = index_of(replace(identical_rows(3), products=products))
    where = ProductFilter(brands=frozenset({asked}))
    hits = index.search(ShardQuery(unit(np.ones(FEATURE_DIM)), 5, where)).hits
    assert [(hit.product.id, hit.product.brand) for hit in hits] == [("a", brand)]


def test_a_brand_s_spellings_are_all_found_by_one() -> None:
    spellings = ("Nike", "NIKE", "nike")
    products = tuple(replace(product(name), brand=name) for name in spellings)
    index = index_of(replace(identical_rows(3), products=products))
    where = ProductFilter(brands=frozenset({"nIkE", "nike"}))
    hits = index.search(ShardQuery(unit(np.ones(FEATURE_DIM)), 5, where)).hits
    assert {hit.product.id for hit in hits} == set(spellings)


def test_an_empty_index_answers_nothing() -> None:
    index = ExactIndex.build(np.empty((0, FEATURE_DIM), np.float16), [], catalog_version=9)
    answer = index.search(ShardQuery(unit(np.ones(FEATURE_DIM)), 5))
    assert (answer.hits, answer.catalog_version, len(index)) == ((), 9, 0)
    assert index.search_batch([]) == []
    assert merge_hits([], 5) == []
    assert merged_version([answer, replace(answer, catalog_version=4)]) == 4


def test_products_and_their_rows_are_found_by_id() -> None:
    catalogue = Catalogue(pool(1, 3), (product("b"), product("c"), product("a")))
    index = index_of(catalogue)
    row = index.features_of("c")
    assert row is not None
    assert row.dtype == np.float32
    np.testing.assert_array_equal(row, catalogue.features[1].astype(np.float32))
    assert index.product("a") == product("a")
    assert index.product("z") is None
    assert index.features_of("z") is None
    assert {index.row_of(name) for name in "abc"} == {0, 1, 2}
    assert index.row_of("z") is None
    for name in "abc":
        found = index.row_of(name)
        assert found is not None
        at_row, features = index.entry(found)
        assert at_row == product(name)
        np.testing.assert_array_equal(features, index.features_of(name))


def test_the_rows_handed_in_stay_the_caller_s() -> None:
    catalogue = identical_rows(2)
    index = index_of(catalogue)
    catalogue.features[:] = 0
    row = index.features_of("p00001")
    assert row is not None
    assert row.any()


@pytest.mark.parametrize(
    "features",
    [
        pool(0, 2).astype(np.float32),
        pool(0, 1),
        pool(0, 2)[:, :100],
        np.zeros((2, FEATURE_DIM), np.float16),
        np.full((2, FEATURE_DIM), np.nan, np.float16),
        2 * pool(0, 2),
    ],
    ids=["float32", "too few", "too short", "zero", "NaN", "not of length 1"],
)
def test_rows_that_are_no_unit_vectors_are_refused(features: np.ndarray) -> None:
    with pytest.raises(ValueError, match="features"):
        ExactIndex.build(features, (product("a"), product("b")), 1)


def test_one_id_for_two_products_is_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        ExactIndex.build(pool(0, 2), (product("a"), product("a", 5)), 1)


@pytest.mark.parametrize(
    "query",
    [
        ShardQuery(np.zeros(FEATURE_DIM, np.float32), 5),
        ShardQuery(np.full(FEATURE_DIM, np.nan, np.float32), 5),
        ShardQuery(np.ones(FEATURE_DIM, np.float32), 5),
        ShardQuery(unit(np.ones(100)), 5),
        ShardQuery(unit(np.ones(FEATURE_DIM)), 0),
        ShardQuery(unit(np.ones(FEATURE_DIM)), 5, ProductFilter(min_price=Decimal("NaN"))),
    ],
    ids=["zero", "NaN", "not of length 1", "too short", "k", "price"],
)
def test_a_query_that_can_t_be_answered_is_refused(query: ShardQuery) -> None:
    with pytest.raises(ValueError, match=r"features|k must|price"):
        index_of(identical_rows(3)).search(query)
