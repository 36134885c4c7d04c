"""The H&M layout: articles at the mean price of their sales."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.hm import mean_prices, open_hm
from catalog.importers.importing import ImportPlan, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import TableError
from lookalike.contract.taxonomy import Category
from tests.unit.catalog.making import picture
from tests.unit.importers.conftest import EUR, Importer

ARTICLES = """\
article_id,product_code,prod_name,product_type_name,graphical_appearance_name,colour_group_name,index_group_name
0108775015,0108775,Strap top,Vest top,Solid,Black,Ladieswear
0108775044,0108775,Strap top,Vest top,Solid,White,Ladieswear
0110065001,0110065,"OP T-shirt, Idro",Bra,Solid,Black,Ladieswear
0111565001,0111565,20 den 1p Stockings,Underwear Tights,Solid,Black,Ladieswear
0111593001,0111593,Support 40 den,Trousers,Solid,Black,Ladieswear
x,0,Broken,Trousers,Solid,Black,Ladieswear
"""
NEVER_SOLD = "the article was never sold in transactions_train.csv, so it has no price"
SALES = """\
t_dat,customer_id,article_id,price,sales_channel_id
2018-09-20,000058a1,0108775015,0.01,2
2018-09-20,000058a1,0108775015,0.03,2
2018-09-20,00007d2d,0108775044,0.016932203389830508,2
2018-09-21,00007d2d,0110065001,0.0254,1
2018-09-21,00007d2d,0111565001,0.0254,1
2018-09-21,00007d2d,0999999999,0.5,1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "hm"
    (root / "images" / "010").mkdir(parents=True)
    (root / "articles.csv").write_text(ARTICLES)
    (root / "transactions_train.csv").write_text(SALES)
    (root / "images" / "010" / "0108775015.jpg").write_bytes(picture(picture_format="JPEG"))
    return root


def test_articles_come_in_at_the_mean_price_of_their_sales(
    folder: Path, importer: Importer
) -> None:
    source = open_hm(folder, mean_prices(folder / "transactions_train.csv"), price_factor=590)
    pictures = PictureSource(importer.images, folder / "images")
    problems = importer.problems
    counts = import_rows(importer.store, source.rows(), pictures, EUR, problems.append)
    assert (counts.changed, counts.left_out, counts.no_picture) == (3, 3, 2)
    assert [(p.row, p.product_id, p.reason.partition(";")[0]) for p in problems] == [
        (3, "0108775044", f"picture '010/0108775044.jpg' is not in {folder / 'images'}"),
        (4, "0110065001", f"picture '011/0110065001.jpg' is not in {folder / 'images'}"),
        (5, "0111565001", "product_type_name 'Underwear Tights' means none of the 13 categories"),
        (6, "0111593001", NEVER_SOLD),
        (7, "x", "article_id 'x' is no number of 10 digits"),
    ]
    strap_top = importer.store.get_product("0108775015")
    assert strap_top is not None
    assert (strap_top.title, strap_top.brand) == ("Strap top", "H&M")
    assert (strap_top.category, strap_top.price_minor) == (Category.T_SHIRT, 1180)
    assert strap_top.image_key is not None
    assert strap_top.attributes == {
        "colour": "Black",
        "pattern": "Solid",
        "section": "Ladieswear",
        "type": "Vest top",
    }
    other = importer.store.get_product("0108775044")
    assert other is not None
    assert other.price_minor == 999


def test_a_mean_price_is_rounded_in_a_currency_without_decimals(
    folder: Path, importer: Importer
) -> None:
    source = open_hm(folder, mean_prices(folder / "transactions_train.csv"), price_factor=590)
    pictures = PictureSource(importer.images, folder / "images")
    import_rows(importer.store, source.rows(), pictures, ImportPlan("JPY"), lambda _: None)
    other = importer.store.get_product("0108775044")
    assert other is not None
    assert (other.price_minor, other.currency) == (10, "JPY")


@pytest.mark.parametrize(
    "sales",
    ["", "article_id\n1\n", "article_id,price\nx,1\n", "article_id,price\n1,cheap\n"],
)
def test_sales_that_can_t_be_read_are_told(tmp_path: Path, sales: str) -> None:
    (tmp_path / "sales.csv").write_text(sales)
    with pytest.raises(TableError, match="can't be read"):
        mean_prices(tmp_path / "sales.csv")


def test_sales_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="can't be read"):
        mean_prices(tmp_path / "sales.csv")


def test_articles_that_lack_a_column_are_told(folder: Path) -> None:
    (folder / "articles.csv").write_text("article_id,prod_name\n")
    with pytest.raises(TableError, match=r"no column .* none product_type_name"):
        open_hm(folder, mean_prices(folder / "transactions_train.csv"), 590)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), max_size=300),
)
def test_means_are_those_of_all_sales(
    tmp_path_factory: pytest.TempPathFactory, sales: list[tuple[int, float]]
) -> None:
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    lines = [f"2018-09-20,c,{article:010},{price!r},1\n" for article, price in sales]
    path.write_text("t_dat,customer_id,article_id,price,sales_channel_id\n" + "".join(lines))
    means = mean_prices(path)
    assert means.sales == len(sales)
    for article in range(51):
        prices = [price for sold, price in sales if sold == article]
        mean = sum(prices) / len(prices) if prices else None
        assert means.mean(article) == (None if mean is None else pytest.approx(mean))
