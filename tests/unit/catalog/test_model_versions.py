"""A new model version is filled beside the old one, and searches change over at one point."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from catalog.records import ActiveModel, Change, ChangeKind, FeatureRow, ModelCoverage
from catalog.store import CatalogStore, open_store
from lookalike.contract.errors import BadRequestError
from tests.unit.catalog.making import PICTURE, product, products, unit_features

OLD = ActiveModel("v1", "weights-one")
NEW = ActiveModel("v2", "weights-two")


def give(store: CatalogStore, model: ActiveModel, *product_ids: str) -> None:
    store.put_features(
        model.version,
        [FeatureRow(product_id, PICTURE, unit_features(1)) for product_id in product_ids],
    )


def test_no_model_is_active_before_the_first_switch(store: CatalogStore) -> None:
    assert store.active_model() is None


def test_a_switch_is_one_change_with_its_entry_in_the_log(store: CatalogStore) -> None:
    assert store.switch_model(OLD) == 1
    assert store.active_model() == OLD
    assert store.changes_since(0) == [Change(1, "v1", ChangeKind.MODEL)]


def test_switching_to_what_is_active_is_no_change(store: CatalogStore) -> None:
    store.switch_model(OLD)
    assert store.switch_model(OLD) == store.version() == 1


def test_a_switch_that_would_hide_products_is_refused_unless_it_is_wanted(
    store: CatalogStore,
) -> None:
    store.put_products(products(3))
    give(store, OLD, "p0", "p1", "p2")
    store.switch_model(OLD)
    give(store, NEW, "p0")
    version = store.version()
    with pytest.raises(BadRequestError, match=r"2 products .* v2"):
        store.switch_model(NEW)
    assert (store.active_model(), store.version()) == (OLD, version)
    assert store.switch_model(NEW, leave_out=True) == version + 1
    assert store.active_model() == NEW


def test_what_can_t_be_found_now_does_not_hold_up_a_switch(store: CatalogStore) -> None:
    store.put_products([product("seen"), product("never-seen")])
    give(store, OLD, "seen")
    store.switch_model(OLD, leave_out=True)
    give(store, NEW, "seen")
    store.switch_model(NEW)
    assert store.active_model() == NEW


@pytest.mark.parametrize("switched_to", [None, OLD, ActiveModel("v0", "weights-zero")])
def test_a_switch_counts_what_any_other_model_finds(
    store: CatalogStore, switched_to: ActiveModel | None
) -> None:
    """What searches use is not asked: the service's own model is not in the store before the first
    switch, and an upgrade brings another version under the name that was switched to.
    """
    if switched_to is not None:
        store.switch_model(switched_to)
    store.put_products([*products(3), product("no-picture-any-more")])
    give(store, OLD, "p0", "p1", "no-picture-any-more")
    store.put_products([product("no-picture-any-more", image_key=None)])
    give(store, NEW, "p0")
    with pytest.raises(BadRequestError, match=r"1 products .* v2"):
        store.switch_model(NEW)
    give(store, NEW, "p1")
    store.switch_model(NEW)
    assert store.active_model() == NEW


def test_a_removed_picture_does_not_hold_up_a_switch(store: CatalogStore) -> None:
    store.put_products(products(2))
    give(store, OLD, "p0", "p1")
    store.switch_model(OLD)
    store.put_products([product("p1", image_key=None)])
    give(store, NEW, "p0")
    store.switch_model(NEW)
    assert store.active_model() == NEW


def test_old_features_stay_for_the_way_back(store: CatalogStore) -> None:
    store.put_products([product("a")])
    give(store, OLD, "a")
    give(store, NEW, "a")
    store.switch_model(NEW)
    assert [len(store.read_shard(0, 1, m.version).products) for m in (OLD, NEW)] == [1, 1]
    store.switch_model(OLD)
    assert store.active_model() == OLD


def test_coverage_tells_how_far_each_version_is(store: CatalogStore) -> None:
    store.put_products([*products(3), product("no-picture", image_key=None)])
    give(store, OLD, "p0", "p1", "p2")
    store.switch_model(OLD)
    store.put_products([product("p1", image_key="b" * 64 + ".jpg")])
    give(store, NEW, "p0")
    assert store.model_coverage() == [
        ModelCoverage("v1", current=2, outdated=1, lacking=0, active=True),
        ModelCoverage("v2", current=1, outdated=0, lacking=2, active=False),
    ]


def test_an_active_version_without_features_is_told(store: CatalogStore) -> None:
    store.switch_model(NEW)
    assert store.model_coverage() == [ModelCoverage("v2", 0, 0, 0, active=True)]


def test_two_that_switch_at_once_take_turns(store: CatalogStore, store_url: str) -> None:
    """Each sees the other's end: the log's last switch is the one that is active."""

    def switch_often(model: ActiveModel) -> None:
        with open_store(store_url) as own:
            for _ in range(10):
                own.switch_model(model)

    switching = [threading.Thread(target=switch_often, args=(model,)) for model in (OLD, NEW)]
    for thread in switching:
        thread.start()
    for thread in switching:
        thread.join()
    logged = store.changes_since(0)
    active = store.active_model()
    assert active is not None
    assert logged[-1].product_id == active.version
    assert all(a.product_id != b.product_id for a, b in pairwise(logged))
