"""A photo and product pictures drawn from a few flat shapes, the same on every machine."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

from catalog.images import ImageFolder
from lookalike.products import Product
from tests.fakes import colour_catalogue

PHOTO_SIZE = (480, 640)
SHIRT_BOX = (120, 200, 240, 240)
"""x, y, width, height of the red shirt in the photo, which is all red."""


def street_photo() -> Image.Image:
    """A person in a red T-shirt on a street, 480 x 640."""
    photo = Image.new("RGB", PHOTO_SIZE, (126, 172, 204))
    draw = ImageDraw.Draw(photo)
    draw.rectangle((0, 120, 130, 520), fill=(196, 176, 150))
    draw.rectangle((350, 60, 480, 520), fill=(170, 146, 130))
    for top in (160, 260, 360):
        draw.rectangle((30, top, 90, top + 56), fill=(92, 108, 120))
        draw.rectangle((390, top, 450, top + 56), fill=(92, 108, 120))
    draw.rectangle((0, 520, 480, 640), fill=(120, 118, 116))
    draw.ellipse((200, 90, 280, 190), fill=(224, 178, 148))
    draw.pieslice((196, 80, 284, 170), 180, 360, fill=(66, 46, 38))
    draw.rectangle((96, 210, 384, 300), fill=(224, 178, 148))
    draw.rectangle((120, 200, 360, 440), fill=(200, 36, 34))
    draw.rectangle((150, 440, 330, 600), fill=(52, 66, 110))
    draw.rectangle((232, 470, 248, 600), fill=(120, 118, 116))
    return photo


def product_picture(red: int, green: int, blue: int, *, hat: bool) -> Image.Image:
    """A T-shirt or a hat of one colour on white, 200 x 240."""
    picture = Image.new("RGB", (200, 240), (248, 246, 243))
    draw = ImageDraw.Draw(picture)
    colour = (red, green, blue)
    if hat:
        draw.pieslice((50, 60, 150, 200), 180, 360, fill=colour)
        draw.ellipse((20, 115, 180, 150), fill=colour)
    else:
        draw.polygon([(60, 40), (140, 40), (190, 90), (165, 120), (145, 100), (145, 210)], colour)
        draw.polygon([(140, 40), (60, 40), (10, 90), (35, 120), (55, 100), (55, 210)], colour)
        draw.rectangle((55, 60, 145, 210), fill=colour)
        draw.ellipse((80, 26, 120, 58), fill=(248, 246, 243))
    return picture


def save_photo(folder: Path, name: str = "street.jpg", orientation: int = 1) -> Path:
    """The street photo as a file; with an EXIF orientation it is stored turned."""
    turn = {1: None, 6: Image.Transpose.ROTATE_90}[orientation]
    photo = street_photo() if turn is None else street_photo().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = folder / name
    if path.suffix == ".png":
        photo.save(path, exif=exif)
    else:
        photo.save(path, quality=95, subsampling=0, exif=exif)
    return path


def fill_images(folder: Path) -> ImageFolder:
    """The pictures of the colour catalogue, under the keys that its products name."""
    images = ImageFolder(folder)
    for at, product in enumerate(colour_catalogue()[0]):
        if product.image_key is not None:
            path = images.path(product.image_key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_jpeg(_picture_of(at, product)))
    return images


def _picture_of(at: int, product: Product) -> Image.Image:
    hat = product.category == "hat"
    return product_picture(*((20, 20, 180) if hat else (200, 10 * at, 30)), hat=hat)


def _jpeg(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=95, subsampling=0)
    return encoded.getvalue()
