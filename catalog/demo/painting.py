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
from catalog.demo.placement import Placement, Pose
from catalog.demo.shading import Light, blurred, fold_shade, folds_of, roundness, smooth_noise

Field = NDArray[np.float32]
_OVER = 3


@dataclass(frozen=True, slots=True)
class Painted:
    """A garment on nothing: premultiplied colour (side, side, 3) and cover (side, side), 0..1."""

    colour: Field
    cover: Field


@dataclass(slots=True)
class _Canvas:
    """A garment in the making, with what is the same for all of its parts.

    `x` and `y` (side, side) are each pixel's place on the cloth in cm, `yarn` and `uneven`
    (side, side) its fine and coarse texture.
    """

    painted: Painted
    placement: Placement
    light: Light
    x: Field
    y: Field
    yarn: Field
    uneven: Field


def paint(
    parts: Sequence[Part],
    materials: Mapping[Cloth, Material],
    pose: Pose,
    light: Light,
    rng: np.random.Generator,
) -> Painted:
    """The garment, painted with supersampled edges; `rng` decides folds and yarn."""
    n = pose.side_px
    placement = Placement(parts, pose, rng)
    x, y = placement.cloth(n)
    canvas = _Canvas(
        Painted(np.zeros((n, n, 3), np.float32), np.zeros((n, n), np.float32)),
        placement,
        light,
        x,
        y,
        yarn=rng.standard_normal((n, n), dtype=np.float32),
        uneven=smooth_noise(rng, (n, n), (9, 9)) + 0.5 * smooth_noise(rng, (n, n), (26, 26)),
    )
    for part in parts:
        _lay(canvas, part, materials[part.cloth], rng)
    return canvas.painted


def _lay(canvas: _Canvas, part: Part, material: Material, rng: np.random.Generator) -> None:
    """Paints one part, with the shadow that it throws on the parts below."""
    placement, painted = canvas.placement, canvas.painted
    scale = placement.px_per_cm
    outline = placement.to_px(_dense(part.outline))
    pad = int(part.drop_cm * scale * 2.5) + 3
    x0, y0 = np.maximum(np.floor(outline.min(axis=0)).astype(int) - pad, 0).tolist()
    x1, y1 = np.minimum(np.ceil(outline.max(axis=0)).astype(int) + pad, len(canvas.x)).tolist()
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    at = np.s_[y0:y1, x0:x1]
    mask = _mask(outline - (x0, y0), x1 - x0, y1 - y0)
    if part.drop_cm > 0:
        _shadow(painted, at, mask, part.drop_cm * scale, canvas.light)
    u, v = _grained(canvas.x[at], canvas.y[at], part)
    cloth = colour_field(material, u, v, canvas.yarn[at], scale)
    shade = roundness(mask, part.puff_cm * scale, canvas.light)
    relief = canvas.uneven[at] * np.float32(0.045)
    folds = folds_of(part.drape, part.outline.min(axis=0), part.outline.max(axis=0), rng)
    if folds:
        relief += fold_shade(folds, canvas.x[at], canvas.y[at], canvas.light)
    cloth = _lit(cloth, shade, relief, part.tone, material.gloss)
    for stroke in part.strokes:
        _draw(cloth, stroke, placement, (x0, y0))
    painted.colour[at] += (np.clip(cloth, 0, 1) - painted.colour[at]) * mask[..., None]
    painted.cover[at] += (1.0 - painted.cover[at]) * mask


def _dense(outline: Points) -> Points:
    """An outline with enough points on straight sides to bend with the cloth."""
    if len(outline) >= 24:
        return outline
    onward = np.roll(outline, -1, axis=0) - outline
    steps = np.linspace(0.0, 1.0, 6, endpoint=False)
    between: Points = outline[:, None] + onward[:, None] * steps[None, :, None]
    return between.reshape(-1, 2)


def _mask(outline_px: Points, w: int, h: int) -> Field:
    image = Image.new("L", (w * _OVER, h * _OVER), 0)
    polygon = [(float(px), float(py)) for px, py in outline_px * _OVER - 0.5]
    ImageDraw.Draw(image).polygon(polygon, fill=255)
    return np.asarray(image.reduce(_OVER), np.float32) / np.float32(255.0)


def _shadow(
    painted: Painted, at: tuple[slice, slice], mask: Field, drop_px: float, light: Light
) -> None:
    soft = blurred(mask, drop_px)
    dx, dy = round(-light.x * drop_px * 0.8), round(-light.y * drop_px * 0.8)
    soft = np.roll(soft, (dy, dx), axis=(0, 1))
    painted.colour[at] *= (1.0 - 0.34 * soft)[..., None]


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


def _draw(cloth: Field, stroke: Stroke, placement: Placement, corner: tuple[int, int]) -> None:
    """Draws a line on the cloth (h, w, 3), whose first pixel lies at `corner` of the canvas."""
    h, w = cloth.shape[:2]
    image = Image.new("L", (w * _OVER, h * _OVER), 0)
    draw = ImageDraw.Draw(image)
    width = max(1, round(stroke.width_cm * placement.px_per_cm * _OVER))
    path = stroke.path if len(stroke.path) > 6 else resampled(stroke.path, 12)
    for piece in _dashes(path, stroke.dash_cm):
        placed = (placement.to_px(piece) - corner) * _OVER
        draw.line([(px, py) for px, py in placed.tolist()], fill=255, width=width, joint="curve")
    inked = image.getbbox()
    if inked is None:
        return
    x0, y0, x1, y1 = (
        inked[0] // _OVER,
        inked[1] // _OVER,
        -(-inked[2] // _OVER),
        -(-inked[3] // _OVER),
    )
    line = image.crop((x0 * _OVER, y0 * _OVER, x1 * _OVER, y1 * _OVER)).reduce(_OVER)
    cover = (np.asarray(line, np.float32) / np.float32(255.0))[..., None]
    below = cloth[y0:y1, x0:x1]
    if stroke.colour is None:
        below *= 1.0 + (stroke.tone - 1.0) * cover
    else:
        below += (np.asarray(stroke.colour, np.float32) - below) * cover * np.float32(stroke.tone)


def _dashes(path: Points, dash_cm: float) -> list[Points]:
    """The path, or its dashes with gaps of the same length."""
    if dash_cm <= 0:
        return [path]
    length = float(np.hypot(*np.diff(path, axis=0).T).sum())
    count = max(2, int(length / dash_cm)) // 2 * 2
    dense = resampled(path, 2 * count + 1)
    return [dense[i : i + 3] for i in range(0, 2 * count - 1, 4)]
