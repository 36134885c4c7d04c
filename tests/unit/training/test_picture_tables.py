"""Tables of pictures as others write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.picture_tables import read_articles, read_labels, read_pictures


@pytest.mark.parametrize(
    "content",
    [
        b"image,category\na.jpg,hat\nb.jpg,shoes\n",
        b"\xef\xbb\xbfimage;category\r\na.jpg;hat\r\nb.jpg;shoes\r\n",
        b"Image\tCategory\nA.JPG\tHat\nb\tshoes\n",
        b"\n \nnote, photo , category\n,a , hat\nx, b.jpg , shoes \n",
        "image,category\na.jpg,hat\nb.jpg,shoes\n".encode("utf-16"),
    ],
)
def test_spellings_of_one_table_read_alike(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").touch()
    (tmp_path / "b.JPG").touch()
    (tmp_path / "labels.csv").write_bytes(content)
    found = read_labels(tmp_path / "labels.csv", tmp_path, boxes=False)
    assert [CATEGORIES[label] for label in found.labels] == ["hat", "shoes"]
    names = [picture.path.name for picture in found.pictures]
    assert names[0] == "a.jpg"
    assert names[1] in ("b.JPG", "b.jpg")
    assert not found.problems
    assert not found.unknown


def test_a_row_is_named_by_whichever_column_does(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("photo,image,category\n,a.jpg,hat\nb.jpg,,hat\nc.jpg,d.jpg,hat\n,,hat\n")
    for found in (read_labels(table, tmp_path, False), read_pictures(table, None, False)):
        assert [picture.path.name for picture in found.pictures] == ["a.jpg", "b.jpg", "d.jpg"]
        assert found.problems == [f"{table}, row 5 names no picture"]


def test_a_name_without_suffix_or_in_other_letters_is_found(tmp_path: Path) -> None:
    for name in ("c.JPG", "e.Jpeg", "f.gif"):
        (tmp_path / name).touch()
    table = tmp_path / "labels.csv"
    table.write_text("image,category\nc,hat\nE,hat\nf.GIF,hat\n")
    found = read_labels(table, tmp_path, boxes=False)
    assert [picture.path.name for picture in found.pictures] == ["c.JPG", "e.Jpeg", "f.gif"]


def test_a_name_with_backslashes_is_found_and_no_folder_is_a_picture(tmp_path: Path) -> None:
    for name in ("1/front.jpg", "1.jpg", "whole\\name.jpg", "whole/name.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    table = tmp_path / "labels.csv"
    table.write_text("image,category\n1\\front.jpg,hat\n1,hat\nwhole\\name.jpg,hat\n1\\x,hat\n")
    found = read_labels(table, tmp_path, boxes=False)
    names = [str(picture.path.relative_to(tmp_path)) for picture in found.pictures]
    assert names == ["1/front.jpg", "1.jpg", "whole\\name.jpg", "1/x"]


@pytest.mark.parametrize(
    ("rows", "images", "torn"),
    [
        ('a,hat,"6 inches\nb,hat,ok\nc,hat,ok\n', ["b", "c"], 2),
        ('a,hat,ok\nb,hat,"6 inches\nc,hat,"ok"\n', ["a", "c"], 3),
        ('a,hat,"6 inches\nb,hat,6",x\nc,hat,ok\n', ["b", "c"], 2),
        ('a,hat,"6" wide\nb,hat,"two\nlines"\n', ["b"], 2),
        ('a,hat,6" wide\nb,hat,""\n', ["a", "b"], None),
    ],
)
def test_a_quote_that_is_not_closed_costs_its_own_line_alone(
    tmp_path: Path, rows: str, images: list[str], torn: int | None
) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(f"image,category,note\n{rows}")
    found = read_labels(table, tmp_path, boxes=False)
    assert [picture.path.name for picture in found.pictures] == images
    told = [] if torn is None else [f"{table}, row {torn}: a quote is open or misplaced"]
    assert found.problems == told


def test_a_header_with_a_quote_of_its_own_is_one_line(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    for name in ('"size" (cm)', '"size'):
        table.write_text(f"image,category,{name}\na,hat,1\n")
        assert len(read_labels(table, tmp_path, boxes=False).pictures) == 1


def test_rows_that_will_not_do_are_named_and_cost_no_other(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "image,category,x,y,w,h\na,hat,1,2,3\nb,hat,1,,3,4\n,hat,1,2,3,4\nc,Top wear,1,2,3,4\n"
        f"{'d' * 300},hat,1,2,3,4\ne,hat,0.1,.2,0.3,1\n"
    )
    found = read_labels(table, tmp_path, boxes=True)
    assert [picture.box for picture in found.pictures] == [(1.0, 2.0, 3.0, 4.0)]
    assert found.unknown == {"Top wear": 1}
    assert found.problems == [
        f"{table}, row 2: 1, 2, 3, nothing is no box of four numbers",
        f"{table}, row 3: 1, nothing, 3, 4 is no box of four numbers",
        f"{table}, row 4 names no picture",
        f"{table}, row 7: 0.1, .2, 0.3, 1 is no box in pixels: these seem to be parts of the "
        "photo's sides",
    ]


def test_a_long_description_is_no_obstacle(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(f"image,text,category\na,{'x' * 200_000},hat\n")
    assert len(read_labels(table, tmp_path, boxes=False).pictures) == 1


def test_what_is_no_text_is_told_with_its_file(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_bytes("image,category\na,원피스\n".encode("cp949"))
    with pytest.raises(ValueError, match="is no UTF-8 text"):
        read_labels(table, tmp_path, boxes=False)


def test_articles_lie_beside_their_table_or_in_a_folder(tmp_path: Path) -> None:
    table = tmp_path / "shop" / "products.csv"
    table.parent.mkdir()
    table.write_text("article_id,image_path\n A-1 , a.jpg \nA-2\n")
    found = read_articles(table)
    assert found.articles == ["A-1"]
    assert found.problems == [f"{table}, row 3 lacks its article_id or image_path"]
    assert found.pictures[0].path == tmp_path / "shop" / "a.jpg"
    elsewhere = read_pictures(table, tmp_path / "pictures", boxes=False)
    assert elsewhere.pictures[0].path == tmp_path / "pictures" / "a.jpg"


def test_a_view_is_asked_for_in_any_letters_and_one_that_is_not_there_is_refused(
    tmp_path: Path,
) -> None:
    table = tmp_path / "views.csv"
    table.write_text("article_id,view,image_path\nA-1,Back,a.jpg\nA-1,alt1,b.jpg\nA-2,,c.jpg\n")
    assert read_articles(table, ["BACK"]).articles == ["A-1"]
    with pytest.raises(ValueError, match=r"the view side; there are alt1 and back$"):
        read_articles(table, ["back", "side"])
    rows = "".join(f"A-1,v{n},a.jpg\n" for n in range(12))
    table.write_text(f"article_id,view,image_path\n{rows}")
    with pytest.raises(ValueError, match=r"there are v0, v1, v10, .* v7 and 2 more$"):
        read_articles(table, ["back"])
    table.write_text("article_id,view,image_path\nA-1,,a.jpg\n")
    with pytest.raises(ValueError, match=r"there is none$"):
        read_articles(table, ["back"])


def test_pictures_alone_need_no_category_and_take_boxes_of_any_table(tmp_path: Path) -> None:
    table = tmp_path / "products.csv"
    table.write_text("article_id,image_path,category,x,y,w,h\nA-1,a,tie,1,2,30,40\nA-2,b,hat,1,2\n")
    found = read_pictures(table, None, boxes=True)
    assert [picture.box for picture in found.pictures] == [(1.0, 2.0, 30.0, 40.0)]
    assert found.problems == [f"{table}, row 3: 1, 2, nothing, nothing is no box of four numbers"]
    table.write_text("image\na\n\n")
    assert len(read_pictures(table, None, boxes=False).pictures) == 1
    with pytest.raises(ValueError, match="no columns x, y, w, h for --boxes"):
        read_pictures(table, None, boxes=True)
