"""What is exported comes back in by an import, equal to the last character."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.export import export_products
from catalog.images import ImageFolder
from catalog.importers.importing import ImportPlan, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import ColumnPlan
from catalog.importers.table_files import open_table
from catalog.store import CatalogStore, open_store
from lookalike.contract import money
from lookalike.contract.errors import BadRequestError
from lookalike.contract.listing import PutProductParams, new_product_id
from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.products import Product
from tests.unit.catalog.making import picture, product, products

SHADES = (0, 80, 160)
NO_CHECK: Final = (HealthCheck.too_slow, HealthCheck.filter_too_much)
"""Stores are slow, and what a put refuses is filtered out."""


TEXT: Final = st.text(st.characters(codec="utf-8"), max_size=40) | st.text(
    ' \tab\x1f\u3000,"', max_size=4
)
ODD_URL: Final = st.from_regex(r"\Ahttps?://[a.:\[\]@%/0-9-]{1,12}\Z")
URL: Final = (
    st.sampled_from(
        ["https://shop.example/원피스?a=1&b='2'", " http://shop.example:8080/p/1#x,y\u3000"]
    )
    | st.from_regex(r"\Ahttps?://a(\.a)?(:[0-9]{1,4})?/[a.:@%/0-9-]{0,9}\Z")
    | ODD_URL.map(lambda url: url if taken(item_url=url) else "https://a/")
)


def taken(**changed: Any) -> bool:
    """Whether the service takes a put of a product with these fields."""
    usual = {"title": "a", "currency": "EUR", "price": 1, "item_url": "https://shop.example/"}
    try:
        PutProductParams.model_validate({**usual, **changed})
    except ValidationError:
        return False
    return True


def taken_as_id(product_id: str) -> bool:
    """Whether the service takes a put under this id."""
    try:
        return new_product_id(product_id) == product_id
    except BadRequestError:
        return False


@st.composite
def any_product(draw: st.DrawFn, keys: tuple[str | None, ...]) -> Product:
    """A product as the service stores what was put."""
    currency = draw(st.sampled_from(["USD", "KRW", "KWD"]))
    minor = draw(st.integers(0, 10 ** (12 + money.exponent(currency)) - 1))
    attributes = st.dictionaries(TEXT, TEXT, max_size=3)
    params = PutProductParams(
        title=draw(TEXT.filter(lambda t: taken(title=t))),
        brand=draw(TEXT.filter(lambda t: taken(brand=t))),
        category=draw(st.sampled_from(CATEGORIES)),
        currency=currency,
        price=money.from_minor(minor, currency),
        item_url=draw(URL.filter(lambda u: taken(item_url=u))),
        attributes=draw(attributes.filter(lambda a: taken(attributes=a))),
    )
    assert params.category is not None
    return Product(
        id=draw(TEXT.map(str.strip).filter(taken_as_id)),
        title=params.title,
        brand=params.brand,
        category=params.category,
        price_minor=minor,
        currency=params.currency,
        item_url=params.item_url,
        image_key=draw(st.sampled_from(keys)),
        attributes=params.attributes,
    )


def read_back(file: Path, images: Path, store: CatalogStore, other: ImageFolder) -> list[str]:
    """Import a file and return what was wrong with it."""
    problems: list[str] = []
    source = open_table(file, ColumnPlan())
    pictures = PictureSource(other, images, expected=False)
    import_rows(store, source.rows(), pictures, ImportPlan(), lambda p: problems.append(p.reason))
    return problems


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@settings(max_examples=15, suppress_health_check=NO_CHECK)
@given(data=st.data())
def test_an_export_imports_into_equal_products(
    tmp_path_factory: pytest.TempPathFactory, ending: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("round")
    images = ImageFolder(folder / "images")
    keys = (None, *(images.put(picture(shade)) for shade in SHADES))
    drawn = data.draw(st.lists(any_product(keys), max_size=8, unique_by=lambda p: p.id))
    with (
        open_store(f"sqlite:///{folder / 'a.sqlite'}") as first,
        open_store(f"sqlite:///{folder / 'b.sqlite'}") as second,
    ):
        first.put_products(drawn)
        file = folder / f"all.{ending}"
        assert export_products(first, images, file) == len(drawn)
        assert read_back(file, folder / "images", second, ImageFolder(folder / "other")) == []
        assert [second.get_product(p.id) for p in drawn] == drawn
        assert second.counts().products == len(drawn)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_only_the_asked_categories_are_written(
    store: CatalogStore, tmp_path: Path, ending: str
) -> None:
    store.put_products(products(2_600))
    done: list[int] = []
    file = tmp_path / f"some.{ending}"
    wanted = (Category.DRESS, Category.HAT)
    images = ImageFolder(tmp_path / "images")
    assert export_products(store, images, file, wanted, done.append) == 400
    rows = [row.fields["category"] for row in open_table(file, ColumnPlan()).rows()]
    assert (len(rows), set(rows), done[-1]) == (400, {"dress", "hat"}, 400)


def test_a_file_is_there_whole_or_not_at_all(store: CatalogStore, tmp_path: Path) -> None:
    store.put_products([product(str(n)) for n in range(1_500)])
    file = tmp_path / "all.csv"
    file.write_text("old")

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_products(store, ImageFolder(tmp_path), file, on_progress=stop)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["all.csv"]


@pytest.mark.parametrize("name", ["all.xlsx", "all", "absent/all.csv"])
def test_a_file_that_can_t_be_written_is_told(
    store: CatalogStore, tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadRequestError, match=r"neither|no folder"):
        export_products(store, ImageFolder(tmp_path), tmp_path / name)
