"""Shoes in side view, toe to the right: sneakers, boots, loafers and pumps."""

from __future__ import annotations

import numpy as np

from catalog.demo.garment import Cloth, Cut, Part, Stroke, moved
from catalog.demo.outlines import Points, between, join, lerp, offset, smooth, tube


def shoes(cut: Cut) -> list[Part]:
    """A pair of shoes of the cut's style; all measures as of a 29 cm sole."""
    draw = {
        "sneaker": _sneaker,
        "high-top": _high_top,
        "runner": _runner,
        "chelsea": _chelsea,
        "loafer": _loafer,
        "pump": _pump,
    }[cut["style"]]
    near = draw(cut)
    height = max(-float(part.outline[:, 1].min()) for part in near)
    far = [moved(part, 5.2, -0.42 * height - 1.6, 0.93) for part in near]
    return [*far, *near]


def _sole(height: float, toe_spring: float = 0.8, heel: float = 0.0) -> Part:
    """A cupsole: flat below, rising at the toe."""
    top = smooth(
        (-14.6, -height - heel),
        (-6.0, -height - heel * 0.6),
        (5.0, -height),
        (12.0, -height - 0.2),
        (15.2, -height - toe_spring),
    )
    low = smooth((-14.8, -0.3), (-12.0, 0.0), (8.0, 0.0), (12.6, -0.2), (15.4, -toe_spring - 0.5))
    line = smooth(
        (-14.4, -height * 0.55), (6.0, -height * 0.5), (15.2, -height * 0.55 - toe_spring * 0.7)
    )
    strokes = (Stroke(line, 0.16, 0.78), Stroke(top + np.array([0, 0.25]), 0.25, 0.8))
    return Part(between(top, low), Cloth.SOLE, puff_cm=0.9, drop_cm=0.2, strokes=strokes)


def _laces(start: tuple[float, float], end: tuple[float, float], count: int) -> list[Part]:
    """Laces across the throat of a shoe, from the tongue's top to the toe."""
    parts = []
    for share in np.linspace(0.0, 1.0, count):
        x, y = lerp(start, end, float(share))
        lace = smooth((x - 1.5, y + 1.5), (x + 0.2, y + 0.1), (x + 1.3, y - 0.5))
        parts.append(Part(tube(lace, (0.62, 0.72, 0.62)), Cloth.LABEL, puff_cm=0.3, drop_cm=0.25))
    return parts


def _opening(back: tuple[float, float], front: tuple[float, float], dip: float) -> list[Part]:
    """The lining seen over the collar of a shoe, on its far side."""
    far = smooth(back, ((back[0] + front[0]) / 2, min(back[1], front[1]) + 0.2), front)
    near = smooth(back, ((back[0] + front[0]) / 2, max(back[1], front[1]) + dip + 3.0), front)
    return [Part(between(far, near), Cloth.LINING, tone=0.62, puff_cm=0.8, drop_cm=0)]


def _upper(outline: Points, *strokes: Stroke) -> Part:
    return Part(outline, puff_cm=1.5, drop_cm=0.15, strokes=strokes)


def _sneaker(cut: Cut) -> list[Part]:
    tongue = smooth(
        (-1.5, -9.6), (-0.6, -12.6), (2.2, -12.4), (4.6, -9.0), (2.0, -7.8), (-1.5, -9.6)
    )
    topline = smooth((-13.6, -9.8), (-10.5, -9.2), (-6.0, -8.0), (-1.6, -9.8))
    throat = smooth((-1.6, -9.8), (2.5, -8.4), (7.6, -6.2))
    toe = smooth((7.6, -6.2), (12.0, -5.6), (14.6, -4.2), (15.0, -2.6))
    heel = smooth((-14.4, -2.4), (-14.6, -6.0), (-13.6, -9.8))
    outline = join(topline, throat, toe, heel)
    quarter = smooth((7.6, -6.2), (5.6, -4.6), (4.4, -2.4))
    counter = smooth((-9.6, -9.0), (-9.0, -5.5), (-10.0, -2.4))
    cap = smooth((10.0, -5.7), (9.4, -4.2), (10.0, -2.5))
    inner = smooth((-1.0, -8.4), (3.0, -6.9), (6.6, -5.2))
    strokes = [Stroke(p, 0.18, 0.68) for p in (quarter, counter, cap, inner)]
    parts = [
        *_opening((-13.6, -9.8), (-1.2, -10.2), 2.4),
        Part(tongue, Cloth.MAIN, tone=0.92, puff_cm=0.9),
    ]
    parts += [_upper(outline, *strokes), *_side_mark(cut["mark"])]
    heel_tab = join(
        smooth((-14.5, -5.6), (-13.4, -10.1), (-10.6, -9.4)),
        smooth((-10.6, -9.4), (-11.4, -6.4), (-14.5, -5.6)),
    )
    parts.append(Part(heel_tab, Cloth.TRIM, puff_cm=0.6, drop_cm=0.15))
    return [
        *parts,
        *_laces((-0.4, -10.0), (6.4, -6.6), 5),
        _sole(3.0 + cut.vary("sole", -0.4, 0.6)),
    ]


def _side_mark(mark: str) -> list[Part]:
    """A trim shape on the side: bands, a wave or nothing."""
    if mark == "bands":
        shapes = [
            np.array([(x, -7.6), (x + 1.0, -7.4), (x + 2.6, -3.0), (x + 1.4, -3.0)])
            for x in (-3.6, -1.4, 0.8)
        ]
    elif mark == "wave":
        shapes = [
            between(
                smooth((-9.4, -4.0), (-3.0, -3.4), (5.4, -7.0)),
                smooth((-9.4, -4.0), (-5.0, -6.6), (5.4, -7.0)) * np.array([1.0, 1.0])
                + np.array([0, 0.2]),
            )
        ]
    else:
        return []
    return [Part(s, Cloth.TRIM, puff_cm=0.4, drop_cm=0.12) for s in shapes]


def _high_top(cut: Cut) -> list[Part]:
    topline = smooth((-12.6, -16.8), (-8.5, -16.2), (-3.4, -16.8))
    throat = smooth((-3.4, -16.8), (-1.2, -12.5), (2.5, -8.6), (7.4, -6.2))
    toe = smooth((7.4, -6.2), (12.0, -5.6), (14.6, -4.2), (15.0, -2.6))
    heel = smooth((-14.2, -2.4), (-14.2, -7.5), (-13.0, -12.0), (-12.6, -16.8))
    tongue = smooth(
        (-4.4, -15.6), (-3.6, -19.0), (0.2, -18.0), (4.4, -9.4), (1.0, -8.4), (-4.4, -15.6)
    )
    seams = [
        smooth((7.4, -6.2), (5.4, -4.6), (4.4, -2.4)),
        smooth((-12.9, -10.8), (-7.5, -10.0), (-1.0, -10.6)),
        smooth((-9.8, -10.2), (-9.2, -6.0), (-10.0, -2.4)),
        smooth((-2.6, -15.2), (-0.4, -11.0), (3.0, -7.4), (6.6, -5.2)),
    ]
    cap = join(
        smooth((9.2, -5.9), (8.6, -4.4), (9.6, -2.4)),
        smooth((9.6, -2.4), (15.0, -2.4)),
        smooth((15.0, -2.6), (14.6, -4.2), (12.4, -5.5), (9.2, -5.9)),
    )
    parts = [*_opening((-12.6, -16.8), (-3.2, -17.0), 1.6), Part(tongue, tone=0.9, puff_cm=0.9)]
    parts.append(_upper(join(topline, throat, toe, heel), *(Stroke(s, 0.18, 0.68) for s in seams)))
    parts.append(
        Part(cap, Cloth.SOLE if cut["mark"] == "plain" else Cloth.TRIM, puff_cm=1.0, drop_cm=0.15)
    )
    if cut["mark"] != "plain":
        parts += _side_mark(cut["mark"])
    return [
        *parts,
        *_laces((-2.6, -15.6), (-0.8, -12.4), 4),
        *_laces((0.4, -10.9), (6.2, -6.6), 5),
        _sole(2.8),
    ]


def _runner(cut: Cut) -> list[Part]:
    topline = smooth((-13.6, -11.0), (-12.6, -10.9), (-10.4, -9.2), (-6.5, -8.6), (-2.4, -10.6))
    throat = smooth((-2.4, -10.6), (2.0, -9.0), (7.6, -6.4))
    toe = smooth((7.6, -6.4), (12.0, -5.9), (15.2, -4.6), (16.0, -3.2))
    heel = smooth((-14.0, -3.2), (-14.8, -6.4), (-13.6, -9.0), (-13.6, -11.0))
    tongue = smooth((-2.6, -9.8), (-2.0, -13.6), (1.6, -12.8), (4.6, -9.0), (-2.6, -9.8))
    mesh = [smooth((x, -6.3 - 0.05 * x), (x + 0.8, -3.2)) for x in np.linspace(5.5, 12.5, 9)]
    strokes = [Stroke(m, 0.14, 0.8) for m in mesh]
    swoop = between(
        smooth((-12.0, -3.4), (-4.0, -4.2), (3.6, -8.2)),
        smooth((-9.0, -3.2), (-2.0, -3.6), (5.6, -7.2)),
    )
    parts = [*_opening((-12.9, -10.9), (-2.2, -10.8), 1.4), Part(tongue, tone=0.88, puff_cm=0.8)]
    parts.append(_upper(join(topline, throat, toe, heel), *strokes))
    parts.append(Part(swoop, Cloth.TRIM, puff_cm=0.5, drop_cm=0.15))
    wedge_top = smooth((-15.8, -4.2), (-8.0, -4.4), (3.0, -3.2), (11.0, -3.0), (16.4, -3.9))
    wedge_low = smooth((-16.2, -1.4), (-13.0, 0.0), (8.0, 0.0), (12.6, -0.5), (16.6, -2.6))
    grooves = [
        Stroke(smooth((x, -1.4), (x + 0.8, 0.1)), 0.4, 0.6) for x in np.linspace(-13.0, 11.0, 11)
    ]
    foam = Stroke(smooth((-15.4, -2.6), (0.0, -1.7), (16.0, -2.8)), 0.2, 0.75)
    sole = Part(
        between(wedge_top, wedge_low),
        Cloth.SOLE,
        puff_cm=1.2,
        drop_cm=0.2,
        strokes=(foam, *grooves),
    )
    return [*parts, *_laces((-0.8, -11.0), (6.2, -6.9), 5), sole]


def _chelsea(cut: Cut) -> list[Part]:
    top = smooth((-13.4, -21.0), (-8.8, -20.4), (-3.6, -21.4))
    front = smooth((-3.6, -21.4), (-2.6, -13.5), (1.0, -9.2), (7.0, -6.6))
    toe = smooth((7.0, -6.6), (12.0, -5.6), (15.0, -3.6), (15.2, -2.0))
    heel = smooth((-13.8, -2.2), (-14.2, -6.5), (-13.0, -12.0), (-13.4, -21.0))
    gore = between(
        smooth((-10.8, -20.6), (-9.4, -14.0), (-7.8, -9.6)),
        smooth((-5.6, -20.8), (-6.2, -14.0), (-7.2, -9.6)),
    )
    ribs = [
        Stroke(smooth((x, -20.6), (-7.5 + (x + 8.2) * 0.2, -9.8)), 0.16, 0.76)
        for x in np.linspace(-10.2, -6.0, 9)
    ]
    vamp = smooth((-7.4, -9.4), (-2.0, -6.0), (2.4, -2.4))
    tab = tube(smooth((-13.0, -20.6), (-12.6, -23.4), (-11.4, -20.4)), (0.9, 0.9))
    shape = join(top, front, toe, heel)
    parts = [*_opening((-13.4, -21.0), (-3.6, -21.4), 1.2), Part(tab, Cloth.TRIM, puff_cm=0.4)]
    parts.append(_upper(shape, Stroke(vamp, 0.2, 0.66)))
    parts.append(Part(gore, Cloth.TRIM, puff_cm=0.8, drop_cm=0, strokes=tuple(ribs)))
    return [*parts, *_welt(2.0 + cut.vary("heel", 0.0, 1.0))]


def _welt(heel: float) -> list[Part]:
    """A thin leather sole with a stacked heel."""
    top = smooth((-14.2, -2.2), (-4.0, -2.2), (4.0, -2.0), (12.0, -1.9), (15.8, -2.3))
    low = smooth((-14.2, -1.2), (-5.0, -1.2), (3.0, -0.4 - 0.3 * heel), (9.0, -0.1), (15.6, -1.5))
    block = np.array([(-14.2, -1.6), (-5.6, -1.6), (-6.2, 0.0), (-14.0, 0.0)]) * (1, max(heel, 1))
    sole = Part(
        between(top, low), Cloth.SOLE, puff_cm=0.5, drop_cm=0.2, strokes=(Stroke(top, 0.2, 0.8),)
    )
    return [Part(block, Cloth.SOLE, tone=0.86, puff_cm=0.8, drop_cm=0), sole]


def _loafer(cut: Cut) -> list[Part]:
    topline = smooth((-13.8, -8.0), (-10.0, -6.8), (-4.0, -5.8), (0.0, -7.4))
    vamp = smooth((0.0, -7.4), (2.0, -9.2), (5.0, -8.2), (9.0, -6.0))
    toe = smooth((9.0, -6.0), (12.4, -5.2), (14.8, -3.8), (15.2, -2.0))
    heel = smooth((-14.0, -2.2), (-14.5, -5.0), (-13.8, -8.0))
    apron = smooth((0.6, -4.6), (6.0, -5.6), (11.0, -5.0), (13.4, -4.0))
    strap = between(
        smooth((0.4, -8.0), (1.6, -5.0), (0.8, -2.4)), smooth((4.0, -8.8), (4.8, -5.6), (4.6, -2.4))
    )
    slot = Stroke(smooth((1.8, -6.4), (3.8, -6.8)), 0.45, 0.5)
    parts = _opening((-13.8, -8.0), (0.6, -8.0), 2.0)
    parts.append(
        _upper(
            join(topline, vamp, toe, heel),
            Stroke(apron, 0.3, 0.6),
            Stroke(apron + np.array([0, 0.4]), 0.3, 1.15),
        )
    )
    cloth = Cloth.METAL if cut["mark"] == "bands" else Cloth.MAIN
    parts.append(Part(strap, Cloth.MAIN, tone=0.95, puff_cm=0.5, drop_cm=0.3, strokes=(slot,)))
    if cloth is Cloth.METAL:
        parts.append(
            Part(tube(smooth((0.8, -6.4), (4.6, -7.0)), (0.7, 0.5, 0.7)), cloth, puff_cm=0.3)
        )
    if cut["mark"] == "wave":
        parts += [
            Part(
                tube(smooth((3.0, -7.0), (x, -4.2)), (0.4, 1.1)),
                Cloth.TRIM,
                puff_cm=0.4,
                drop_cm=0.3,
            )
            for x in (4.4, 6.2)
        ]
    return [*parts, *_welt(1.6)]


def _pump(cut: Cut) -> list[Part]:
    rise = 8.5 if cut["mark"] != "plain" else 5.5
    topline = smooth(
        (-12.6, -rise - 6.4),
        (-10.0, -rise - 3.0),
        (-3.0, -rise * 0.55 - 2.6),
        (5.0, -3.4),
        (9.0, -4.6),
    )
    toe = smooth((9.0, -4.6), (12.0, -3.6), (16.2, -0.6))
    under = smooth(
        (16.2, -0.4),
        (10.0, -0.2),
        (4.0, -0.5),
        (-3.0, -rise * 0.55),
        (-9.0, -rise),
        (-13.2, -rise - 0.6),
    )
    heel = smooth((-13.2, -rise - 0.6), (-13.6, -rise - 3.6), (-12.6, -rise - 6.4))
    far = between(
        smooth((-12.6, -rise - 6.4), (-3.0, -rise * 0.6 - 4.4), (9.0, -4.6)),
        topline[:40:2] if len(topline) > 80 else topline,
    )
    spike = between(
        smooth((-13.0, -rise - 0.4), (-12.9, -rise * 0.5), (-11.9, 0.0)),
        smooth((-7.4, -rise + 0.6), (-10.3, -rise * 0.6), (-10.7, 0.0)),
    )
    sole = between(under, offset(under, 0.45))
    parts = [Part(spike, puff_cm=1.0, tone=0.92), Part(far, Cloth.LINING, tone=0.75, puff_cm=0.8)]
    parts.append(_upper(join(topline, toe, under, heel)))
    parts.append(Part(sole, Cloth.SOLE, tone=0.7, puff_cm=0.3, drop_cm=0))
    if cut["mark"] == "wave":
        bow = tube(smooth((5.0, -4.4), (7.6, -5.6), (10.4, -5.0)), (2.0, 0.8, 2.0))
        parts.append(Part(bow, Cloth.TRIM, puff_cm=0.5, drop_cm=0.3))
    return parts
