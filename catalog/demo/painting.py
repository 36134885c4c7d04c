"""Paints the parts of a garment, back to front, onto a transparent canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from catalog.demo.fabrics import Material, colour_field
from catalog.demo.garment import Cloth, Part, Stroke
from catalog.demo.outlines import Points, resampled
from catalog.demo.shading import Light, blurred, fold_shade, folds_of, roundness, smooth_noise

Field = NDArray[np.float32]
_OVER = 3


@dataclass(frozen=True, slots=True)
class Pose:
    """How a garment lies on a square canvas: its side in px, fill 0..1, turn, and limpness in cm."""

    side_px: int = 512
    fill: float = 0.86
    turn_deg: float = 0.0
    limp_cm: float = 0.5
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Painted:
    """A garment on nothing: premultiplied colour (side, side, 3) and cover (side, side), 0..1."""

    colour: Field
    cover: Field


class _Ground:
    """The mapping between cm of cloth and pixels of canvas, with the cloth's own waviness."""

    def __init__(self, parts: Sequence[Part], pose: Pose, rng: np.random.Generator) -> None:
        everything = np.vstack([p.outline for p in parts])
        low, high = everything.min(axis=0), everything.max(axis=0)
        self.middle = (low + high) / 2
        self.extent = float((high - low).max())
        self.px_per_cm = pose.side_px * pose.fill / self.extent
        self.centre = pose.side_px * (0.5 + np.array(pose.shift))
        a = np.deg2rad(pose.turn_deg)
        self.turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        limp = pose.limp_cm * self.extent / 75.0
        self.waves = [
            (rng.uniform(0.6, 2.6) * 2 * np.pi / self.extent, rng.uniform(0, 6.3), limp * s)
            for s in (1.0, 0.6, 1.0, 0.6)
        ]

    def sway(
        self, x: NDArray[np.floating], y: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """How far the cloth at (x, y) lies from where its pattern has it, in cm."""
        (ka, pa, a), (kb, pb, b), (kc, pc, c), (kd, pd, d) = self.waves
        dx = a * np.sin(ka * y + pa) + b * np.sin(kb * (y + x) + pb)
        dy = c * np.sin(kc * x + pc) + d * np.sin(kd * (x - y) + pd)
        return dx, dy

    def to_px(self, points: Points) -> Points:
        """Where points of cloth lie on the canvas."""
        dx, dy = self.sway(points[:, 0], points[:, 1])
        moved = points + np.stack([dx, dy], axis=1) - self.middle
        placed: Points = moved @ self.turn * self.px_per_cm + self.centre
        return placed

    def cloth_at(self, x0: int, y0: int, w: int, h: int) -> tuple[Field, Field]:
        """The cm coordinates (h, w) of the pixels of a box."""
        px = (np.arange(x0, x0 + w, dtype=np.float32) + 0.5 - self.centre[0]) / self.px_per_cm
        py = (np.arange(y0, y0 + h, dtype=np.float32) + 0.5 - self.centre[1]) / self.px_per_cm
        t = self.turn.astype(np.float32)
        x = px[None, :] * t[0, 0] + py[:, None] * t[0, 1] + np.float32(self.middle[0])
        y = px[None, :] * t[1, 0] + py[:, None] * t[1, 1] + np.float32(self.middle[1])
        dx, dy = self.sway(x, y)
        return (x - dx).astype(np.float32), (y - dy).astype(np.float32)


def paint(
    parts: Sequence[Part],
    materials: Mapping[Cloth, Material],
    pose: Pose,
    light: Light,
    rng: np.random.Generator,
) -> Painted:
    """The garment, painted with supersampled edges; `rng` decides folds and yarn."""
    n = pose.side_px
    ground = _Ground(parts, pose, rng)
    noise = rng.standard_normal((n, n), dtype=np.float32)
    uneven = smooth_noise(rng, (n, n), (9, 9)) + 0.5 * smooth_noise(rng, (n, n), (26, 26))
    canvas = Painted(np.zeros((n, n, 3), np.float32), np.zeros((n, n), np.float32))
    for part in parts:
        _lay(canvas, part, materials[part.cloth], ground, light, noise, uneven, rng)
    return canvas


def _lay(
    canvas: Painted,
    part: Part,
    material: Material,
    ground: _Ground,
    light: Light,
    noise: Field,
    uneven: Field,
    rng: np.random.Generator,
) -> None:
    """Paints one part, with the shadow that it throws on the parts below."""
    outline = ground.to_px(_dense(part.outline))
    pad = int(part.drop_cm * ground.px_per_cm * 2.5) + 3
    n = canvas.cover.shape[0]
    x0, y0 = np.maximum(np.floor(outline.min(axis=0)).astype(int) - pad, 0)
    x1, y1 = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + pad, n)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    at = np.s_[y0:y1, x0:x1]
    mask = _mask(outline - (x0, y0), x1 - x0, y1 - y0)
    if part.drop_cm > 0:
        _shadow(canvas, at, mask, part.drop_cm * ground.px_per_cm, light)
    x, y = ground.cloth_at(x0, y0, x1 - x0, y1 - y0)
    u, v = _grained(x, y, part)
    cloth = colour_field(material, u, v, noise[at], ground.px_per_cm)
    shade = roundness(mask, part.puff_cm * ground.px_per_cm, light)
    folds = folds_of(part.drape, part.outline.min(axis=0), part.outline.max(axis=0), rng)
    relief = uneven[at] * np.float32(0.035)
    if folds:
        relief = relief + fold_shade(folds, x, y, light)
    cloth = _lit(cloth, shade, relief, part.tone, material.gloss)
    for stroke in part.strokes:
        cloth = _drawn(cloth, stroke, ground, (int(x0), int(y0)))
    cover = mask[..., None]
    canvas.colour[at] = canvas.colour[at] * (1 - cover) + np.clip(cloth, 0, 1) * cover
    canvas.cover[at] = canvas.cover[at] * (1 - mask) + mask


def _dense(outline: Points) -> Points:
    """An outline with enough points on straight sides to bend with the cloth."""
    closed = np.vstack([outline, outline[:1]])
    pieces = [np.linspace(a, b, 7)[:-1] for a, b in zip(closed[:-1], closed[1:], strict=True)]
    return np.vstack(pieces) if len(outline) < 24 else outline


def _mask(outline_px: Points, w: int, h: int) -> Field:
    image = Image.new("L", (w * _OVER, h * _OVER), 0)
    polygon = [(float(px), float(py)) for px, py in outline_px * _OVER - 0.5]
    ImageDraw.Draw(image).polygon(polygon, fill=255)
    return np.asarray(image.reduce(_OVER), np.float32) / np.float32(255.0)


def _shadow(
    canvas: Painted, at: tuple[slice, slice], mask: Field, drop_px: float, light: Light
) -> None:
    soft = blurred(mask, drop_px)
    dx, dy = round(-light.x * drop_px * 0.8), round(-light.y * drop_px * 0.8)
    soft = np.roll(soft, (dy, dx), axis=(0, 1))
    canvas.colour[at] *= (1.0 - 0.34 * soft)[..., None]


def _grained(x: Field, y: Field, part: Part) -> tuple[Field, Field]:
    """Fabric coordinates: turned about the part's middle where it is cut on another grain."""
    if part.grain_deg == 0:
        return x, y
    cx, cy = (float(c) for c in part.outline.mean(axis=0))
    a = np.deg2rad(part.grain_deg)
    c, s = np.float32(np.cos(a)), np.float32(np.sin(a))
    return cx + c * (x - cx) + s * (y - cy), cy - s * (x - cx) + c * (y - cy)


def _lit(cloth: Field, shade: Field, relief: Field, tone: float, gloss: float) -> Field:
    """Cloth under light: darker by multiplying, brighter also by a sheen that dark cloth shows."""
    bright = (shade * (1.0 + relief) * np.float32(tone))[..., None]
    sheen = np.clip(relief + (shade - 1.0) * 0.5, -0.02, 0.4)[..., None] * np.float32(gloss * 0.5)
    return cloth * bright + sheen


def _drawn(cloth: Field, stroke: Stroke, ground: _Ground, corner: tuple[int, int]) -> Field:
    """The cloth with a line drawn on it."""
    h, w = cloth.shape[:2]
    path = (
        stroke.path
        if len(stroke.path) > 4
        else np.vstack(
            [np.linspace(a, b, 8) for a, b in zip(stroke.path[:-1], stroke.path[1:], strict=True)]
        )
    )
    image = Image.new("L", (w * _OVER, h * _OVER), 0)
    draw = ImageDraw.Draw(image)
    width = max(1, round(stroke.width_cm * ground.px_per_cm * _OVER))
    for piece in _dashes(path, stroke.dash_cm):
        placed = (ground.to_px(piece) - corner) * _OVER
        draw.line([(float(a), float(b)) for a, b in placed], fill=255, width=width, joint="curve")
    box = image.getbbox()
    if box is None:
        return cloth
    x0, y0, x1, y1 = (box[0] // _OVER, box[1] // _OVER, -(-box[2] // _OVER), -(-box[3] // _OVER))
    crop = image.crop((x0 * _OVER, y0 * _OVER, x1 * _OVER, y1 * _OVER)).reduce(_OVER)
    line = (np.asarray(crop, np.float32) / np.float32(255.0))[..., None]
    part = cloth[y0:y1, x0:x1]
    if stroke.colour is None:
        cloth[y0:y1, x0:x1] = part * (1.0 + (stroke.tone - 1.0) * line)
    else:
        ink = np.asarray(stroke.colour, np.float32)
        cloth[y0:y1, x0:x1] = part + (ink - part) * line * np.float32(stroke.tone)
    return cloth


def _dashes(path: Points, dash_cm: float) -> list[Points]:
    """The path, or its dashes with gaps of the same length."""
    if dash_cm <= 0:
        return [path]
    length = float(np.hypot(*np.diff(path, axis=0).T).sum())
    count = max(2, int(length / dash_cm)) // 2 * 2
    dense = resampled(path, 2 * count + 1)
    return [dense[i : i + 3] for i in range(0, 2 * count - 1, 4)]
