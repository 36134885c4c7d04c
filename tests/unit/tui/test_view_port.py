"""Cells of the terminal to pixels of the photo."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.search.crop_box import Box, Size, between
from tui.search.view_port import drag, fit


def test_a_photo_keeps_its_shape_with_two_pixels_a_cell_in_height() -> None:
    assert (fit(Size(400, 400), 80, 20).columns, fit(Size(400, 400), 80, 20).rows) == (40, 20)
    assert (fit(Size(1000, 100), 40, 20).columns, fit(Size(1000, 100), 40, 20).rows) == (40, 2)


def test_a_drag_over_all_cells_is_the_whole_photo() -> None:
    view = fit(Size(437, 311), 60, 20)
    ends = drag(view, (0, 0), (view.columns - 1, view.rows - 1))
    assert between(*ends, view.photo) == Box(0, 0, 437, 311)


def test_a_drag_takes_the_cells_at_both_ends_in_whole() -> None:
    view = fit(Size(400, 400), 40, 20)
    there = between(*drag(view, (10, 5), (19, 9)), view.photo)
    back = between(*drag(view, (19, 9), (10, 5)), view.photo)
    assert there == back == Box(100, 100, 100, 100)


@given(
    st.integers(8, 5000),
    st.integers(8, 5000),
    st.integers(1, 200),
    st.integers(1, 60),
    st.integers(-5, 300),
    st.integers(-5, 300),
)
def test_every_cell_shows_a_pixel_of_the_photo(
    width: int, height: int, columns: int, rows: int, column: int, row: int
) -> None:
    view = fit(Size(width, height), columns, rows)
    assert 1 <= view.columns <= columns
    assert 1 <= view.rows <= rows
    for far in (False, True):
        x, y = view.corner_at(column, row, far=far)
        assert 0 <= x < width
        assert 0 <= y < height
