import numpy as np
from PIL import Image

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.framing import framed, part_of

NAVY = np.array([0, 0, 128])


def test_a_framed_picture_is_whole_and_centred_on_white() -> None:
    square = framed(Image.new("RGB", (50, 100), "navy"))
    assert square.shape == (224, 224, 3)
    assert (square[:, :50] == 255).all()
    assert (square[:, 60:160] == NAVY).all()


def test_of_a_photo_the_box_alone_is_framed_with_its_background() -> None:
    photo = Image.new("RGB", (2000, 1000), "white")
    photo.paste("navy", (1000, 0, 2000, 1000))
    assert (framed(photo, CropBoxPx(1000, 0, 1000, 1000))[:, 2:] == NAVY).all()
    half_and_half = framed(photo, CropBoxPx(500, 0, 1000, 1000))
    assert (half_and_half[:, :100] == 255).all()
    assert (half_and_half[:, 124:] == NAVY).all()


def test_a_part_of_a_smaller_picture_is_found_by_the_photos_pixels() -> None:
    shown, box = CropBoxPx(100, 100, 400, 200), CropBoxPx(200, 150, 100, 50)
    picture = Image.new("L", (200, 100), 0)
    picture.paste(255, (50, 25, 100, 50))
    assert np.asarray(part_of(picture, shown, box, (80, 40)))[2:-2, 2:-2].min() == 255
    beside = CropBoxPx(320, 150, 180, 150)
    assert np.asarray(part_of(picture, shown, beside, (80, 40))).max() == 0
