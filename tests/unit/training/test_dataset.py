"""The data folder's tables are read as forgivingly as those that are measured on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.dataset import LeftOut, load_samples, shop_samples
from lookalike.training.sample import NO_CLASS
from tests.unit.training.pictures import write_shop


def write(table: Path, content: bytes) -> None:
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_bytes(content)


def test_spellings_of_one_table_read_alike(tmp_path: Path) -> None:
    pictures = tmp_path / "clothing" / "images"
    pictures.mkdir(parents=True)
    for name in ("a.png", "b.jpg"):
        (pictures / name).touch()
    for content in (
        b"image,sender_id,category\na.png,1,hat\nb,2,\n",
        b"\xef\xbb\xbfImage;Sender_ID;category\r\n a.png ;1;Hat\r\nb;2\r\n\r\n",
        f"image\tsender_id\tcategory\tnote\nA\t1\thats\t{'x' * 200_000}\nb.jpg\t2\n".encode(),
    ):
        write(tmp_path / "clothing" / "labels.csv", content)
        one, other = load_samples(tmp_path)
        assert (one.path.name, other.path.name) == ("a.png", "b.jpg")
        assert CATEGORIES[one.class_index] == "hat"
        assert other.class_index == NO_CLASS
        assert (one.group, other.group) == ("1", "2")


def test_rows_that_will_not_do_are_told_with_their_table_and_cost_no_other(tmp_path: Path) -> None:
    write(
        tmp_path / "street" / "boxes.csv",
        b"photo,category,x,y,w,h\n1,hat,1.5,2,30.2,40\n2,hat,1,2,3\n,hat,1,2,3,4\n"
        b"3,socks,1,2,3,4\n4,hat,1,2,inf,4\n5,hat,1e308,2,1e308,4\n",
    )
    write(
        tmp_path / "shop" / "products.csv",
        b"article_id,category,image_path\nA-1,hat,a.jpg\nA-2,hat",
    )
    left_out = LeftOut()
    street, product = load_samples(tmp_path, left_out=left_out)
    assert street.box is not None
    assert street.box.corners == (2, 2, 32, 42)
    assert product.path == tmp_path / "shop" / "a.jpg"
    assert left_out.unknown == {"socks": 1}
    boxes, products = tmp_path / "street" / "boxes.csv", tmp_path / "shop" / "products.csv"
    assert left_out.problems == [
        f"{boxes}, row 3: 1, 2, 3, nothing is no box of four numbers",
        f"{boxes}, row 4 names no picture",
        f"{boxes}, row 6: 1, 2, inf, 4 is no box of four numbers",
        f"{boxes}, row 7: 1e308, 2, 1e308, 4 is no box of four numbers",
        f"{products}, row 3 lacks its article_id or image_path",
    ]


def test_a_torn_row_is_told_of_every_table(tmp_path: Path) -> None:
    street = tmp_path / "street"
    write(street / "boxes.csv", b'photo,category,x,y,w,h\n1,hat,1,2,30,"40\n2,hat,1,2,30,40\n')
    write(street / "tags.csv", b'photo,tags\n3,"hat\n')
    left_out = LeftOut()
    (sample,) = load_samples(tmp_path, left_out=left_out)
    assert sample.group == "2"
    assert [told.partition("street/")[2] for told in left_out.problems] == [
        f"{table}.csv, row 2: a quote is open or misplaced" for table in ("boxes", "tags")
    ]


def test_a_product_that_is_none_of_the_categories_takes_its_views_along(tmp_path: Path) -> None:
    write(tmp_path / "products.csv", b"article_id,category,image_path\nA-1,tie,a\nB-1,hat,b\n")
    write(tmp_path / "views.csv", b"article_id,view,image_path\nA-1,back,c\nB-1,back,d\n")
    assert [sample.path.name for sample in shop_samples(tmp_path)] == ["b", "d"]


def test_drawings_do_not_stand_in_for_data_that_is_not_there(tmp_path: Path) -> None:
    write_shop(tmp_path / "drawings", styles=2)
    with pytest.raises(FileNotFoundError, match="holds neither clothing/ nor street/ nor shop/"):
        load_samples(tmp_path, tmp_path / "drawings")


def test_one_style_that_is_most_of_a_shop_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shop_samples(write_shop(tmp_path / "usual", styles=8))
    assert not caplog.text
    rows = "".join(f"SKU-{n:04},hat,{n}.jpg\n" for n in range(12))
    write(tmp_path / "products.csv", f"article_id,category,image_path\n{rows}".encode())
    assert len(shop_samples(tmp_path)) == 12
    assert "12 of 12 articles are of the style 'SKU'" in caplog.text
