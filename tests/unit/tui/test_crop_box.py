"""The crop box stays inside the photo and large enough, whatever is done to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.contract.errors import BadCropError
from lookalike.vision.crop import MIN_CROP_PX, resolve_crop
from lookalike.vision.headers import PhotoInfo
from tui.search.crop_box import Box, Size, between, parse_box, whole

PHOTO = Size(400, 300)
BOX = Box(100, 100, 50, 60)
SIZES = st.builds(Size, st.integers(8, 3000), st.integers(8, 3000))


def texts(x: object, y: object, width: object, height: object) -> dict[str, str]:
    return {"x": str(x), "y": str(y), "width": str(width), "height": str(height)}


def test_it_moves_as_far_as_the_photo_lets_it() -> None:
    assert BOX.moved(10, -10, PHOTO) == Box(110, 90, 50, 60)
    assert BOX.moved(-999, 999, PHOTO) == Box(0, 240, 50, 60)


def test_its_lower_right_corner_moves_alone() -> None:
    assert BOX.stretched(5, -5, PHOTO) == Box(100, 100, 55, 55)
    assert BOX.stretched(999, -999, PHOTO) == Box(100, 100, 300, MIN_CROP_PX)


def test_it_grows_and_shrinks_on_every_side() -> None:
    assert BOX.grown(10, PHOTO) == Box(90, 90, 70, 80)
    assert BOX.grown(-10, PHOTO) == Box(110, 110, 30, 40)
    assert whole(PHOTO).grown(10, PHOTO) == whole(PHOTO)


def test_a_drag_in_any_direction_takes_both_ends_in() -> None:
    assert between((10, 20), (109, 79), PHOTO) == Box(10, 20, 100, 60)
    assert between((109, 79), (10, 20), PHOTO) == Box(10, 20, 100, 60)


@given(
    SIZES,
    st.tuples(st.integers(-50, 4000), st.integers(-50, 4000)),
    st.tuples(st.integers(-50, 4000), st.integers(-50, 4000)),
    st.lists(
        st.tuples(
            st.sampled_from(["moved", "stretched", "grown"]),
            st.integers(-700, 700),
            st.integers(-700, 700),
        ),
        max_size=6,
    ),
)
def test_whatever_is_done_the_service_takes_it_unclipped(
    photo: Size,
    first: tuple[int, int],
    second: tuple[int, int],
    steps: list[tuple[str, int, int]],
) -> None:
    box = between(first, second, photo)
    for action, dx, dy in steps:
        box = box.grown(dx, photo) if action == "grown" else getattr(box, action)(dx, dy, photo)
    info = PhotoInfo(photo.width, photo.height, "JPEG")
    used = resolve_crop(box.x, box.y, box.width, box.height, "px", info)
    assert not used.clipped
    assert used.box.corners == box.corners


def test_four_good_numbers_are_a_box() -> None:
    assert parse_box(texts(1, 2, " 30 ", 40), PHOTO) == Box(1, 2, 30, 40)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (texts("", 0, 10, 10), "x: a number"),
        (texts(0, "1.5", 10, 10), "y: a number"),
        (texts(400, 0, 10, 10), "x: 0 to 399"),
        (texts(0, 0, 401, 10), "width: 8 to 400"),
        (texts(100, 0, 301, 10), "width: 8 to 300"),
        (texts(0, 0, 10, 7), "height: 8 to 300"),
        (texts(395, 0, 8, 8), "x: 392 at most"),
        (texts(-1, 0, 10, 10), "x: 0 to 399"),
    ],
)
def test_bad_numbers_are_told_by_their_field(typed: dict[str, str], told: str) -> None:
    with pytest.raises(BadCropError, match=told):
        parse_box(typed, PHOTO)
