import numpy as np
import pytest

from lookalike.vision.colour import colour_histograms, lab_of


def cutout(colour: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.full((64, 64, 3), 255, np.uint8)
    picture[16:48, 16:48] = colour
    return picture


def test_lab_of_known_colours() -> None:
    rgb = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8)
    expected = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]]
    assert lab_of(rgb) == pytest.approx(np.array(expected), abs=0.05)


def test_alike_colours_lie_nearer_than_others_and_white_is_left_out() -> None:
    red, darker, blue = colour_histograms(
        np.stack([cutout((200, 20, 30)), cutout((185, 18, 28)), cutout((20, 30, 190))])
    )
    assert red @ red == pytest.approx(1.0, abs=1e-5)
    assert red @ darker > 0.8 > 0.2 > red @ blue


def test_an_empty_cutout_has_no_colour() -> None:
    assert colour_histograms(np.full((1, 64, 64, 3), 255, np.uint8)).sum() == 0.0
