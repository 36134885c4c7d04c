"""Outerwear: blazers, coats, puffers, bombers, parkas and trucker jackets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from catalog.demo.garment import Cloth, Cut, Part, Stroke, button
from catalog.demo.hoodies import hood_back, hood_front
from catalog.demo.outlines import Points, between, box, flipped, join, smooth
from catalog.demo.shirts import collar, zip_line
from catalog.demo.torso import Sleeve, Torso, back_neck, body, hem_line, hem_rib, sleeves

_JACKET = Torso(
    neck=9.6,
    neck_depth=9.0,
    shoulder=(24.0, 4.0),
    armpit=(27.5, 26.0),
    waist=(26.0, 46.0),
    hem=(28.0, 70.0),
)
_ARM = Sleeve(60.0, 14.0, 72.0, bend_cm=1.6)


def outerwear(cut: Cut) -> list[Part]:
    """A jacket or coat of the cut's style."""
    draw = {
        "blazer": _blazer,
        "coat": _coat,
        "puffer": _puffer,
        "bomber": _bomber,
        "parka": _parka,
        "trucker": _trucker,
    }[cut["style"]]
    return draw(cut)


def _lapels(bottom: float, width: float, gorge: float = 9.0) -> list[Part]:
    """A notched collar with lapels that meet at `bottom`."""
    shirt_side = smooth((-9.4, -1.0), (-8.2, 3.0), (-5.2, bottom * 0.5), (0.0, bottom))
    hole = join(shirt_side, flipped(shirt_side)[::-1])
    parts = [Part(hole, Cloth.LINING, tone=0.85, puff_cm=2.5, drop_cm=0)]
    notch = (8.0 + width * 0.62, gorge + 2.4)
    for turn in (flipped, np.copy):
        lapel = join(
            smooth((0.0, bottom), (4.2, bottom * 0.5), (8.8, 2.2)),
            smooth((8.8, 2.2), notch),
            smooth(notch, (9.4 + width, gorge + 2.0)),
            smooth((9.4 + width, gorge + 2.0), (7.4 + width * 0.55, bottom * 0.62), (0.0, bottom)),
        )
        parts.append(
            Part(turn(lapel), grain_deg=8, puff_cm=1.2, drop_cm=0.9, strokes=(_rim(turn(lapel)),))
        )
        leaf = join(
            smooth((8.9, 3.2), (9.2, 0.0), (6.6, -3.0)),
            smooth((6.6, -3.0), (11.2, -0.6), (10.0 + width * 0.75, gorge - 1.6)),
            smooth((10.0 + width * 0.75, gorge - 1.6), notch),
        )
        parts.append(
            Part(turn(leaf), grain_deg=20, puff_cm=1.0, drop_cm=0.7, strokes=(_rim(turn(leaf)),))
        )
    back = between(
        smooth((-7.4, -2.8), (0, -4.0), (7.4, -2.8)), smooth((-9.6, 2.6), (0, 0.6), (9.6, 2.6))
    )
    return [parts[0], Part(back, tone=0.86, puff_cm=1.0, drop_cm=0), *parts[1:]]


def _rim(outline: Points) -> Stroke:
    return Stroke(np.vstack([outline, outline[:1]]), 0.3, 0.74)


def _closing(top: float, bottom: float, x: float = 1.6) -> Stroke:
    """The edge where the right front laps over the left."""
    return Stroke(smooth((0.0, top), (x, top + 4.0), (x, bottom)), 0.5, 0.52)


def _flap_pockets(y: float, width: float = 14.0, height: float = 5.4) -> list[Part]:
    parts = []
    for sign in (-1.0, 1.0):
        x = sign * 15.0
        shape = box(x - width / 2, y, x + width / 2, y + height)
        parts.append(Part(shape, puff_cm=0.6, drop_cm=0.5, strokes=(_rim(shape),)))
    return parts


def _blazer(cut: Cut) -> list[Part]:
    double = cut["closing"] == "double"
    break_y = 36.0 if double else 41.0
    t = replace(_JACKET, hem=(28.0, 72.0 + cut.vary("length", -3, 5)), waist=(24.8, 46.0))
    darts = [smooth((s * 12.0, 30.0), (s * 11.0, 44.0), (s * 12.0, 58.0)) for s in (-1, 1)]
    strokes = (_closing(break_y, t.hem[1] + 1), *(Stroke(d, 0.35, 0.82) for d in darts))
    parts = [body(t, strokes=strokes), *sleeves(t, _ARM, cuff="raw")]
    parts += _flap_pockets(52.0)
    parts.append(
        Part(
            box(8.5, 24.4, 17.5, 26.8),
            puff_cm=0.4,
            drop_cm=0.3,
            strokes=(Stroke(box(8.5, 24.4, 17.5, 26.8), 0.3),),
        )
    )
    parts += _lapels(break_y, 7.5 if double else 6.0)
    spots = [(-5.0, 44), (5.0, 44), (-5.0, 54), (5.0, 54)] if double else [(1.0, 44.0), (1.0, 54.0)]
    return [*parts, *(button(x, y, 1.15) for x, y in spots)]


def _coat(cut: Cut) -> list[Part]:
    double = cut["closing"] == "double"
    low = 104.0 + cut.vary("length", -8, 8)
    t = replace(_JACKET, waist=(25.5, 48.0), hem=(31.0, low))
    strokes = (_closing(34.0, low + 1, 4.0 if double else 1.6),)
    parts = [body(t, strokes=strokes), *sleeves(t, replace(_ARM, length=62.0), cuff="raw")]
    parts += _flap_pockets(62.0, 15.0, 5.5)
    if cut["belt"] == "belt":
        belt = box(-26.6, 48.0, 26.6, 52.4)
        edge = (Stroke(belt[[0, 1]], 0.35, 0.7), Stroke(belt[[3, 2]], 0.35, 0.7))
        parts.append(Part(belt, puff_cm=0.9, drop_cm=0.8, strokes=edge))
        parts.append(Part(box(-3.4, 47.2, 3.4, 53.2), Cloth.BUTTON, puff_cm=0.7, drop_cm=0.4))
        parts.append(Part(box(-2.0, 48.6, 2.0, 51.8), puff_cm=0.5, drop_cm=0))
    parts += _lapels(34.0, 8.0)
    xs = (-6.5, 6.5) if double else (1.0,)
    ys = (39.0, 58.0, 70.0) if double else (40.0, 57.0, 70.0, 83.0)
    return [*parts, *(button(x, y, 1.35) for y in ys for x in xs)]


def _puffer(cut: Cut) -> list[Part]:
    t = replace(
        _JACKET,
        armpit=(30.0, 27.0),
        waist=(30.0, 46.0),
        hem=(29.5, 66.0 + cut.vary("length", -6, 6)),
        shoulder=(26.0, 4.6),
    )
    arm = Sleeve(58.0, 16.0, 70.0, bend_cm=2.8)
    pitch = {"wide": 10.5, "narrow": 6.0}[cut["quilt"]]
    quilts = [_quilt(y, 33.0) for y in np.arange(9.0, t.hem[1], pitch)]
    front = body(t, strokes=tuple(q for pair in quilts for q in pair))
    parts = [*_hooded(cut), replace(front, outline=_scalloped(front.outline, pitch))]
    parts.extend(
        replace(sleeve, strokes=_arm_quilts(t, arm, pitch, sleeve.outline))
        for sleeve in sleeves(t, arm, cuff="raw")
    )
    half = hem_line(t)
    hem = join(flipped(half), half[::-1])
    parts.append(Part(between(hem, hem + np.array([0.0, 2.4])), puff_cm=1, drop_cm=0.1))
    parts += zip_line(0.0, 1.0, t.hem[1] + 0.5)
    return [*parts, *(hood_front() if cut["hood"] == "hood" else _stand_collar(Cloth.MAIN))]


def _scalloped(outline: Points, pitch: float) -> Points:
    """A body whose sides swell between its rows of quilting."""
    x, y = outline[:, 0], outline[:, 1]
    swell = np.where((np.abs(x) > 20) & (y > 26), np.abs(np.sin(np.pi * (y - 9.0) / pitch)), 0.0)
    return np.stack([x * (1.0 + 0.035 * swell), y], axis=1)


def _quilt(y: float, half: float) -> tuple[Stroke, ...]:
    line = smooth(
        (-half, y + 0.6), (-half / 2, y - 0.2), (0, y + 0.2), (half / 2, y - 0.2), (half, y + 0.6)
    )
    return _bump(line)


def _bump(line: Points) -> tuple[Stroke, ...]:
    """A stitched line with the down swelling below it: dark, then bright, then falling off."""
    steps = ((0.0, 0.5, 0.66), (-0.6, 1, 0.9), (0.7, 1, 0.92), (1.8, 1.1, 1.05), (2.8, 1.4, 1.1))
    return tuple(Stroke(line + np.array([0.0, down]), w, tone) for down, w, tone in steps)


def _arm_quilts(t: Torso, arm: Sleeve, pitch: float, outline: Points) -> tuple[Stroke, ...]:
    """Quilting across a sleeve, square to its axis."""
    sign = 1.0 if outline[:, 0].mean() > 0 else -1.0
    a = np.deg2rad(arm.angle_deg)
    axis, across = np.array([np.cos(a), np.sin(a)]), np.array([np.sin(a), -np.cos(a)])
    strokes: list[Stroke] = []
    for at in np.arange(6.0, arm.length - 1.0, pitch):
        centre = np.array(t.shoulder) + axis * at
        line = np.stack([centre + across * 6.0, centre - across * 24.0]) * np.array([sign, 1.0])
        strokes += _bump(line)
    return tuple(strokes)


def _hooded(cut: Cut) -> list[Part]:
    return hood_back() if cut["hood"] == "hood" else back_neck(_JACKET)


def _stand_collar(cloth: Cloth) -> list[Part]:
    parts = []
    for turn in (flipped, np.copy):
        half = join(
            smooth((0.5, 10.0), (0.6, 4.0), (3.8, -2.6)),
            smooth((3.8, -2.6), (8.6, -5.4), (10.4, 1.4)),
            smooth((10.4, 1.4), (6.0, 8.0), (0.5, 11.5)),
        )
        parts.append(Part(turn(half), cloth, puff_cm=1.6, drop_cm=0.6, strokes=(_rim(turn(half)),)))
    inside = between(
        smooth((-8.6, -5.4), (0, -6.6), (8.6, -5.4)), smooth((-8.0, 2.0), (0, 5.0), (8.0, 2.0))
    )
    return [Part(inside, Cloth.LINING, tone=0.8, puff_cm=1.5, drop_cm=0), *parts]


def _bomber(cut: Cut) -> list[Part]:
    t = replace(
        _JACKET,
        armpit=(28.5, 26.5),
        waist=(29.0, 46.0),
        hem=(27.5, 58.0 + cut.vary("length", -3, 4)),
    )
    pockets = [Stroke(np.array([(s * 13.0, 40.0), (s * 17.5, 52.0)]), 1.0, 0.55) for s in (-1, 1)]
    parts = [*back_neck(t), body(t, strokes=tuple(pockets))]
    parts += sleeves(t, replace(_ARM, cuff=12.0, bend_cm=2.4), cuff="rib")
    parts += [hem_rib(t, 6.5), *zip_line(0.0, t.neck_depth - 1.0, t.hem[1] + 6.5)]
    band = join(
        flipped(smooth((0.0, 9.0), (5.6, 7.0), (9.6, 0.0)))[::-1],
        smooth((0.0, 9.0), (5.6, 7.0), (9.6, 0.0)),
    )
    inner = join(
        flipped(smooth((0.0, 5.0), (4.4, 3.4), (8.0, -2.0)))[::-1],
        smooth((0.0, 5.0), (4.4, 3.4), (8.0, -2.0)),
    )
    back = between(
        smooth((-8.0, -2.2), (0, -3.2), (8.0, -2.2)),
        smooth((-8.6, 1.5), (-6, 3.2), (0, 2.4), (6, 3.2), (8.6, 1.5)),
    )
    parts.append(Part(back, Cloth.RIB, tone=0.82, puff_cm=1.0, drop_cm=0))
    return [
        *parts,
        Part(
            between(inner, band),
            Cloth.RIB,
            puff_cm=1.4,
            drop_cm=0.4,
            strokes=(Stroke(band, 0.35, 0.7),),
        ),
    ]


def _parka(cut: Cut) -> list[Part]:
    low = 84.0 + cut.vary("length", -8, 8)
    t = replace(_JACKET, waist=(27.5, 48.0), hem=(29.5, low), armpit=(28.5, 27.0))
    waist = Stroke(smooth((-28.0, 48.0), (0, 49.0), (28.0, 48.0)), 0.6, 0.66)
    parts = [*_hooded(cut), body(t, strokes=(waist,)), *sleeves(t, _ARM, cuff="band")]
    front = box(-3.0, 9.0, 3.0, low + 0.8)
    parts.append(
        Part(
            front,
            puff_cm=0.8,
            drop_cm=0.5,
            strokes=(Stroke(front[[0, 3]], 0.4), Stroke(front[[1, 2]], 0.5, 0.6)),
        )
    )
    parts += [button(0.0, float(y), 0.8) for y in np.linspace(13.0, low - 8.0, 6)]
    for sign in (-1.0, 1.0):
        pouch = box(sign * 16 - 8, 56.0, sign * 16 + 8, 72.0)
        flap = box(sign * 16 - 8.6, 54.5, sign * 16 + 8.6, 60.0)
        parts += [Part(p, puff_cm=0.9, drop_cm=0.7, strokes=(_rim(p),)) for p in (pouch, flap)]
    return [*parts, *(hood_front() if cut["hood"] == "hood" else _stand_collar(Cloth.MAIN))]


def _trucker(cut: Cut) -> list[Part]:
    t = replace(_JACKET, waist=(26.0, 44.0), hem=(25.5, 57.0 + cut.vary("length", -3, 5)))
    yoke = Stroke(np.array([(-27.0, 21.0), (27.0, 21.0)]), 0.5, 0.66)
    seams = [np.array([(s * 12.0, 27.0), (s * 7.0, t.hem[1])]) for s in (-1.0, 1.0)]
    outer = [np.array([(s * 17.0, 27.0), (s * 14.0, t.hem[1])]) for s in (-1.0, 1.0)]
    strokes = (yoke, *(Stroke(p, 0.45, 0.7) for p in (*seams, *outer)))
    parts = [
        *back_neck(t),
        body(t, strokes=strokes),
        *sleeves(t, replace(_ARM, cuff=12.5), cuff="band"),
    ]
    band = box(-25.0, t.hem[1] - 1.0, 25.0, t.hem[1] + 4.0)
    strip = box(-2.0, 8.0, 2.0, t.hem[1] + 4.0)
    parts += [Part(p, puff_cm=0.7, drop_cm=0.35, strokes=(_rim(p),)) for p in (band, strip)]
    for sign in (-1.0, 1.0):
        x = sign * 14.0
        flap = np.array(
            [(x - 6.2, 20.0), (x + 6.2, 20.0), (x + 6.2, 24.0), (x, 26.4), (x - 6.2, 24.0)]
        )
        parts += [Part(flap, puff_cm=0.6, drop_cm=0.5, strokes=(_rim(flap),)), button(x, 24.2, 0.8)]
    parts += [button(0.0, float(y), 0.85) for y in np.linspace(12.0, t.hem[1] + 1.5, 6)]
    return [*parts, *collar("point")]
