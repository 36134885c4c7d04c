"""Dresses: bodices with sleeves or straps over skirts of several lengths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from catalog.demo.bottoms import skirt_half, skirt_lines
from catalog.demo.garment import Cloth, Cut, Drape, Part, Stroke
from catalog.demo.outlines import Points, between, box, flipped, join, mirrored, offset, smooth
from catalog.demo.shirts import button_front, collar
from catalog.demo.torso import (
    Sleeve,
    Torso,
    armhole,
    back_neck,
    neck_rib,
    neckline,
    sleeves,
)

_LENGTHS = {"mini": 84.0, "knee": 98.0, "midi": 114.0, "maxi": 136.0}


def dress(cut: Cut) -> list[Part]:
    """A dress: shift, skater, wrap, slip, shirt dress or tiered; any sleeve and length."""
    style = cut["style"]
    low = _LENGTHS[cut["length"]] + cut.vary("length", -3.0, 3.0)
    if style == "slip":
        return _slip(low, cut)
    vee = style == "wrap" or cut["neck"] == "v-neck"
    depth = 20.0 if vee else {"crew": 8.5, "scoop": 15.0}.get(cut["neck"], 8.5)
    sleeved = cut["sleeve"] != "sleeveless"
    t = Torso(
        neck=9.6 if style != "shirt" else 9.2,
        neck_depth=depth if style != "shirt" else 8.0,
        shoulder=(19.5, 3.8) if sleeved else (16.0, 3.0),
        armpit=(22.0, 22.5),
        vee=vee,
    )
    front = Part(
        mirrored(_outline(t, style, low)), drape=Drape.SKIRT, strokes=tuple(_lines(t, style, low))
    )
    arms = _arms(t, cut["sleeve"])
    parts = back_neck(t)
    parts += [front, *arms] if cut["sleeve"] == "long" else [*arms, front]
    if not sleeved:
        parts += _arm_bindings(t)
    if style == "shirt":
        parts += button_front(8.0, low + 1.0, 9, 3.2) + collar("point")
    else:
        parts.append(neck_rib(t, 1.5))
    if style in ("shirt", "wrap"):
        parts += _belt(46.0, 20.2, tied=style == "wrap")
    return parts


def _outline(t: Torso, style: str, low: float) -> Points:
    """The right half of a dress from the neck to the hem's centre."""
    long = (low - 84.0) / 52.0
    if style == "shift":
        sides = smooth(t.armpit, (22.5, 46.0), (25.5, 66.0), (26.5 + 3 * long, low - 1.0))
        hem = smooth((26.5 + 3 * long, low - 1.0), (14.0, low + 0.6), (0.0, low + 1.0))
        return join(neckline(t), armhole(t), sides, hem)
    flare = {"skater": 40.0, "wrap": 32.0, "shirt": 31.0, "tiered": 42.0}[style] + 6.0 * long
    waist = 18.5 if style != "tiered" else 21.0
    bodice = smooth(t.armpit, (19.5, 36.0), (waist, 46.0))
    lower = skirt_half(waist, 46.0, flare, low)[1:]
    return join(neckline(t), armhole(t), bodice[:-1], lower)


def _lines(t: Torso, style: str, low: float) -> list[Stroke]:
    """Waist seam, bust darts, wrap edge, tiers, gathers and hem."""
    lines = [Stroke(smooth((s * 21.0, 27.0), (s * 12.0, 31.0)), 0.35, 0.76) for s in (-1, 1)]
    if style == "shift":
        hem = smooth((-30.0, low - 3.0), (0.0, low - 1.6), (30.0, low - 3.0))
        return [*lines, Stroke(hem, 0.3, 0.82)]
    lines.append(Stroke(smooth((-21.0, 46.0), (0.0, 47.4), (21.0, 46.0)), 0.55, 0.62))
    lines.extend(
        Stroke(np.array([(x, 47.5), (x * 1.12, 55.0)]), 0.6, 0.9)
        for x in np.linspace(-17.0, 17.0, 15)
    )
    if style == "wrap":
        lines.append(Stroke(smooth((t.neck, 0.0), (2.0, 24.0), (-15.0, 45.0)), 0.8, 0.55))
        lines.append(Stroke(smooth((12.0, 48.0), (8.0, 75.0), (14.0, low + 2.0)), 0.8, 0.58))
    kind = "tiered" if style == "tiered" else "plain"
    return [*lines, *skirt_lines(kind, 18.5, 46.0, 40.0, low)]


def _arms(t: Torso, sleeve: str) -> list[Part]:
    if sleeve == "sleeveless":
        return []
    s = {
        "short": Sleeve(19.0, 15.5, 54.0),
        "puff": Sleeve(20.0, 19.0, 50.0, bend_cm=2.6),
        "long": Sleeve(57.0, 9.5, 70.0, bend_cm=1.0),
    }[sleeve]
    return sleeves(t, s, cuff="band" if sleeve == "puff" else "stitched")


def _arm_bindings(t: Torso) -> list[Part]:
    parts = []
    for turn in (flipped, np.copy):
        edge = armhole(t)
        inner = offset(edge, -1.2)
        parts.append(
            Part(
                turn(between(edge, inner)),
                puff_cm=0.5,
                drop_cm=0.1,
                strokes=(Stroke(turn(inner), 0.25),),
            )
        )
    return parts


def _belt(y: float, half: float, tied: bool) -> list[Part]:
    belt = between(
        smooth((-half, y - 1.6), (0, y - 0.4), (half, y - 1.6)),
        smooth((-half, y + 2.0), (0, y + 3.2), (half, y + 2.0)),
    )
    parts = [Part(belt, Cloth.TRIM, puff_cm=0.8, drop_cm=0.7)]
    if not tied:
        parts.append(Part(box(-2.2, y - 1.2, 2.2, y + 3.8), Cloth.BUTTON, puff_cm=0.6, drop_cm=0.3))
        return parts
    for dx, length in ((-3.0, 24.0), (4.0, 20.0)):
        tail = smooth((-9.0, y + 1.5), (-9.0 + dx * 0.5, y + 9.0), (-9.0 + dx, y + length))
        side = between(offset(tail, 1.3), offset(tail, -1.6))
        parts.append(Part(side, Cloth.TRIM, puff_cm=0.6, drop_cm=0.7))
    knot = smooth(
        (-11.6, y - 1.6), (-6.6, y - 1.2), (-6.8, y + 3.6), (-11.2, y + 3.2), (-11.6, y - 1.6)
    )
    return [*parts, Part(knot, Cloth.TRIM, puff_cm=1.0, drop_cm=0.5)]


def _slip(low: float, cut: Cut) -> list[Part]:
    """A bias-cut dress on thin straps."""
    dip = 23.0 if cut["neck"] == "v-neck" else 19.5
    top = smooth((0.0, dip), (6.0, 17.0), (11.0, 13.5), (14.0, 16.0), (18.5, 24.0))
    long = (low - 84.0) / 52.0
    flare = 27.0 + 8.0 * long
    sides = smooth((18.5, 24.0), (17.6, 42.0), (22.0, 62.0), (flare, low - 1.0))
    hem = smooth((flare, low - 1.0), (12.0, low + 1.0), (0.0, low + 1.4))
    rear = join(smooth((0.0, 22.5), (10.0, 22.8), (18.5, 24.0)), sides, hem)
    parts = [Part(mirrored(rear), Cloth.LINING, tone=0.76, drop_cm=0, puff_cm=2)]
    for sign in (-1.0, 1.0):
        strap = smooth(
            (sign * 11.0, 14.0), (sign * 10.4, 5.0), (sign * 9.6, 0.0), (sign * 9.0, 22.6)
        )
        parts.append(
            Part(
                between(offset(strap, 0.45), offset(strap, -0.45)),
                tone=0.9,
                puff_cm=0.4,
                drop_cm=0.2,
            )
        )
    edge = join(flipped(top)[::-1], top) + np.array([0.0, 0.9])
    seam = Stroke(smooth((-30.0, low - 2.2), (0.0, low), (30.0, low - 2.2)), 0.25, 0.84)
    front = Part(
        mirrored(join(top, sides, hem)), drape=Drape.SKIRT, strokes=(Stroke(edge, 0.3, 0.78), seam)
    )
    return [*parts, replace(front, puff_cm=3.2)]
