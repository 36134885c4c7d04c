"""What terminals paste when a file is dropped into them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.search.dropped_path import dropped_path


@pytest.mark.parametrize(
    "pasted",
    [
        "/photos/my look.jpg",
        "  /photos/my look.jpg \n",
        "'/photos/my look.jpg'",
        '"/photos/my look.jpg"',
        r"/photos/my\ look.jpg",
        "file:///photos/my%20look.jpg",
        "/photos/my look.jpg\n/photos/another.jpg",
    ],
)
def test_a_dropped_file_is_found(pasted: str) -> None:
    assert dropped_path(pasted) == Path("/photos/my look.jpg")


def test_home_is_known() -> None:
    assert dropped_path("~/look.jpg") == Path.home() / "look.jpg"


@pytest.mark.parametrize("pasted", ["~nobodyx/a.jpg", "~50 EUR is too dear", "x" * 300])
def test_a_path_that_is_none_is_left_as_it_is(pasted: str) -> None:
    assert dropped_path(pasted) == Path(pasted)


def test_a_file_that_has_backslashes_in_its_name_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / r"a\ b.jpg"
    path.touch()
    assert dropped_path(str(path)) == path


@pytest.mark.parametrize("pasted", [r"'{}women'\''s dress.jpg'", """'{}women'"'"'s dress.jpg'"""])
def test_a_name_with_a_quote_is_found_as_shells_write_it(pasted: str, tmp_path: Path) -> None:
    path = tmp_path / "women's dress.jpg"
    path.touch()
    assert dropped_path(pasted.format(f"{tmp_path}/")) == path


@pytest.mark.parametrize("pasted", ["'{0}/a b.jpg' '{0}/c.jpg'", r"{0}/a\ b.jpg {0}/c.jpg"])
def test_of_more_files_on_a_line_the_first_is_taken(pasted: str, tmp_path: Path) -> None:
    for name in ("a b.jpg", "c.jpg"):
        (tmp_path / name).touch()
    assert dropped_path(pasted.format(tmp_path)) == tmp_path / "a b.jpg"


def test_the_beginning_of_a_path_that_is_not_there_is_no_folder_meant(tmp_path: Path) -> None:
    (tmp_path / "my").mkdir()
    assert dropped_path(f"{tmp_path}/my look.jpg") == tmp_path / "my look.jpg"


def test_a_quote_that_is_part_of_a_name_needs_no_second_one(tmp_path: Path) -> None:
    path = tmp_path / "women's dress.jpg"
    assert dropped_path(str(path)) == path
    path.touch()
    assert dropped_path(str(path)) == path


def test_a_name_that_is_not_utf8_is_found_by_its_address(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode("원피스.jpg".encode("cp949"))
    assert dropped_path(path.as_uri()) == path


@pytest.mark.parametrize("pasted", ["", "  \n", "''", "file://[x"])
def test_nothing_is_no_path(pasted: str) -> None:
    assert dropped_path(pasted) is None
