"""Near-identical listings are found exactly, whatever the blocks they fall into."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest

from catalog.dedupe import Likeness, find_duplicates
from catalog.records import FeatureRow
from catalog.store import CatalogStore
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from tests.unit.catalog.making import MODEL, product, unit_features

Vectors = npt.NDArray[np.floating]


def put(store: CatalogStore, items: Iterable[tuple[Product, Vectors]]) -> None:
    pairs = list(items)
    store.put_products(item for item, _ in pairs)
    store.put_features(
        MODEL, (FeatureRow(item.id, item.image_key or "", vector) for item, vector in pairs)
    )


def near(vector: Vectors, cosine: float, seed: int) -> Vectors:
    """A unit vector at a given cosine to another."""
    other = unit_features(seed)
    across = other - (other @ vector) * vector
    across /= np.linalg.norm(across)
    mixed: Vectors = cosine * vector + np.sqrt(1 - cosine**2) * across
    return mixed


def ids_of(store: CatalogStore, likeness: Likeness | None = None) -> list[tuple[str, ...]]:
    found = find_duplicates(store, MODEL, likeness or Likeness())
    return [tuple(listing.id for listing in group.listings) for group in found]


def test_listings_alike_in_look_and_price_are_grouped_cheapest_first(store: CatalogStore) -> None:
    look, other = unit_features(1), unit_features(2)
    put(
        store,
        [
            (product("dear", price_minor=1090, title="The same again"), near(look, 0.995, 3)),
            (product("cheap", price_minor=1000), look),
            (product("too dear", price_minor=1300), look),
            (product("other look", price_minor=1000), other),
            (product("not quite", price_minor=1000), near(look, 0.985, 4)),
            (product("other category", price_minor=1000, category=Category.HAT), look),
            (product("other currency", price_minor=1000, currency="USD"), look),
        ],
    )
    (group,) = find_duplicates(store, MODEL)
    assert (group.category, group.currency) == (Category.T_SHIRT, "EUR")
    assert [(d.id, d.title, d.price_minor) for d in group.listings] == [
        ("cheap", "Plain tee", 1000),
        ("dear", "The same again", 1090),
    ]
    assert group.listings[0].similarity == pytest.approx(1, abs=1e-3)
    assert group.listings[1].similarity == pytest.approx(0.995, abs=1e-3)


def test_the_same_picture_twice_is_of_similarity_1(store: CatalogStore) -> None:
    looks = [unit_features(seed) for seed in range(60)]
    put(store, [(product(f"{n}{copy}"), look) for n, look in enumerate(looks) for copy in "ab"])
    found = ids_of(store, Likeness(similarity=1.0))
    assert sorted(found) == sorted((f"{n}a", f"{n}b") for n in range(60))


def test_a_price_exactly_at_the_limit_is_within_it(store: CatalogStore) -> None:
    prices = {"low": 100, "at 15 %": 115, "above": 133}
    put(store, [(product(i, price_minor=p), unit_features(1)) for i, p in prices.items()])
    assert ids_of(store, Likeness(price_ratio=1 + 15 / 100)) == [("low", "at 15 %")]


def test_a_chain_of_like_listings_is_one_group(store: CatalogStore) -> None:
    look = unit_features(1)
    steps = [(product(f"s{n}", price_minor=1000 + 80 * n), look) for n in range(5)]
    put(store, steps)
    assert ids_of(store) == [("s0", "s1", "s2", "s3", "s4")]


def test_groups_equal_those_of_a_comparison_of_every_pair(store: CatalogStore) -> None:
    """2600 listings in three blocks: 40 looks, each at several prices, some nearly alike."""
    rng = np.random.default_rng(5)
    looks = [unit_features(seed) for seed in range(40)]
    items = []
    for n in range(2_600):
        cosine = float(rng.choice([1.0, 0.995, 0.98, 0.95]))
        vector = near(looks[n % 40], cosine, 1_000 + n)
        items.append((product(f"p{n:04}", price_minor=int(rng.integers(1_000, 9_000))), vector))
    put(store, items)
    likeness = Likeness(similarity=0.985, price_ratio=1.01)
    rows = np.stack([np.asarray(v, np.float16).astype(np.float64) for _, v in items])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    prices = np.array([item.price_minor for item, _ in items])
    alike = rows @ rows.T >= likeness.similarity
    alike &= np.maximum.outer(prices, prices) <= 1.01 * np.minimum.outer(prices, prices)
    assert sorted(map(sorted, ids_of(store, likeness))) == _components(alike)


def _components(alike: npt.NDArray[np.bool_]) -> list[list[str]]:
    root = list(range(len(alike)))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    for i, j in np.argwhere(np.triu(alike, 1)).tolist():
        root[find(j)] = find(i)
    groups: dict[int, list[str]] = {}
    for i in range(len(alike)):
        groups.setdefault(find(i), []).append(f"p{i:04}")
    return sorted(group for group in groups.values() if len(group) > 1)


def test_thousands_of_one_listing_are_one_group(store: CatalogStore) -> None:
    look = unit_features(1)
    put(store, [(product(f"p{n:04}", price_minor=0), look) for n in range(2_100)])
    (group,) = ids_of(store)
    assert len(group) == 2_100


def test_only_features_of_the_model_version_and_category_count(store: CatalogStore) -> None:
    put(store, [(product(i, category=c), unit_features(1)) for i, c in _IN_TWO_CATEGORIES])
    assert list(find_duplicates(store, "model-2")) == []
    done: list[tuple[int, int]] = []
    hats = (Category.HAT,)
    groups = list(find_duplicates(store, MODEL, Likeness(), hats, lambda *d: done.append(d)))
    assert [group.category for group in groups] == [Category.HAT]
    assert done == [(2, 2)]
    assert sorted(ids_of(store)) == [("a", "b"), ("c", "d")]


_IN_TWO_CATEGORIES = [
    ("a", Category.HAT),
    ("b", Category.HAT),
    ("c", Category.DRESS),
    ("d", Category.DRESS),
]
