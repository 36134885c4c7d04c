"""A product's pictures: the main one, and further ones behind it."""

from __future__ import annotations

from catalog.records import ChangeKind
from catalog.store import CatalogStore
from tests.unit.catalog.making import product

MAIN = product().image_key
BACK, DETAIL = "b" * 64 + ".jpg", "d" * 64 + ".png"


def test_the_main_picture_comes_first(store: CatalogStore) -> None:
    store.put_products([product("a"), product("bare", image_key=None)])
    assert store.pictures("a") == [MAIN]
    assert store.put_pictures("a", [BACK, DETAIL])
    assert store.put_pictures("bare", [BACK])
    assert store.pictures("a") == [MAIN, BACK, DETAIL]
    assert store.pictures("bare") == [BACK]


def test_pictures_of_no_product_are_told(store: CatalogStore) -> None:
    assert not store.put_pictures("a", [BACK])
    assert store.pictures("a") == []


def test_other_pictures_are_a_change_and_the_same_are_none(store: CatalogStore) -> None:
    store.put_products([product("a")])
    store.put_pictures("a", [BACK, DETAIL])
    store.put_pictures("a", [BACK, DETAIL])
    store.put_pictures("a", [DETAIL])
    assert [c.kind for c in store.changes_since(0)] == [ChangeKind.PUT] * 3
    assert store.pictures("a") == [MAIN, DETAIL]


def test_a_product_put_again_keeps_them_and_a_deleted_one_does_not(store: CatalogStore) -> None:
    store.put_products([product("a")])
    store.put_pictures("a", [BACK])
    store.put_products([product("a", price_minor=5)])
    assert store.pictures("a") == [MAIN, BACK]
    store.delete_product("a")
    store.put_products([product("a")])
    assert store.pictures("a") == [MAIN]
