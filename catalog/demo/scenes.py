"""Backgrounds of street photos: walls, floors, leaves and rooms, drawn at the photo's size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from catalog.demo.shading import smooth_noise

Field = NDArray[np.float32]
_Scene = Callable[[tuple[int, int], np.random.Generator], Field]


def scene(name: str, size_px: tuple[int, int], rng: np.random.Generator) -> Field:
    """A background (h, w, 3) float32 in 0..1 for a photo of `size_px` (width, height)."""
    return _SCENES[name](size_px, rng)


def _grain(size: tuple[int, int], rng: np.random.Generator, fine: float, coarse: float) -> Field:
    """Unevenness (h, w, 1) of a surface: fine grains over coarse stains."""
    w, h = size
    field = rng.standard_normal((h, w), dtype=np.float32) * np.float32(fine)
    field += smooth_noise(rng, (h, w), (8, 6)) * np.float32(coarse)
    field += smooth_noise(rng, (h, w), (60, 45)) * np.float32(coarse * 0.5)
    return field[..., None]


def _as_field(image: Image.Image) -> Field:
    return np.asarray(image, np.float32) / np.float32(255.0)


def _plaster(size: tuple[int, int], rng: np.random.Generator) -> Field:
    tint = np.asarray(
        [(0.78, 0.74, 0.68), (0.70, 0.73, 0.74), (0.80, 0.72, 0.64)][int(rng.integers(3))],
        np.float32,
    )
    return tint + _grain(size, rng, 0.012, 0.03)


def _concrete(size: tuple[int, int], rng: np.random.Generator) -> Field:
    w, h = size
    base = np.full((h, w, 3), 0.60, np.float32) + _grain(size, rng, 0.03, 0.04)
    slab = int(rng.uniform(0.3, 0.7) * h)
    base[slab : slab + 4] *= 0.7
    side = int(rng.uniform(0.1, 0.25) * w)
    base[:, side : side + 3] *= 0.74
    return base


def _brick(size: tuple[int, int], rng: np.random.Generator) -> Field:
    w, h = size
    image = Image.new("RGB", size, (176, 168, 158))
    draw = ImageDraw.Draw(image)
    long, high = 74, 25
    for row in range(h // high + 1):
        for col in range(-1, w // long + 1):
            x = col * long + (row % 2) * long // 2
            tone = rng.normal(0, 9)
            r, g, b = (int(c + tone) for c in (158, 112, 92))
            draw.rectangle(
                (x + 2, row * high + 2, x + long - 2, row * high + high - 2), fill=(r, g, b)
            )
    soft = image.filter(ImageFilter.GaussianBlur(1.6))
    return _as_field(soft) + _grain(size, rng, 0.02, 0.03)


def _boards(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """A wooden floor seen from above."""
    w, h = size
    board = 92
    rows = np.arange(h, dtype=np.float32)[:, None]
    picture = np.zeros((h, w, 3), np.float32)
    for x in range(0, w, board):
        tone = rng.normal(0, 0.03)
        cols = np.arange(x, min(x + board, w), dtype=np.float32)[None, :]
        wave = np.sin((cols - x) * 0.35 + 1.6 * np.sin(rows * 0.011 + rng.uniform(0, 6)))
        wood = np.array([0.66, 0.52, 0.38], np.float32) + np.float32(tone)
        picture[:, x : x + board] = wood + (0.02 * wave)[..., None]
        picture[:, x : x + 2] *= 0.6
    return picture + _grain(size, rng, 0.012, 0.02)


def _pavement(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """Square paving stones seen from above."""
    w, h = size
    picture = np.zeros((h, w, 3), np.float32)
    stone = 132
    for y in range(0, h, stone):
        for x in range(0, w, stone):
            tone = np.float32(0.62 + rng.normal(0, 0.025))
            picture[y : y + stone, x : x + stone] = tone * np.array([1.0, 0.985, 0.955], np.float32)
            picture[y : y + 4, x : x + stone] *= 0.72
            picture[y : y + stone, x : x + 4] *= 0.72
    return picture + _grain(size, rng, 0.032, 0.03)


def _foliage(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """Leaves far out of focus."""
    w, h = size
    image = Image.new("RGB", size, (92, 112, 74))
    draw = ImageDraw.Draw(image)
    for _ in range(260):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(14, 52)
        lift = rng.normal(0, 26)
        c = tuple(int(np.clip(v + lift, 0, 255)) for v in (112, 134, 84))
        draw.ellipse((x - r, y - r * 0.8, x + r, y + r * 0.8), fill=c)
    soft = image.filter(ImageFilter.GaussianBlur(15))
    return _as_field(soft) + _grain(size, rng, 0.008, 0.0)


def _room(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """A wall with a skirting board and a floor, and a blurred frame on the wall."""
    w, h = size
    image = Image.new("RGB", size, (196, 190, 180))
    draw = ImageDraw.Draw(image)
    floor = int(h * rng.uniform(0.86, 0.92))
    draw.rectangle((0, floor, w, h), fill=(142, 112, 84))
    draw.rectangle((0, floor - 16, w, floor), fill=(222, 218, 210))
    x = int(rng.uniform(-0.05, 0.05) * w)
    draw.rectangle((x - 40, 60, x + 66, 230), fill=(120, 128, 126))
    draw.rectangle((w - 46, h - 330, w + 40, floor), fill=(128, 98, 72))
    soft = image.filter(ImageFilter.GaussianBlur(6))
    return _as_field(soft) + _grain(size, rng, 0.008, 0.015)


def _street(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """A street far out of focus: facades, windows and a grey road."""
    w, h = size
    image = Image.new("RGB", size, (186, 196, 204))
    draw = ImageDraw.Draw(image)
    x = 0
    while x < w:
        wide = int(rng.uniform(90, 190))
        shade = [(168, 150, 134), (150, 152, 156), (182, 168, 150)][int(rng.integers(3))]
        draw.rectangle((x, int(rng.uniform(0.02, 0.14) * h), x + wide, h), fill=shade)
        for wy in range(int(0.16 * h), int(0.72 * h), 96):
            draw.rectangle((x + 26, wy, x + wide - 26, wy + 52), fill=(112, 122, 132))
        x += wide
    draw.rectangle((0, int(h * 0.82), w, h), fill=(126, 126, 128))
    soft = image.filter(ImageFilter.GaussianBlur(17))
    return _as_field(soft) + _grain(size, rng, 0.008, 0.01)


_SCENES: Final[dict[str, _Scene]] = {
    "plaster": _plaster,
    "concrete": _concrete,
    "brick": _brick,
    "boards": _boards,
    "pavement": _pavement,
    "foliage": _foliage,
    "room": _room,
    "street": _street,
}
SCENES: Final = tuple(_SCENES)
"""Names of all backgrounds."""
