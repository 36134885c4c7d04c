"""What is exported comes back in by an import, equal to the last character."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.export import export_products
from catalog.images import ImageFolder
from catalog.importers.importing import ImportPlan, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import ColumnPlan, open_table
from catalog.store import CatalogStore, open_store
from lookalike.contract import money
from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.products import Product
from tests.unit.catalog.making import picture, product, products

SHADES = (0, 80, 160)


def text(least: int, most: int) -> st.SearchStrategy[str]:
    """What an import keeps as it is: any text without NUL and without white space around it."""
    characters = st.characters(codec="utf-8", exclude_characters="\x00")
    return st.text(characters, max_size=most).map(str.strip).filter(lambda t: len(t) >= least)


@st.composite
def any_product(draw: st.DrawFn, keys: tuple[str | None, ...]) -> Product:
    currency = draw(st.sampled_from(["USD", "KRW", "KWD"]))
    most = 10**12 * 10 ** money.exponent(currency)
    urls = ["", "https://shop.example/원피스?a=1&b='2'", "http://shop.example:8080/p/1#x,y"]
    return Product(
        id=draw(text(1, 20).filter(lambda i: "/" not in i and min(i) > "\x1f")),
        title=draw(text(1, 60)),
        brand=draw(text(0, 20)),
        category=draw(st.sampled_from(CATEGORIES)),
        price_minor=draw(st.integers(0, most)),
        currency=currency,
        item_url=draw(st.sampled_from(urls)),
        image_key=draw(st.sampled_from(keys)),
        attributes=draw(st.dictionaries(text(0, 10), text(0, 30), max_size=3)),
    )


def read_back(file: Path, images: Path, store: CatalogStore, other: ImageFolder) -> list[str]:
    """Import a file and return what was wrong with it."""
    problems: list[str] = []
    source = open_table(file, ColumnPlan())
    pictures = PictureSource(other, images, expected=False)
    import_rows(store, source.rows(), pictures, ImportPlan(), lambda p: problems.append(p.reason))
    return problems


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
