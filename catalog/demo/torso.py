"""The upper body that tops, jackets and dresses share: body, neck, sleeves and their edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from catalog.demo.garment import Cloth, Drape, Part, Stroke
from catalog.demo.outlines import (
    XY,
    Points,
    between,
    box,
    flipped,
    join,
    lerp,
    mirrored,
    offset,
    resampled,
    smooth,
)


@dataclass(frozen=True, slots=True)
class Torso:
    """Measures of the right half in cm; y = 0 where the collar meets the shoulder."""

    neck: float = 8.8
    neck_depth: float = 8.5
    shoulder: XY = (22.5, 4.2)
    armpit: XY = (25.5, 24.0)
    waist: XY = (24.5, 46.0)
    hem: XY = (25.5, 69.0)
    vee: bool = False
    hem_drop: float = 0.7


def neckline(t: Torso) -> Points:
    """The right half of the front neckline, from bottom centre up to the shoulder."""
    if t.vee:
        return smooth((0.0, t.neck_depth), (t.neck * 0.6, t.neck_depth * 0.47), (t.neck, 0.0))
    return smooth(
        (0.0, t.neck_depth),
        (t.neck * 0.5, t.neck_depth * 0.88),
        (t.neck * 0.88, t.neck_depth * 0.46),
        (t.neck, 0.0),
    )


def armhole(t: Torso) -> Points:
    """The right armhole seam, from shoulder tip to armpit."""
    (sx, sy), (ax, ay) = t.shoulder, t.armpit
    return smooth((sx, sy), (sx - 0.6, sy + 0.45 * (ay - sy)), (ax - 1.4, ay - 2.2), (ax, ay))


def side(t: Torso) -> Points:
    """The right side seam, from armpit to hem."""
    (ax, ay), (wx, wy), (hx, hy) = t.armpit, t.waist, t.hem
    return smooth((ax, ay), ((ax + wx) / 2, (ay + wy) / 2), (wx, wy), (hx, hy))


def hem_line(t: Torso, curved: float = 0.0) -> Points:
    """The right half of the hem, from side seam to centre; `curved` cm of shirt tail."""
    hx, hy = t.hem
    low = hy + t.hem_drop
    if curved <= 0:
        return smooth((hx, hy), (hx * 0.55, low - 0.1), (0.0, low))
    return smooth(
        (hx, hy - curved), (hx * 0.8, hy - curved * 0.62), (hx * 0.45, low), (0.0, low + 0.3)
    )


def body(t: Torso, *, curved_hem: float = 0.0, strokes: tuple[Stroke, ...] = ()) -> Part:
    """The front of the body as one part, with its armhole seams."""
    sides = side(t)
    if curved_hem > 0:
        sides = sides[sides[:, 1] < t.hem[1] - curved_hem]
    half = join(neckline(t), armhole(t), sides, hem_line(t, curved_hem))
    seam = Stroke(armhole(t), 0.45, 0.8)
    other = Stroke(flipped(armhole(t)), 0.45, 0.8)
    return Part(mirrored(half), drape=Drape.BODY, strokes=(seam, other, *strokes))


def hem_stitch(t: Torso, up_cm: float = 2.2, curved: float = 0.0) -> Stroke:
    """The double stitch that holds the hem."""
    half = hem_line(t, curved) - np.array([0.0, up_cm])
    return Stroke(join(half, flipped(half)[::-1]), 0.3, 0.8)


def back_neck(t: Torso, label: bool = True) -> list[Part]:
    """The inside of the back that shows through the neck hole, with its label."""
    back = smooth(
        (-t.neck, 0.0), (-t.neck * 0.5, 1.7), (0.0, 2.2), (t.neck * 0.5, 1.7), (t.neck, 0)
    )
    front = join(flipped(neckline(t))[::-1], neckline(t)) + np.array([0.0, 0.6])
    parts = [
        Part(between(back, front), Cloth.LINING, tone=0.78, drop_cm=0, puff_cm=1.5),
        Part(
            between(back, back + np.array([0.0, 1.6])), Cloth.RIB, tone=0.82, drop_cm=0, puff_cm=1
        ),
    ]
    if label:
        parts.append(Part(box(-1.9, 3.4, 1.9, 5.2), Cloth.LABEL, puff_cm=0.3, drop_cm=0.1))
    return parts


def rib_band(path: Points, width_cm: float, *, ribs: int = 0, cloth: Cloth = Cloth.RIB) -> Part:
    """A band to the right hand of a path (below it, when it runs left to right), with its ribs."""
    inner = resampled(path, 60)
    outer = offset(inner, -width_cm)
    lines = [Stroke(outer, 0.3, 0.74)]
    if ribs:
        ends = zip(resampled(inner, ribs), resampled(outer, ribs), strict=True)
        lines += [Stroke(np.stack(pair), 0.28, 0.86) for pair in ends]
    return Part(between(inner, outer), cloth, puff_cm=0.8, drop_cm=0.12, strokes=tuple(lines))


def neck_rib(t: Torso, width_cm: float = 2.2, ribs: int = 0) -> Part:
    """The band around the front neckline."""
    right = neckline(t)
    whole = join(flipped(right)[::-1], right[1:])
    return rib_band(whole, width_cm, ribs=ribs)


@dataclass(frozen=True, slots=True)
class Sleeve:
    """A right sleeve: length from the shoulder tip and cuff width in cm, angle below level."""

    length: float = 22.0
    cuff: float = 17.0
    angle_deg: float = 52.0
    bend_cm: float = 0.0

    def ends(self, t: Torso) -> tuple[XY, XY]:
        """Outer and inner end of the cuff."""
        a = np.deg2rad(self.angle_deg)
        sx, sy = t.shoulder
        outer = (sx + self.length * float(np.cos(a)), sy + self.length * float(np.sin(a)))
        inner = (outer[0] - self.cuff * float(np.sin(a)), outer[1] + self.cuff * float(np.cos(a)))
        return outer, inner


def sleeve_outline(t: Torso, s: Sleeve) -> Points:
    """The closed outline of the right sleeve."""
    outer, inner = s.ends(t)
    (sx, sy), (ax, ay) = t.shoulder, t.armpit
    near, under_mid = lerp(t.shoulder, outer, 0.16), lerp(inner, t.armpit, 0.5)
    far = lerp(t.shoulder, outer, 0.6)
    start = lerp((t.neck, 0.0), t.shoulder, 0.9)
    bow = 0.5 * s.bend_cm
    top = smooth(
        start,
        (sx + 0.1, sy + 0.35),
        (near[0] + 0.7 + 0.5 * bow, near[1] - 0.1),
        (far[0] + 0.5 + bow, far[1] - 0.2),
        outer,
    )
    under = smooth(inner, (under_mid[0] + bow * 0.4 - 0.3, under_mid[1]), (ax, ay))
    return join(top, under, np.array([(ax - 3.0, ay - 4.0), (sx - 3.0, sy + 8.0)]))


def cuff_path(t: Torso, s: Sleeve, back_cm: float = 0.0) -> Points:
    """The cuff's edge from inner to outer end, `back_cm` up the sleeve."""
    outer, inner = s.ends(t)
    a = np.deg2rad(s.angle_deg)
    shift = -back_cm * np.array([np.cos(a), np.sin(a)])
    mid = lerp(inner, outer, 0.5)
    bow = (mid[0] + 0.5 * float(np.cos(a)), mid[1] + 0.5 * float(np.sin(a)))
    return smooth(inner, bow, outer) + shift


def sleeves(t: Torso, s: Sleeve, *, cuff: str = "stitched") -> list[Part]:
    """Both sleeves; `cuff` is stitched, rib, band (a shirt's) or raw."""
    parts: list[Part] = []
    for turn in (flipped, lambda p: p):
        sign = 1.0 if parts else -1.0
        edge = cuff_path(t, s)
        lines = [Stroke(turn(cuff_path(t, s, 2.0)), 0.3, 0.8)] if cuff == "stitched" else []
        parts.append(
            Part(
                turn(sleeve_outline(t, s)),
                grain_deg=sign * (s.angle_deg - 90.0),
                tone=0.97,
                drape=Drape.SLEEVE,
                strokes=tuple(lines),
            )
        )
        if cuff == "rib":
            parts.append(_cuff(turn, edge, cuff_path(t, s, 5.5), Cloth.RIB, 14))
        if cuff == "band":
            parts.append(_cuff(turn, edge, cuff_path(t, s, 5.5), Cloth.MAIN, 0))
    return parts


def _cuff(
    turn: Callable[[Points], Points], edge: Points, top: Points, cloth: Cloth, ribs: int
) -> Part:
    """A cuff between the sleeve's edge and a line above it, a little narrower at the wrist."""
    centre = edge.mean(axis=0)
    wrist = centre + (edge - centre) * 0.88 if ribs else centre + (edge - centre) * 1.0
    lines = [Stroke(turn(top), 0.45, 0.66)]
    if ribs:
        ends = zip(resampled(top, ribs), resampled(wrist, ribs), strict=True)
        lines += [Stroke(turn(np.stack(pair)), 0.28, 0.84) for pair in ends]
    return Part(turn(between(top, wrist)), cloth, puff_cm=1.4, drop_cm=0.15, strokes=tuple(lines))


def hem_rib(t: Torso, height_cm: float = 6.0, ribs: int = 34) -> Part:
    """The ribbed band at the bottom of a sweater, hoodie or bomber."""
    half = hem_line(t)
    top = join(flipped(half), half[::-1][1:]) - np.array([0.0, 0.6])
    low = top * np.array([0.93, 1.0]) + np.array([0.0, height_cm])
    ends = zip(resampled(top, ribs), resampled(low, ribs), strict=True)
    lines = [Stroke(top, 0.5, 0.66), *(Stroke(np.stack(p), 0.3, 0.85) for p in ends)]
    return Part(between(top, low), Cloth.RIB, puff_cm=1.6, drop_cm=0.15, strokes=tuple(lines))
