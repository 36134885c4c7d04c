"""Hoodies: hood, drawstrings, kangaroo pocket, zip or closed front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from catalog.demo.garment import Cloth, Cut, Part, Stroke
from catalog.demo.outlines import Points, flipped, join, mirrored, offset, smooth, tube
from catalog.demo.shirts import zip_line
from catalog.demo.tops import fitted
from catalog.demo.torso import Sleeve, Torso, body, hem_rib, sleeves


def hoodie(cut: Cut) -> list[Part]:
    """A hoodie: pullover or zipped, kangaroo pocket or none, cropped to long."""
    base = fitted(cut)
    t = replace(
        base,
        neck=10.0,
        neck_depth=11.0,
        shoulder=(base.shoulder[0] + 2.0, 6.0),
        armpit=(base.armpit[0] + 2.0, 27.0),
        waist=(base.waist[0] + 2.5, base.waist[1]),
        hem=(base.hem[0] + 1.0, base.hem[1] - 5.0),
    )
    s = Sleeve(58.0, 12.5, 66.0 + cut.vary("hang", -3, 6), bend_cm=2.0)
    zipped = cut["front"] == "zip"
    parts = [*hood_back(), body(t), *sleeves(t, s, cuff="rib"), hem_rib(t)]
    if cut["pocket"] == "kangaroo":
        parts += kangaroo(t, split=zipped)
    if zipped:
        parts += zip_line(0.0, t.neck_depth + 1.5, t.hem[1] + 6.0)
    return [*parts, *hood_front(), *_strings(cut["strings"])]


def hood_back(cloth: Cloth = Cloth.LINING) -> list[Part]:
    """The inside of a hood lying open behind the neck."""
    half = smooth((0.0, -15.5), (7.0, -14.6), (12.2, -9.0), (13.0, -1.0), (10.0, 6.0), (0.0, 12.0))
    crown = smooth((0.0, -15.5), (0.0, -4.0), (0.0, 11.0))
    return [Part(mirrored(half), cloth, tone=0.66, puff_cm=5.0, strokes=(Stroke(crown, 0.5, 0.8),))]


def hood_front(cloth: Cloth = Cloth.MAIN) -> list[Part]:
    """The two sides of a hood that frame its opening and cross below the chin."""
    parts = []
    for turn in (flipped, np.copy):
        rim = smooth((0.0, -13.0), (5.6, -11.6), (8.4, -5.0), (7.2, 3.0), (2.6, 10.4), (-1.4, 13.6))
        outer = smooth(
            (-1.2, 15.2), (6.0, 12.4), (11.6, 6.6), (15.0, 0.5), (14.6, -8.0), (9.0, -15.6)
        )
        half = join(rim, outer, smooth((9.0, -15.6), (4.0, -17.4), (0.0, -17.6)))
        edge = Stroke(turn(_inset(rim)), 0.3, 0.74)
        parts.append(Part(turn(half), cloth, puff_cm=3.8, drop_cm=1.8, strokes=(edge,)))
    return parts


def _inset(rim: Points) -> Points:
    return offset(rim, 1.9)


def _strings(style: str) -> list[Part]:
    if style == "none":
        return []
    parts = []
    for sign, length in ((-1.0, 23.0), (1.0, 20.6)):
        x = sign * 4.2
        cord = smooth((x, 9.5), (x + sign * 0.7, 16.0), (x - sign * 0.2, 10.0 + length))
        parts.append(Part(tube(cord, (1.25, 1.25)), Cloth.TRIM, puff_cm=0.4, drop_cm=0.8))
        tip = np.array([(x - sign * 0.2, 9.0 + length), (x - sign * 0.3, 12.0 + length)])
        parts.append(Part(tube(tip, (1.15, 1.15)), Cloth.METAL, puff_cm=0.4, drop_cm=0.5))
        eyelet = np.array([(x - 0.4, 9.6), (x + 0.4, 9.6)])
        parts.append(Part(tube(eyelet, (1.3, 1.3)), Cloth.METAL, puff_cm=0.4, drop_cm=0.2))
    return parts


def kangaroo(t: Torso, split: bool) -> list[Part]:
    """A pouch pocket with slanted openings, in one piece or split by a zip."""
    low, top = t.hem[1] - 0.5, t.hem[1] - 19.0
    inner = 1.4 if split else 0.0
    half = np.array([(inner, top), (9.5, top), (16.5, low - 6.5), (16.8, low), (inner, low)])
    slant = np.array([(9.5, top), (16.5, low - 6.5)])
    parts = []
    shapes = [half, flipped(half)] if split else [mirrored(half)]
    for shape in shapes:
        edge = Stroke(np.vstack([shape, shape[:1]]), 0.4, 0.68)
        lines = [edge]
        lines.extend(
            Stroke(side - np.array([np.sign(side[0, 0]) * 1.6, 0.0]), 0.25, 0.78)
            for side in (slant, flipped(slant))
        )
        parts.append(Part(shape, puff_cm=1.6, drop_cm=1.1, strokes=tuple(lines)))
    return parts
