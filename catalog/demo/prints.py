"""Printed motifs: tiles that repeat without a seam, and chest graphics that do not repeat."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from catalog.demo.palette import RGB, mixed

_SIDE = 192
_OVER = 3

Field = NDArray[np.float32]
GRAPHICS = ("disc", "sun", "mountain", "bands", "bolt", "arch")
"""Motifs that are placed once, on the chest."""
ALLOVER = ("dots", "floral", "leaf", "camo", "geo", "brush", "star", "animal")
"""Motifs that repeat over the whole cloth."""


def sample_tile(
    motif: str,
    ground: RGB,
    second: RGB,
    third: RGB,
    repeat_cm: float,
    seed: int,
    u: Field,
    v: Field,
) -> Field:
    """Colours (h, w, 3) float32 of a print at u, v in cm: bilinear, repeating or placed."""
    tile = _tile(motif, ground, second, third, seed)
    placed = motif in GRAPHICS
    if placed:
        x, y = (u + 11.0) / 22.0, (v - 17.0) / 22.0
        outside = (x < 0) | (x > 1) | (y < 0) | (y > 1)
        x[outside] = y[outside] = 0.002
    else:
        x, y = u / repeat_cm, v / repeat_cm
    return _bilinear(tile, x * _SIDE, y * _SIDE)


def _bilinear(tile: Field, x: Field, y: Field) -> Field:
    x0, y0 = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    fx: Field = (x - x0).astype(np.float32)[..., None]
    fy: Field = (y - y0).astype(np.float32)[..., None]
    xa, xb, ya, yb = x0 % _SIDE, (x0 + 1) % _SIDE, y0 % _SIDE, (y0 + 1) % _SIDE
    top: Field = tile[ya, xa] * (1 - fx) + tile[ya, xb] * fx
    low: Field = tile[yb, xa] * (1 - fx) + tile[yb, xb] * fx
    result: Field = top * (1 - fy) + low * fy
    return result


@lru_cache(maxsize=64)
def _tile(motif: str, ground: RGB, second: RGB, third: RGB, seed: int) -> Field:
    """One repeat (192, 192, 3), drawn at three times the size."""
    size = _SIDE * _OVER
    image = Image.new("RGB", (size, size), _bytes(ground))
    rng = np.random.default_rng([seed, 5])
    draw = ImageDraw.Draw(image)
    painters = {
        "dots": _dots,
        "floral": _floral,
        "leaf": _leaf,
        "camo": _camo,
        "geo": _geo,
        "brush": _brush,
        "star": _star,
        "animal": _animal,
    }
    if motif in painters:
        painters[motif](draw, size, second, third, rng)
    else:
        _graphic(draw, size, motif, second, third)
    return np.asarray(image.reduce(_OVER), np.float32) / np.float32(255.0)


def _bytes(colour: RGB) -> tuple[int, int, int]:
    r, g, b = (round(255 * c) for c in colour)
    return (r, g, b)


def _wrapped(
    draw: ImageDraw.ImageDraw, size: int, points: NDArray[np.float64], colour: RGB
) -> None:
    """A polygon drawn with its copies over the tile's edges."""
    for dx in (-size, 0, size):
        for dy in (-size, 0, size):
            moved = points + np.array([dx, dy])
            if moved.max() < 0 or moved.min() > size:
                continue
            draw.polygon([(float(x), float(y)) for x, y in moved], fill=_bytes(colour))


def _ring(cx: float, cy: float, rx: float, ry: float, turn: float = 0.0) -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    x, y = rx * np.cos(t), ry * np.sin(t)
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([cx + c * x - s * y, cy + s * x + c * y], axis=1)


def _scattered(size: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Centres on a shaken brick grid."""
    cell = size / count
    rows = [
        (
            (i + 0.5 * (j % 2) + rng.uniform(-0.18, 0.18)) * cell,
            (j + rng.uniform(-0.18, 0.18)) * cell,
        )
        for j in range(count)
        for i in range(count)
    ]
    return np.array(rows)


def _dots(d: ImageDraw.ImageDraw, n: int, a: RGB, _b: RGB, _rng: np.random.Generator) -> None:
    for cx, cy in ((0.25, 0.25), (0.75, 0.75)):
        _wrapped(d, n, _ring(cx * n, cy * n, n * 0.13, n * 0.13), a)


def _floral(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for x, y in _scattered(n, 4, rng):
        r, turn = n * rng.uniform(0.07, 0.115), rng.uniform(0, np.pi)
        for k in range(2):
            stem = turn + 2.2 + k * 1.7
            _wrapped(
                d,
                n,
                _ring(
                    x + 1.5 * r * np.cos(stem), y + 1.5 * r * np.sin(stem), r * 0.8, r * 0.3, stem
                ),
                b,
            )
        for k in range(5):
            at = turn + k * 2 * np.pi / 5
            _wrapped(
                d,
                n,
                _ring(x + 0.62 * r * np.cos(at), y + 0.62 * r * np.sin(at), r * 0.6, r * 0.42, at),
                a,
            )
        _wrapped(d, n, _ring(x, y, r * 0.28, r * 0.28), (0.93, 0.78, 0.35))


def _leaf(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for x, y in _scattered(n, 3, rng):
        turn = rng.uniform(0, 2 * np.pi)
        for k in range(-3, 4):
            at = turn + k * 0.42
            r = n * 0.19 * (1 - 0.09 * abs(k))
            spot = _ring(x + r * 0.8 * np.cos(at), y + r * 0.8 * np.sin(at), r * 0.75, r * 0.13, at)
            _wrapped(d, n, spot, a if k % 2 else mixed(a, b, 0.6))


def _camo(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for k, (x, y) in enumerate(_scattered(n, 5, rng)):
        t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        r = (
            n
            * rng.uniform(0.07, 0.13)
            * (
                1
                + 0.35 * np.sin(2 * t + rng.uniform(0, 6))
                + 0.2 * np.sin(5 * t + rng.uniform(0, 6))
            )
        )
        _wrapped(
            d,
            n,
            np.stack([x + 1.5 * r * np.cos(t), y + 0.8 * r * np.sin(t)], axis=1),
            a if k % 2 else b,
        )


def _geo(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, _rng: np.random.Generator) -> None:
    for cx, cy, c in ((0.0, 0.0, a), (0.5, 0.5, a), (0.5, 0.0, b), (0.0, 0.5, b)):
        h = 0.24 if c is a else 0.12
        diamond = np.array([(cx, cy - h), (cx + h, cy), (cx, cy + h), (cx - h, cy)]) * n
        _wrapped(d, n, diamond, c)


def _brush(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for k, (x, y) in enumerate(_scattered(n, 4, rng)):
        turn = rng.uniform(-0.5, 0.5)
        _wrapped(d, n, _ring(x, y, n * rng.uniform(0.08, 0.15), n * 0.03, turn), a if k % 3 else b)


def _star(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for k, (x, y) in enumerate(_scattered(n, 3, rng)):
        t = np.arange(10) * np.pi / 5 - np.pi / 2
        r = n * 0.12 * np.where(np.arange(10) % 2, 0.42, 1.0)
        _wrapped(
            d, n, np.stack([x + r * np.cos(t), y + r * np.sin(t)], axis=1), b if k % 4 == 0 else a
        )


def _animal(d: ImageDraw.ImageDraw, n: int, a: RGB, b: RGB, rng: np.random.Generator) -> None:
    for x, y in _scattered(n, 6, rng):
        r, turn = n * rng.uniform(0.05, 0.075), rng.uniform(0, np.pi)
        _wrapped(d, n, _ring(x, y, r * 1.15, r * 0.85, turn), a)
        _wrapped(d, n, _ring(x + r * 0.2, y + r * 0.1, r * 0.6, r * 0.4, turn), b)


def _graphic(d: ImageDraw.ImageDraw, n: int, motif: str, a: RGB, b: RGB) -> None:
    """A graphic for the chest, within the middle of the tile."""
    ca, cb = _bytes(a), _bytes(b)
    m = n / 10
    if motif in ("disc", "sun"):
        d.ellipse((2 * m, 2 * m, 8 * m, 8 * m), fill=ca)
        bars = ((6.0, 6.3), (6.7, 7.1)) if motif == "sun" else ((4.6, 5.4),)
        for y0, y1 in bars:
            d.rectangle((1.6 * m, y0 * m, 8.4 * m, y1 * m), fill=cb)
    elif motif == "mountain":
        d.ellipse((5.8 * m, 1.6 * m, 8 * m, 3.8 * m), fill=cb)
        d.polygon([(1 * m, 8 * m), (4.2 * m, 2.6 * m), (7 * m, 8 * m)], fill=ca)
        d.polygon([(4.6 * m, 8 * m), (6.8 * m, 4.6 * m), (9 * m, 8 * m)], fill=cb)
    elif motif == "bands":
        for k in range(3):
            d.rectangle(
                (0.2 * m, (2.6 + 1.9 * k) * m, 9.8 * m, (3.7 + 1.9 * k) * m),
                fill=cb if k == 1 else ca,
            )
    elif motif == "bolt":
        d.polygon(
            [
                (x * m, y * m)
                for x, y in ((5.6, 1), (2.4, 5.8), (4.6, 5.8), (3.8, 9), (7.6, 4.2), (5.3, 4.2))
            ],
            fill=ca,
        )
    else:
        for k in range(3):
            r = (4 - 1.1 * k) * m
            d.pieslice(
                (5 * m - r, 6.5 * m - r, 5 * m + r, 6.5 * m + r),
                180,
                360,
                fill=cb if k == 1 else ca,
            )
