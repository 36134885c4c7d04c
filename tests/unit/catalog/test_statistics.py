"""Figures on the catalogue equal those of a plain count."""

from __future__ import annotations

from decimal import Decimal
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.records import FeatureRow
from catalog.statistics import statistics
from catalog.store import CatalogStore, open_store
from lookalike.contract import money
from lookalike.contract.taxonomy import Category
from tests.unit.catalog.making import MODEL, product, unit_features

GROUPS = st.tuples(st.sampled_from([Category.HAT, Category.DRESS]), st.sampled_from(["USD", "KRW"]))


@settings(max_examples=20)
@given(st.lists(st.tuples(GROUPS, st.integers(0, 10**6)), max_size=30))
def test_prices_are_summed_up_by_category_and_currency(
    tmp_path_factory: pytest.TempPathFactory, priced: list[tuple[tuple[Category, str], int]]
) -> None:
    folder = tmp_path_factory.mktemp("stats")
    with open_store(f"sqlite:///{folder / 'a.sqlite'}") as store:
        store.put_products(
            product(str(n), category=category, currency=currency, price_minor=price)
            for n, ((category, currency), price) in enumerate(priced)
        )
        found = {(s.category, s.currency): s for s in statistics(store).prices}
    assert set(found) == {group for group, _ in priced}
    for (category, currency), summary in found.items():
        amounts = [
            money.from_minor(price, currency)
            for group, price in priced
            if group == (category, currency)
        ]
        assert summary.products == len(amounts)
        assert (summary.minimum, summary.maximum) == (min(amounts), max(amounts))
        assert summary.median == Decimal(median(amounts))


def test_what_lacks_features_is_counted_by_model_version(store: CatalogStore) -> None:
    keys = ["a" * 64 + ".jpg", "b" * 64 + ".jpg"]
    store.put_products(
        [product("p", image_key=keys[0]), product("q"), product("r", image_key=None)]
    )
    store.put_features(MODEL, [FeatureRow("p", keys[0], unit_features(1))])
    assert statistics(store, ("model-2",)).without_features == {MODEL: 1, "model-2": 2}
    store.put_products([product("p", image_key=keys[1])])
    found = statistics(store)
    assert found.without_features == {MODEL: 2}
    assert (found.counts.with_features, found.counts.without_image) == ({MODEL: 1}, 1)
