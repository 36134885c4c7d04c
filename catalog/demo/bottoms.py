"""Pants, shorts and skirts: waistbands, flies, pockets, creases and pleats."""

from __future__ import annotations

import numpy as np

from catalog.demo.garment import Cloth, Cut, Drape, Part, Stroke, button
from catalog.demo.outlines import Points, between, box, flipped, join, mirrored, smooth, tube

_LEGS = {
    # fit: thigh outer x, knee outer x, knee inner x, hem outer x, hem inner x
    "skinny": (25.0, 19.0, 5.5, 16.0, 6.2),
    "slim": (25.5, 21.0, 4.6, 18.5, 5.6),
    "straight": (26.0, 23.5, 3.6, 22.5, 4.0),
    "wide": (27.5, 28.0, 2.6, 31.0, 3.0),
    "flared": (25.0, 20.5, 4.4, 27.5, 4.4),
    "jogger": (27.5, 25.0, 3.6, 17.5, 6.0),
    "cargo": (27.5, 26.0, 3.2, 24.0, 4.4),
}


def _trouser_half(fit: str, length: float, rise: float, waist: float) -> Points:
    """The right half of trousers from the waist's centre to the crotch."""
    hip, knee_out, knee_in, hem_out, hem_in = _LEGS[fit]
    knee = 0.52 * length + 8
    share = min(1.0, (length - rise) / 78.0)
    hem_out = hip + (hem_out - hip) * share
    hem_in = 1.0 + (hem_in - 1.0) * share
    if share < 0.99:
        outer = smooth(
            (waist, 0.0), (hip - 0.8, 14.0), (hip + 1.0, length * 0.66), (hem_out + 3, length)
        )
        inner = smooth((hem_in + 1.4, length + 0.8), (1.3, rise + 7.0), (0.0, rise))
        return join(np.array([(0.0, 1.0)]), outer, inner)
    outer = smooth(
        (waist, 0.0), (hip - 1.2, 14.0), (hip, 28.0), (knee_out, knee), (hem_out, length)
    )
    inner = smooth((hem_in, length + 0.6), (knee_in, knee), (1.6, rise + 10.0), (0.0, rise))
    return join(np.array([(0.0, 1.0)]), outer, inner)


def pants(cut: Cut) -> list[Part]:
    """Full-length trousers: jeans, chinos, tailored, joggers, cargo or leggings."""
    style = cut["style"]
    fit = {"joggers": "jogger", "cargo": "cargo", "leggings": "skinny"}.get(style, cut["fit"])
    slim = 0.74 if style == "leggings" else 0.89
    length = 103.0 + cut.vary("length", -5.0, 4.0)
    rise = 29.0 + cut.vary("rise", -2.0, 3.0)
    half = _trouser_half(fit, length, rise, 19.5) * (slim, 1.0)
    strokes = [*_fly(style, rise), *_side_pockets(style), *_leg_lines(style, half, length)]
    parts = [
        _back_waist(19.5 * slim),
        Part(mirrored(half), drape=Drape.LEG, strokes=tuple(strokes)),
    ]
    parts += waistband(19.5 * slim, style)
    if style == "joggers":
        parts += _ankle_ribs(half, length)
    if style == "cargo":
        parts += _cargo_pockets(22.0, 48.0)
    return parts


def shorts(cut: Cut) -> list[Part]:
    """Shorts: chino, denim, athletic, cargo or tailored, from short to knee length."""
    style = cut["style"]
    length = {"short": 38.0, "mid": 45.0, "knee": 54.0}[cut["length"]] + cut.vary("length", -1.5, 2)
    rise = 28.0
    half = _trouser_half("wide" if style == "athletic" else "straight", length, rise, 20.5)
    half = half * np.array([1.06, 1.0])
    strokes = [*_fly(style, rise), *_side_pockets(style), *_leg_lines(style, half, length)]
    if style == "athletic":
        strokes += _side_stripes(half)
    parts = [_back_waist(21.5), Part(mirrored(half), drape=Drape.LEG, strokes=tuple(strokes))]
    parts += waistband(21.7, style)
    if style == "cargo":
        parts += _cargo_pockets(25.0, min(length - 20.0, 28.0))
    return parts


def _back_waist(half: float) -> Part:
    shape = between(
        smooth((-half, -3.6), (0, -5.4), (half, -3.6)), smooth((-half, 1), (0, 2.0), (half, 1))
    )
    return Part(shape, Cloth.LINING, tone=0.7, puff_cm=1.2, drop_cm=0)


def waistband(half: float, style: str) -> list[Part]:
    """A waistband with its button and belt loops, or an elastic one with a drawstring."""
    top = smooth((-half, -3.8), (0.0, -2.6), (half, -3.8))
    low = smooth((-half - 0.6, 0.8), (0.0, 2.0), (half + 0.6, 0.8))
    lines = [Stroke(low, 0.45, 0.62), Stroke(top + np.array([0, 0.6]), 0.25, 0.8)]
    elastic = style in ("joggers", "athletic", "leggings")
    if elastic:
        lines.extend(
            Stroke(np.array([(x, -3.4), (x * 1.02, 1.6)]), 0.45, 0.8)
            for x in np.linspace(-half, half, 30)
        )
    cloth = Cloth.RIB if elastic else Cloth.MAIN
    parts = [Part(between(top, low), cloth, puff_cm=1.0, drop_cm=0.3, strokes=tuple(lines))]
    if style in ("joggers", "athletic"):
        for sign in (-1.0, 1.0):
            cord = smooth((sign * 0.8, -0.4), (sign * 3.2, 5.0), (sign * 2.6, 13.5 + sign))
            parts.append(Part(tube(cord, (0.8, 0.8)), Cloth.TRIM, puff_cm=0.4, drop_cm=0.5))
        return parts
    if elastic:
        return parts
    for x in (-half * 0.72, -half * 0.3, half * 0.3, half * 0.72):
        loop = box(x - 0.55, -4.2, x + 0.55, 2.6)
        parts.append(Part(loop, puff_cm=0.4, drop_cm=0.35))
    metal = Cloth.METAL if style == "jeans" else Cloth.BUTTON
    fastener = button(0.6, -0.8, 0.95)
    return [
        *parts,
        Part(fastener.outline, metal, puff_cm=0.6, drop_cm=0.3, strokes=fastener.strokes),
    ]


def _stitch(path: Points, style: str) -> list[Stroke]:
    """A seam, with contrast topstitching beside it on jeans."""
    if style != "jeans":
        return [Stroke(path, 0.4, 0.7)]
    gold = (0.74, 0.52, 0.26)
    beside = path + np.array([0.0, 0.9])
    return [Stroke(path, 0.45, 0.6), Stroke(beside, 0.22, 0.8, 0.5, gold)]


def _fly(style: str, rise: float) -> list[Stroke]:
    centre = smooth((0.0, 1.5), (0.2, rise * 0.6), (0.0, rise + 0.5))
    seam = [Stroke(centre, 0.45, 0.62)]
    if style in ("joggers", "athletic", "leggings"):
        return seam
    curve = smooth((3.8, 2.0), (3.6, rise * 0.42), (2.6, rise * 0.58), (0.2, rise * 0.68))
    return [*seam, *_stitch(curve, style)]


def _side_pockets(style: str) -> list[Stroke]:
    if style == "leggings":
        return []
    if style == "jeans":
        right = smooth((10.5, 1.6), (11.5, 7.0), (17.0, 10.4), (24.5, 11.0))
    else:
        right = smooth((15.0, 1.4), (18.5, 9.0), (23.6, 17.5))
    left = flipped(right)
    return [*_stitch(right, style), *_stitch(left, style)]


def _leg_lines(style: str, half: Points, length: float) -> list[Stroke]:
    """Pressed creases, or the hem's stitching."""
    if style == "tailored":
        hem = half[np.abs(half[:, 1] - length) < 3.0]
        x = float(hem[:, 0].mean()) if len(hem) else 14.0
        crease = smooth((11.0, 5.0), (13.0, 35.0), (x, length))
        ridge = crease + np.array([0.5, 0.0])
        return [
            s
            for turn in (flipped, np.copy)
            for s in (Stroke(turn(crease), 0.5, 0.72), Stroke(turn(ridge), 0.7, 1.14))
        ]
    if style in ("joggers", "leggings"):
        return []
    return _hem_seam(half, length, style)


def _hem_seam(half: Points, length: float, style: str) -> list[Stroke]:
    low = half[half[:, 1] > length - 1.0]
    x0, x1 = float(low[:, 0].min()) - 2.0, float(low[:, 0].max()) + 2.0
    lines = []
    for turn in (flipped, np.copy):
        lines += _stitch(turn(np.array([(x0, length - 2.2), (x1, length - 3.0)])), style)
    return lines


def _side_stripes(half: Points) -> list[Stroke]:
    outer = half[1:-8]
    path = outer[outer[:, 0] > 15.0] - np.array([1.6, 0.0])
    white = (0.95, 0.95, 0.94)
    return [Stroke(path, 1.5, 0.95, 0, white), Stroke(flipped(path), 1.5, 0.95, 0, white)]


def _ankle_ribs(half: Points, length: float) -> list[Part]:
    low = half[half[:, 1] > length - 0.6]
    x0, x1 = float(low[:, 0].min()), float(low[:, 0].max())
    parts = []
    for turn in (flipped, np.copy):
        top = np.array([(x0 - 0.6, length - 1.0), (x1 + 0.6, length - 1.4)])
        low_edge = np.array([(x0 + 1.0, length + 5.4), (x1 - 1.0, length + 5.0)])
        ribs = zip(
            np.linspace(top[0], top[1], 12), np.linspace(low_edge[0], low_edge[1], 12), strict=True
        )
        lines = [Stroke(turn(top), 0.6, 0.6), *(Stroke(turn(np.stack(r)), 0.3, 0.84) for r in ribs)]
        parts.append(
            Part(
                turn(between(top, low_edge)),
                Cloth.RIB,
                puff_cm=1.6,
                drop_cm=0.2,
                strokes=tuple(lines),
            )
        )
    return parts


def _cargo_pockets(x: float, y: float) -> list[Part]:
    parts = []
    for sign in (-1.0, 1.0):
        centre = sign * (x - 3.5)
        pouch = box(centre - 6.5, y, centre + 6.5, y + 17.0)
        flap = box(centre - 7.0, y - 1.5, centre + 7.0, y + 4.2)
        for shape in (pouch, flap):
            edge = Stroke(np.vstack([shape, shape[:1]]), 0.4, 0.68)
            parts.append(Part(shape, puff_cm=0.8, drop_cm=0.6, strokes=(edge,)))
    return parts


def skirt(cut: Cut) -> list[Part]:
    """A skirt: pencil, A-line, pleated, tiered, button-front or wrap; mini, midi or maxi."""
    style = cut["style"]
    length = {"mini": 42.0, "midi": 68.0, "maxi": 88.0}[cut["length"]] + cut.vary("length", -3, 3)
    flare = {
        "pencil": 23.0,
        "a-line": 34.0,
        "pleated": 38.0,
        "tiered": 40.0,
        "button": 31.0,
        "wrap": 29.0,
    }[style]
    flare = 22.0 + (flare - 22.0) * (0.62 + 0.38 * length / 80.0)
    half = skirt_half(17.0, 0.0, flare, length, hip=style == "pencil")
    strokes = skirt_lines(style, 17.0, 0.0, flare, length)
    parts = [_back_waist(17.0), Part(mirrored(half), drape=Drape.SKIRT, strokes=tuple(strokes))]
    if style == "wrap":
        edge = smooth((11.0, 0.0), (6.0, length * 0.45), (9.0, length + 1.0))
        panel = join(
            edge[::-1],
            np.array([(-17.0, 0.0)]),
            flipped(half[1:-12]),
            np.array([(-flare * 0.3, length + 1)]),
        )
        parts.append(
            Part(
                panel,
                drape=Drape.SKIRT,
                drop_cm=1.0,
                strokes=(Stroke(edge - np.array([1, 0]), 0.3),),
            )
        )
    top = smooth((-17.0, -3.8), (0.0, -2.8), (17.0, -3.8))
    low = smooth((-17.4, 0.8), (0.0, 2.0), (17.4, 0.8))
    lines = (Stroke(low, 0.45, 0.64), Stroke(top + np.array([0, 0.6]), 0.25, 0.8))
    parts.append(Part(between(top, low), puff_cm=1.0, drop_cm=0.3, strokes=lines))
    if style == "button":
        parts += [button(0.0, float(y), 1.0) for y in np.linspace(-0.8, length - 6.0, 7)]
    return parts


def skirt_half(waist: float, top: float, flare: float, low: float, hip: bool = False) -> Points:
    """The right half of a skirt, from the waist's centre round to the hem's centre."""
    if hip:
        sides = smooth((waist, top), (22.5, top + 18.0), (flare, low - 16.0), (flare - 1.4, low))
    else:
        mid = (waist + (flare - waist) * 0.62, (top + low) / 2)
        sides = smooth((waist, top), mid, (flare, low - 1.0))
    hem = smooth(
        sides[-1].tolist(), (flare * 0.6, low + 1.4), (flare * 0.3, low + 1.0), (0.0, low + 1.9)
    )
    return join(np.array([(0.0, top + 1.0)]), sides, hem)


def skirt_lines(style: str, waist: float, top: float, flare: float, low: float) -> list[Stroke]:
    """Pleats, tiers, a placket or a slit, and the hem."""
    lines = []
    if style == "pleated":
        for share in np.linspace(-0.94, 0.94, 19):
            fold = np.array([(waist * share, top + 1.5), (flare * share, low + 2.0)])
            lines += [Stroke(fold, 0.7, 0.62), Stroke(fold + np.array([0.9, 0]), 0.9, 1.12)]
    if style == "tiered":
        for at in (0.36, 0.68):
            y, half = top + (low - top) * at, waist + (flare - waist) * at + 3
            lines.append(Stroke(smooth((-half, y - 1), (0, y + 0.6), (half, y - 1)), 0.6, 0.68))
            lines.extend(
                Stroke(np.array([(x, y), (x * 1.05, y + 5.0)]), 0.5, 0.9)
                for x in np.linspace(-half, half, 26)
            )
    if style == "button":
        lines += [Stroke(np.array([(x, top), (x, low + 2)]), 0.4, 0.66) for x in (-2.0, 2.0)]
    if style == "pencil":
        lines.append(Stroke(np.array([(7.0, low - 16.0), (7.4, low + 2.0)]), 0.7, 0.5))
        lines += [
            Stroke(smooth((s * 9, top + 1), (s * 9.6, top + 11)), 0.35, 0.76) for s in (-1, 1)
        ]
    hem = smooth((-flare, low - 3.4), (0.0, low - 0.6), (flare, low - 3.4))
    return [*lines, Stroke(hem, 0.3, 0.82)]
