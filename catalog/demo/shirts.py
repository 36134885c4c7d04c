"""Shirts and polos: collars, plackets, cuffs and shirt tails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from catalog.demo.garment import Cloth, Cut, Part, Stroke, button
from catalog.demo.outlines import Points, between, box, flipped, join, lerp, smooth
from catalog.demo.tops import fitted, patch_pocket, short_placket
from catalog.demo.torso import Sleeve, Torso, back_neck, body, cuff_path, hem_stitch, sleeves


def collar(style: str, cloth: Cloth = Cloth.MAIN, buttoned: bool = False) -> list[Part]:
    """A turned-down collar on its stand: point, spread, camp (open), polo or band."""
    stand = between(
        smooth((-7.2, -3.4), (0.0, -5.0), (7.2, -3.4)), smooth((-8.8, 0.6), (0.0, 3.2), (8.8, 0.6))
    )
    parts = [Part(stand, cloth, tone=0.8, puff_cm=1.0, drop_cm=0)]
    if style == "band":
        return [*parts, *_band(cloth)]
    tip = {"point": (8.4, 14.0), "spread": (11.6, 11.6), "camp": (13.0, 12.4), "polo": (10.4, 11.2)}
    tx, ty = tip[style]
    front = 8.4 if style != "camp" else 14.5
    for turn, sign in ((flipped, -1.0), (np.copy, 1.0)):
        leaf = turn(_leaf(tx, ty, front))
        rim = turn(
            smooth((0.9, front - 0.8), lerp((0.9, front), (tx, ty), 0.5), (tx - 0.6, ty - 0.9))
        )
        strokes = [Stroke(rim + np.array([0.0, -0.7]), 0.2, 0.82)]
        parts.append(
            Part(leaf, cloth, sign * 12.0, puff_cm=1.2, drop_cm=1.3, strokes=tuple(strokes))
        )
        if buttoned:
            parts.append(button(sign * (tx - 0.9), ty - 1.5, 0.5))
    return parts


def _leaf(tx: float, ty: float, front: float) -> Points:
    """The right collar leaf, from the middle of the neck round to its tip."""
    fold = smooth((0.2, front), (3.8, 4.6), (6.4, 0.6), (7.2, -1.6), (6.4, -3.6))
    outer = smooth((6.4, -3.6), (9.6, -2.0), (11.2, 2.0), (tx, ty))
    return join(fold, outer, smooth((tx, ty), (tx * 0.5, (ty + front) / 2 + 0.5), (0.2, front)))


def _band(cloth: Cloth) -> list[Part]:
    outer = smooth((-9.6, 0.4), (-6.0, 6.2), (0.0, 9.6), (6.0, 6.2), (9.6, 0.4))
    inner = smooth((-8.2, -1.2), (-4.8, 3.8), (0.0, 6.8), (4.8, 3.8), (8.2, -1.2))
    edge = (Stroke(outer, 0.35, 0.7), Stroke(inner, 0.3, 0.8))
    return [Part(between(inner, outer), cloth, puff_cm=0.8, drop_cm=0.4, strokes=edge)]


def button_front(top: float, bottom: float, count: int, width: float = 3.4) -> list[Part]:
    """A full-length placket with its stitching and buttons."""
    h = width / 2
    strip = box(-h, top, h, bottom)
    lines = (
        Stroke(strip[[1, 2]], 0.45, 0.6),
        Stroke(strip[[0, 3]], 0.3, 0.78),
        Stroke(strip[[1, 2]] - np.array([0.7, 0.0]), 0.2, 0.84),
    )
    parts = [Part(strip, puff_cm=0.5, drop_cm=0.3, strokes=lines)]
    ys = np.linspace(top + 2.4, bottom - 9.0, count)
    return [*parts, *(button(0.0, float(y), 0.68) for y in ys)]


def shirt(cut: Cut) -> list[Part]:
    """A woven shirt: collar, sleeve length, hem, pockets."""
    t = replace(fitted(cut), neck=9.2, neck_depth=8.0)
    curved = 6.5 if cut["hem"] == "curved" else 0.0
    short = cut["sleeve"] == "short"
    s = Sleeve(24.0, 19.0, 56.0) if short else Sleeve(59.0, 11.5, 70.0, bend_cm=1.0)
    t = replace(t, hem=(t.hem[0], t.hem[1] + (5.0 if curved else 2.0)))
    parts = back_neck(t)
    arms = sleeves(t, s, cuff="stitched" if short else "band")
    front = body(t, curved_hem=curved, strokes=(*_yoke(t), hem_stitch(t, 1.2, curved)))
    parts += [*arms, front] if short else [front, *arms]
    top = 14.0 if cut["collar"] == "camp" else 8.0
    parts += button_front(top, t.hem[1] + 0.9, 6 if top > 10 else 7)
    for x in {"none": (), "one": (12.0,), "two": (-12.0, 12.0)}[cut["pocket"]]:
        parts.append(patch_pocket(x, 24.0, 11.5, 13.0))
        if cut["pocket"] == "two":
            parts += _flap(x, 23.4, 12.4)
    if cut["collar"] == "camp":
        parts.append(_camp_opening())
    parts += collar(cut["collar"].replace("button-down", "point"), Cloth.MAIN, "-" in cut["collar"])
    return parts


def _camp_opening() -> Part:
    hole = join(
        smooth((-8.6, 0.0), (-4.5, 7.0), (0.0, 14.6)), smooth((0, 14.6), (4.5, 7.0), (8.6, 0))
    )
    return Part(hole, Cloth.LINING, tone=0.72, puff_cm=1.5, drop_cm=0)


def _yoke(t: Torso) -> tuple[Stroke, ...]:
    """The seams where the shoulder yoke comes over to the front."""
    right = smooth((t.neck + 0.8, 3.0), (t.shoulder[0] - 0.8, t.shoulder[1] + 3.4))
    return (Stroke(right, 0.35, 0.78), Stroke(flipped(right), 0.35, 0.78))


def _flap(x: float, y: float, width: float) -> list[Part]:
    h = width / 2
    outline = np.array([(x - h, y), (x + h, y), (x + h, y + 3.6), (x, y + 5.2), (x - h, y + 3.6)])
    edge = Stroke(np.vstack([outline, outline[:1]]), 0.35, 0.74)
    return [
        Part(outline, puff_cm=0.5, drop_cm=0.45, strokes=(edge,)),
        button(x, y + 3.4, 0.6),
    ]


def polo(cut: Cut) -> list[Part]:
    """A polo: collar, buttoned or zipped placket, short or long sleeves with ribbed edges."""
    t = replace(fitted(cut), neck=9.0, neck_depth=8.2)
    long = cut["sleeve"] == "long"
    s = Sleeve(58.0, 10.0, 69.0, bend_cm=1.0) if long else Sleeve(21.5, 16.0, 53.0)
    arms = sleeves(t, s, cuff="rib" if long else "raw")
    front = body(t, strokes=(hem_stitch(t), *_vents(t)))
    parts = back_neck(t)
    parts += [front, *arms] if long else [*arms, *_arm_bands(t, s), front]
    if cut["placket"] == "zip":
        parts += zip_line(0.0, t.neck_depth - 1.0, t.neck_depth + 14.0)
    else:
        parts += short_placket(t, 15.5, 3 if cut["placket"] == "three" else 2, 3.4)
    if cut["pocket"] == "chest":
        parts.append(patch_pocket(12.0, 25.0, 10.5, 11.5))
    return [*parts, *collar("polo", Cloth.RIB)]


def _arm_bands(t: Torso, s: Sleeve) -> list[Part]:
    """The ribbed bands at the ends of a polo's short sleeves."""
    edge, top = cuff_path(t, s), cuff_path(t, s, 2.6)
    lines = (top, cuff_path(t, s, 0.8))
    return [
        Part(
            turn(between(top, edge)),
            Cloth.RIB,
            puff_cm=0.8,
            drop_cm=0.1,
            strokes=tuple(Stroke(turn(line), 0.3, 0.78) for line in lines),
        )
        for turn in (flipped, np.copy)
    ]


def _vents(t: Torso) -> tuple[Stroke, ...]:
    hx, hy = t.hem
    slit = np.array([(hx - 1.2, hy + 1.0), (hx - 1.0, hy - 5.0)])
    return (Stroke(slit, 0.5, 0.62), Stroke(flipped(slit), 0.5, 0.62))


def zip_line(x: float, top: float, bottom: float) -> list[Part]:
    """A zip: tape, teeth and puller."""
    tape = box(x - 0.9, top, x + 0.9, bottom)
    teeth = np.array([(x, top), (x, bottom)])
    strokes = (Stroke(tape[[0, 3]], 0.3, 0.6), Stroke(tape[[1, 2]], 0.3, 0.6))
    metal = Stroke(teeth, 0.55, 0.85, 0.3, (0.72, 0.72, 0.70))
    puller = box(x - 0.45, top + 1.0, x + 0.45, top + 4.2)
    return [
        Part(tape, Cloth.TRIM, tone=0.85, puff_cm=0.4, drop_cm=0, strokes=(*strokes, metal)),
        Part(puller, Cloth.METAL, puff_cm=0.3, drop_cm=0.3),
    ]
