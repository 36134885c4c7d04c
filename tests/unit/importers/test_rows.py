"""Table files of all kinds give their rows one by one, the broken ones among them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from unicodedata import normalize

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.importers.listing import COLUMNS
from catalog.importers.rows import ColumnPlan, RawRow, TableError
from catalog.importers.table_files import open_table

PLAN = ColumnPlan()
HEADER = "id,title,category,price\n"


def rows_of(path: Path, content: str | bytes, encoding: str | None = None) -> list[RawRow]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(open_table(path, PLAN, encoding).rows())


def test_a_row_comes_with_its_line_number_and_how_far_it_is(tmp_path: Path) -> None:
    content = HEADER + '1,"two\nlines",hat,5\n\n2,Hat,hat,6\n'
    rows = rows_of(tmp_path / "a.csv", content)
    assert [row.number for row in rows] == [2, 5]
    assert rows[0].fields == {"id": "1", "title": "two\nlines", "category": "hat", "price": "5"}
    assert rows[-1].done == len(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_the_header(tmp_path: Path, delimiter: str) -> None:
    content = "id,title,category,price\n1,a,hat,5\n".replace(",", delimiter)
    assert rows_of(tmp_path / "a.csv", content)[0].fields["price"] == "5"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_encoding_is_told_by_its_mark(tmp_path: Path, encoding: str) -> None:
    content = (HEADER + "1,원피스,dress,5\n").encode(encoding)
    assert rows_of(tmp_path / "a.csv", content)[0].fields["title"] == "원피스"


@pytest.mark.parametrize("encoding", ["utf-8", "utf8", "utf-16-le"])
def test_a_mark_is_no_part_of_the_header_where_the_encoding_is_named(
    tmp_path: Path, encoding: str
) -> None:
    content = ("\ufeff" + HEADER.replace("id", '"id"') + "1,a,dress,5\n").encode(encoding)
    assert rows_of(tmp_path / "a.csv", content, encoding)[0].fields["id"] == "1"


def test_another_encoding_can_be_named(tmp_path: Path) -> None:
    content = (HEADER + "1,원피스,dress,5\n").encode("cp949")
    assert rows_of(tmp_path / "a.csv", content, "cp949")[0].fields["title"] == "원피스"


@pytest.mark.parametrize("encoding", ["cp949", "cp932", "utf-16-le"])
def test_a_header_of_another_encoding_is_told_to_be_so(tmp_path: Path, encoding: str) -> None:
    content = "品番,品名,category,price\n1,a,hat,5\n".encode(encoding)
    with pytest.raises(TableError) as refused:
        rows_of(tmp_path / "a.csv", content)
    assert refused.value.message == (
        f"the header of {tmp_path / 'a.csv'} is no utf-8 text; --encoding names another, such as "
        "cp949 (Korean), cp932 (Japanese), cp1252 (Western European) or utf-16-le"
    )


def test_one_column_of_another_encoding_is_as_good_as_one_that_is_not_wanted(
    tmp_path: Path,
) -> None:
    content = "id,title,category,price,색\n1,a,hat,5,red\n".encode("cp949")
    assert rows_of(tmp_path / "a.csv", content)[0].fields["title"] == "a"


def test_bytes_of_another_encoding_cost_their_row_alone(tmp_path: Path) -> None:
    content = HEADER.encode() + b"1,Sch\xf6n,hat,5\n2,ok,hat,5\n"
    broken, good = rows_of(tmp_path / "a.csv", content)
    assert broken.problem == "the row is no utf-8 text; --encoding names another"
    assert (good.problem, good.fields["title"]) == ("", "ok")


@pytest.mark.parametrize(
    "broken",
    ['1,"never closed,hat,5', '1,"closed" early,hat,5', "1,too,few", "1,one,too,many,cells"],
)
def test_a_broken_line_costs_itself_alone(tmp_path: Path, broken: str) -> None:
    content = HEADER + f'0,a,hat,5\n{broken}\n2,b,hat,5\n3,"c, quoted",hat,5\n4,d,hat,5\n'
    rows = rows_of(tmp_path / "a.csv", content)
    assert [row.number for row in rows] == [2, 3, 4, 5, 6]
    assert [bool(row.problem) for row in rows] == [False, True, False, False, False]
    assert [row.fields["id"] for row in rows if not row.problem] == ["0", "2", "3", "4"]


def test_an_endless_cell_costs_its_line_alone(tmp_path: Path) -> None:
    content = HEADER + f'1,"{"x" * 1_000_000},hat,5\n2,b,hat,5\n'
    rows = rows_of(tmp_path / "a.csv", content)
    assert [(row.number, bool(row.problem)) for row in rows] == [(2, True), (3, False)]


def test_a_long_cell_is_taken_and_one_above_the_limit_costs_its_row_alone(tmp_path: Path) -> None:
    long, too_long = "line\n" * 100_000, "line\n" * 300_000
    content = HEADER + f'1,"{long}",hat,5\n2,"{too_long}",hat,5\n3,c,hat,5\n'
    first, second, third = rows_of(tmp_path / "a.csv", content)
    assert (first.problem, first.fields["title"]) == ("", long)
    assert second.problem == "the row has a cell of more than 1,048,576 characters"
    assert (second.number, second.fields["id"]) == (100_003, "2")
    assert (third.number, third.problem, third.fields["id"]) == (400_004, "", "3")


def test_a_quote_that_is_never_closed_costs_its_line_alone_in_a_long_file(tmp_path: Path) -> None:
    rest = "2,b,hat,5\n" * 40_000
    rows = rows_of(tmp_path / "a.csv", HEADER + f'1,"open,hat,5\n{rest}')
    assert [row.number for row in rows if row.problem] == [2]
    assert len(rows) == 40_001


def test_headers_are_known_in_other_spellings(tmp_path: Path) -> None:
    content = " Article ID ;NAME;Category;Price;Item-URL\n1;a;hat;5;https://shop.example/1\n"
    fields = rows_of(tmp_path / "a.csv", content)[0].fields
    assert set(fields) == {"article_id", "name", "category", "price", "item_url"}


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_headers_are_known_however_their_letters_are_composed(tmp_path: Path, name: str) -> None:
    """As Macs write them, and half and full width."""
    wide = "ＩＤ", normalize("NFD", "상품명"), "ｶﾃｺﾞﾘ", "price"
    cells = "1", "a", "hat", "5"
    content = (
        ",".join(wide) + "\n" + ",".join(cells) + "\n"
        if name.endswith("csv")
        else json.dumps(dict(zip(wide, cells, strict=True))) + "\n"
    )
    (tmp_path / name).write_text(content)
    named = ColumnPlan({**COLUMNS, "title": ("상품명",), "category": ("カテゴリ",)})
    (only,) = open_table(tmp_path / name, named).rows()
    assert only.fields == {"id": "1", "상품명": "a", "カテゴリ": "hat", "price": "5"}


@pytest.mark.parametrize("odd", ['"size" (cm)', '"open', 'in"side', '"two\nlines"'])
def test_quotes_of_a_header_do_not_keep_its_rows_from_being_read(tmp_path: Path, odd: str) -> None:
    content = f'id,title,category,price,{odd}\n1,"a",hat,5,"7"\n2,b,hat,5,"8"\n'
    rows = rows_of(tmp_path / "a.csv", content)
    assert [row.number for row in rows] == [2 + odd.count("\n"), 3 + odd.count("\n")]
    assert [(row.fields["id"], row.fields["price"], row.problem) for row in rows] == [
        ("1", "5", ""),
        ("2", "5", ""),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "", "has no header line"),
        ("a.csv", "\n\n", "has no header line"),
        ("a.csv", "id,title,category\n", "has no column price"),
        ("a.csv", "id,title,category,price,price\n", "has the column price twice"),
        ("a.csv", "id,title,category,price,ｐｒｉｃｅ\n", "has the column price twice"),
        ("a.xlsx", "", "unknown ending"),
        ("a.parquet", "PAR1 not really", "is no Parquet file"),
    ],
)
def test_a_file_that_is_no_table_of_products_is_refused(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(TableError, match=reason):
        open_table(tmp_path / name, PLAN)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match="can't be read: No such file"):
        open_table(tmp_path / name, PLAN)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize("encoding", ["nonsense", "hex", "rot13", "undefined"])
def test_an_encoding_that_is_unknown_or_of_no_text_is_refused(
    tmp_path: Path, name: str, encoding: str
) -> None:
    (tmp_path / name).write_text(HEADER)
    with pytest.raises(TableError, match=f"can't be read as {encoding}"):
        open_table(tmp_path / name, PLAN, encoding)


def test_json_lines_that_are_no_objects_cost_themselves_alone(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"id": 1, "price": 5.5}',
        b"not json",
        b"[1]",
        b"",
        b"\xff",
        b"[" * 100_000,
        b'"' + b"x" * 3_000_000 + b'"',
        b'{"id": 2, "price": ' + b"1" * 5_000 + b"}",
        b'{"id": 3}',
    ]
    rows = rows_of(tmp_path / "a.jsonl", b"\n".join(lines))
    assert [(r.number, r.fields.get("id")) for r in rows if not r.problem] == [(1, 1), (9, 3)]
    assert [r.problem for r in rows if r.problem] == [
        "the line is no JSON",
        "the line is no JSON object",
        "the line is no utf-8 text",
        "the line is no JSON",
        "the line has more than 1,048,576 bytes",
        "the line is no JSON",
    ]


def test_keys_of_json_lines_are_known_in_other_spellings(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"Article ID": 1, "Item-URL": "/1", "Colour ": "red", "Fit": "slim", "n": 2}')
    (row,) = open_table(file, ColumnPlan(others=("colour",))).rows()
    assert row.fields == {"article_id": 1, "item_url": "/1", "colour": "red", "Fit": "slim", "n": 2}


def test_a_line_with_two_spellings_of_a_wanted_key_costs_itself_alone(tmp_path: Path) -> None:
    lines = '{"id": 1, "price": 5, "Price": 6}\n{"id": 2, "Fit": 1, "Fit ": 2, "price": 7}\n'
    rows = rows_of(tmp_path / "a.jsonl", lines)
    assert [(r.fields["id"], r.problem) for r in rows] == [(1, "the line has price twice"), (2, "")]


@pytest.mark.parametrize(
    ("number", "held"),
    [
        ("29.900", "29.900"),
        ("299.000", "299.000"),
        ("12.995", "12.995"),
        ("29.9", 29.9),
        ("0.990", 0.99),
        ("1299.000", 1299.0),
        ("-29.900", -29.9),
        ("2.990E4", 29900.0),
    ],
)
def test_a_number_of_json_lines_whose_point_may_group_thousands_stays_as_written(
    tmp_path: Path, number: str, held: float | str
) -> None:
    (row,) = rows_of(tmp_path / "a.jsonl", f'{{"price": {number}}}'.encode())
    assert row.fields == {"price": held}


def test_parquet_gives_its_wanted_columns(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": [1, 2],
            "Title": ["a", "b"],
            "category": ["hat"] * 2,
            "price": [5.5, None],
            "x": [0] * 2,
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    source = open_table(tmp_path / "a.parquet", PLAN)
    rows = list(source.rows())
    assert source.size == 2
    assert [(row.number, row.done) for row in rows] == [(1, 1), (2, 2)]
    assert rows[0].fields == {"id": 1, "title": "a", "category": "hat", "price": 5.5}


def test_a_parquet_map_is_an_object(tmp_path: Path) -> None:
    kind = pa.map_(pa.string(), pa.string())
    columns = {"id": ["1"], "title": ["a"], "category": ["hat"], "price": [5]}
    held = pa.array([[("colour", "red"), ("fit", "slim")]], kind)
    pq.write_table(pa.table({**columns, "attributes": held}), tmp_path / "a.parquet")
    (row,) = open_table(tmp_path / "a.parquet", PLAN).rows()
    assert row.fields["attributes"] == {"colour": "red", "fit": "slim"}


def test_a_parquet_row_that_is_no_text_costs_itself_alone(tmp_path: Path) -> None:
    texts = pa.array([b"a", b"\xff", b"c"]).cast(pa.string(), safe=False)
    columns = {"id": ["1", "2", "3"], "title": texts, "category": ["hat"] * 3, "price": [5] * 3}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    rows = list(open_table(tmp_path / "a.parquet", PLAN).rows())
    assert [(row.number, row.fields.get("title")) for row in rows] == [
        (1, "a"),
        (2, None),
        (3, "c"),
    ]
    assert [bool(row.problem) for row in rows] == [False, True, False]
    assert "can't decode byte 0xff" in rows[1].problem


def test_parquet_that_breaks_off_is_told_where(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    ids = [f"{i:064}" for i in range(5_000)]
    columns = {"id": ids, "title": ids, "category": ids, "price": ids}
    pq.write_table(pa.table(columns), path, row_group_size=1_000, compression="none")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200_000] = b"\xff" * 200_000
    path.write_bytes(content)
    with pytest.raises(TableError, match="can't be read beyond row"):
        list(open_table(path, PLAN).rows())


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20))
def test_any_text_comes_back_out_of_a_csv(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["id", "title", "category", "price"])
    writer.writerows([i, title, "hat", 1] for i, title in cells)
    path.write_bytes(text.getvalue().encode())
    rows = open_table(path, PLAN).rows()
    assert [(row.fields["id"], row.fields["title"], row.problem) for row in rows] == [
        (i, title, "") for i, title in cells
    ]


@given(st.binary(max_size=400))
def test_no_bytes_break_a_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("rubbish")
    for row in rows_of(folder / "a.csv", HEADER.encode() + content):
        assert row.problem or len(row.fields) == 4
    for row in rows_of(folder / "a.jsonl", content):
        assert row.problem or isinstance(json.dumps(dict(row.fields)), str)


@given(
    st.text(st.characters(codec="utf-8"), max_size=40) | st.text('a",;\t|\r\n', max_size=12),
    st.text('a",;\r\n1', max_size=60),
)
@example('"size" (cm)', "1,a,hat,5,7\n")
@example('"open', "1,a,hat,5,7\n")
def test_no_header_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, cell: str, lines: str
) -> None:
    folder = tmp_path_factory.mktemp("headers")
    try:
        rows = rows_of(folder / "a.csv", f"id,title,category,price,{cell}\n{lines}")
    except TableError:
        return
    assert all(
        row.problem or {"id", "title", "category", "price"} <= set(row.fields) for row in rows
    )
