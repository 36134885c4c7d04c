"""Studio photos: a close-up on white keeps its garment, other photos keep the network's mask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout
from lookalike.vision.segment import cut_out
from lookalike.vision.studio import completed_on_white, white_around

RED, COLLAR = (150, 20, 40), (20, 20, 60)
SIZE = (400, 420)


def close_up(background: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """A garment that fills the picture but for its upper corners, with another collar."""
    photo = Image.new("RGB", SIZE, background)
    pen = ImageDraw.Draw(photo)
    pen.polygon([(0, 420), (0, 260), (150, 60), (250, 60), (400, 260), (400, 420)], fill=RED)
    pen.rectangle((150, 60, 250, 110), fill=COLLAR)
    return photo


def collar_alone(picture: Image.Image) -> Image.Image:
    """A mask as the network gives of a close-up: what is salient."""
    near = np.abs(np.asarray(picture).astype(int) - COLLAR).max(axis=2) < 20
    return Image.fromarray(np.where(near, 255, 0).astype(np.uint8))


def red_in(picture: Image.Image | Cutout) -> npt.NDArray[np.bool_]:
    """(H, W): which pixels are the garment's."""
    near: npt.NDArray[np.bool_] = np.abs(np.asarray(picture).astype(int) - RED).max(axis=2) < 20
    return near


def test_a_close_up_on_white_keeps_all_of_its_garment() -> None:
    photo = close_up()
    alpha = np.asarray(completed_on_white(photo, collar_alone(photo)))
    assert (alpha[red_in(photo)] == 255).all()
    assert alpha[0, 0] == alpha[0, -1] == 0
    assert red_in(cut_out(collar_alone, photo, CropBoxPx(0, 0, *SIZE))).mean() > 0.4


@pytest.mark.parametrize("background", [(232, 230, 228), (120, 160, 120), (245, 240, 215)])
def test_on_any_other_background_the_mask_stays(background: tuple[int, int, int]) -> None:
    photo = close_up(background)
    mask = collar_alone(photo)
    assert completed_on_white(photo, mask) is mask


def test_a_light_that_is_too_bright_for_the_camera_is_no_studio() -> None:
    shades = np.linspace(150, 300, SIZE[1]).clip(0, 255).astype(np.uint8)
    floor = np.repeat(np.repeat(shades[:, None, None], SIZE[0], axis=1), 3, axis=2)
    photo = Image.fromarray(floor)
    photo.paste(RED, (100, 100, 300, 300))
    assert (floor[-1] == 255).all()
    assert not white_around(photo)


def test_a_photo_on_a_white_page_keeps_the_mask_that_leaves_its_background_out() -> None:
    page = Image.new("RGB", (500, 560), "white")
    page.paste(close_up((90, 140, 90)), (50, 60))
    assert white_around(page)
    mask = collar_alone(page)
    assert completed_on_white(page, mask) is mask


def test_a_mask_that_dropped_little_stays_as_it_is() -> None:
    photo = close_up()
    alpha = np.where(np.asarray(photo).min(axis=2) < 240, 255, 0).astype(np.uint8)
    alpha[400:] = 0
    mask = Image.fromarray(alpha)
    assert completed_on_white(photo, mask) is mask


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1, 400)])
def test_a_white_crop_without_anything_keeps_its_mask(size: tuple[int, int]) -> None:
    mask = Image.new("L", size, 0)
    assert completed_on_white(Image.new("RGB", size, "white"), mask) is mask
