"""What terminals paste when a file is dropped into them."""

from __future__ import annotations

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


@pytest.mark.parametrize("pasted", ["", "  \n", "''", "file://[x"])
def test_nothing_is_no_path(pasted: str) -> None:
    assert dropped_path(pasted) is None
