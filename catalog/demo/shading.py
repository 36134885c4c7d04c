"""How light falls on cloth: rounded edges, folds along the drape, and soft unevenness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from catalog.demo.garment import Drape

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp: direction it comes from on the picture (x right, y down), and how hard it is."""

    x: float = -0.55
    y: float = -0.83
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Fold:
    """One crease from start to end (cm), bowed sideways, a soft ridge `width` cm wide."""

    start: tuple[float, float]
    end: tuple[float, float]
    bow: float
    width: float
    depth: float


def blurred(mask: Field, radius_px: float) -> Field:
    """A Gaussian blur of a (h, w) field in 0..1, to 8 bits."""
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    if radius_px >= 4.0 and min(image.size) >= 16:
        small = image.reduce(2).filter(ImageFilter.GaussianBlur(radius_px / 2))
        soft = small.resize(image.size, Image.Resampling.BILINEAR)
    else:
        soft = image.filter(ImageFilter.GaussianBlur(max(radius_px, 0.3)))
    return np.asarray(soft, np.float32) / np.float32(255.0)


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Field:
    """A smooth random field (h, w), roughly -1..1, with so many cells down and across."""
    coarse = Image.fromarray(rng.standard_normal((cells[0] + 1, cells[1] + 1)).astype(np.float32))
    big = coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(big, np.float32) * np.float32(0.6)


def roundness(mask: Field, radius_px: float, light: Light) -> Field:
    """Shade multiplier (h, w) of a piece that curves away towards its edges."""
    soft = blurred(mask, radius_px)
    gy, gx = np.gradient(soft)
    lit = (gx * -light.x + gy * -light.y) * np.float32(radius_px * -0.62 * light.strength)
    shade: Field = 1.0 + np.clip(lit, -0.3, 0.2) - 0.30 * np.clip(1.0 - soft, 0, 1) ** 1.5
    return shade


def folds_of(
    drape: Drape, low: NDArray[np.float64], high: NDArray[np.float64], rng: np.random.Generator
) -> list[Fold]:
    """Folds for a piece that spans low..high (x, y in cm), as its drape makes them."""
    (x0, y0), (w, h) = low, high - low

    def fold(a: float, b: float, c: float, d: float, width: float, depth: float) -> Fold:
        shaken = rng.uniform(-0.05, 0.05, 4)
        start = (x0 + w * (a + shaken[0]), y0 + h * (b + shaken[1]))
        end = (x0 + w * (c + shaken[2]), y0 + h * (d + shaken[3]))
        scale = rng.uniform(0.6, 1.4)
        return Fold(
            start, end, rng.uniform(-0.1, 0.1), width * scale, depth * rng.uniform(0.5, 1.2)
        )

    if drape is Drape.BODY:
        plan = [(0.04, 0.36, 0.34, 0.55, 1.9, 0.8), (0.96, 0.36, 0.66, 0.55, 1.9, 0.8)]
        plan += [(0.3, 0.3, 0.2, 0.95, 2.6, 0.5), (0.7, 0.35, 0.78, 0.97, 2.6, 0.5)]
        plan += [(0.05, 0.62, 0.4, 0.7, 1.6, 0.6), (0.95, 0.66, 0.6, 0.74, 1.6, 0.6)]
        plan += [(0.45, 0.5, 0.5, 0.98, 3.0, 0.4), (0.1, 0.12, 0.22, 0.36, 1.8, 0.5)]
    elif drape is Drape.SLEEVE:
        plan = [(0.3, 0.25, 0.7, 0.34, 1.3, 0.7), (0.3, 0.45, 0.75, 0.5, 1.2, 0.6)]
        plan += [(0.35, 0.62, 0.8, 0.6, 1.1, 0.6), (0.5, 0.1, 0.5, 0.9, 1.8, 0.5)]
    elif drape is Drape.LEG:
        plan = [(0.5, 0.27, 0.25, 0.32, 1.5, 0.8), (0.5, 0.27, 0.75, 0.32, 1.5, 0.8)]
        plan += [(0.5, 0.24, 0.2, 0.22, 1.4, 0.6), (0.5, 0.24, 0.8, 0.22, 1.4, 0.6)]
        plan += [(0.1, 0.5, 0.38, 0.54, 1.4, 0.6), (0.9, 0.52, 0.62, 0.56, 1.4, 0.6)]
        plan += [(0.26, 0.35, 0.24, 0.95, 2.6, 0.5), (0.74, 0.35, 0.76, 0.95, 2.6, 0.5)]
        plan += [(0.14, 0.9, 0.36, 0.93, 1.2, 0.6), (0.86, 0.92, 0.64, 0.94, 1.2, 0.6)]
    elif drape is Drape.SKIRT:
        at = np.linspace(0.08, 0.92, 9)
        plan = [(0.5 + (a - 0.5) * 0.55, 0.3, a, 1.0, 2.4, 0.95) for a in at]
    else:
        return []
    return [fold(*p) for p in plan]


def fold_shade(folds: list[Fold], x: Field, y: Field, light: Light) -> Field:
    """Shade added (h, w) by folds: lit on the lamp's side of each ridge, dark on the other."""
    shape = x.shape
    x, y = x[::3, ::3], y[::3, ::3]
    total = np.zeros_like(x)
    for f in folds:
        ax, ay = f.end[0] - f.start[0], f.end[1] - f.start[1]
        length = float(np.hypot(ax, ay)) + 1e-6
        ux, uy = ax / length, ay / length
        t = ((x - f.start[0]) * ux + (y - f.start[1]) * uy) / length
        across = (
            (x - f.start[0]) * -uy
            + (y - f.start[1]) * ux
            - f.bow * length * np.sin(np.pi * np.clip(t, 0, 1))
        )
        ends = np.clip(np.minimum(t * 3.2, (1.04 - t) * 6.0), 0.0, 1.0)
        d = across / f.width
        facing = -uy * light.x + ux * light.y
        total += f.depth * facing * d * np.exp(-0.5 * d * d) * ends * ends
        total -= 0.22 * f.depth * np.exp(-0.5 * (d * 1.4) ** 2) * ends
    coarse = Image.fromarray(total.astype(np.float32) * np.float32(0.31 * light.strength))
    whole = coarse.resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(whole, np.float32)
