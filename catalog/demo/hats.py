"""Hats: baseball caps, beanies, bucket hats and brimmed felt or straw hats."""

from __future__ import annotations

import numpy as np

from catalog.demo.garment import Cloth, Cut, Part, Stroke
from catalog.demo.outlines import between, ellipse, join, mirrored, smooth


def hat(cut: Cut) -> list[Part]:
    """A hat of the cut's style, in cm as worn."""
    draw = {"cap": _cap, "beanie": _beanie, "bucket": _bucket, "fedora": _fedora, "sun": _sun}
    return draw[cut["style"]](cut)


def _cap(cut: Cut) -> list[Part]:
    """A six-panel cap turned three quarters, visor to the right."""
    brim = Cloth.TRIM if cut["mark"] == "contrast" else Cloth.MAIN
    parts = [_cap_crown(), *_visor(brim)]
    parts.append(Part(ellipse(0.4, -13.4, 0.9, 0.55), brim, puff_cm=0.4, drop_cm=0.2))
    for x, y in ((-2.0, -8.6), (6.0, -7.8), (-7.2, -6.6)):
        hole = ellipse(x, y, 0.32, 0.32)
        parts.append(Part(hole, Cloth.BUTTON, tone=0.7, puff_cm=0.2, drop_cm=0))
    if cut["mark"] != "none":
        parts.append(Part(_badge(cut["mark"]), Cloth.TRIM, puff_cm=0.5, drop_cm=0.25))
    return parts


def _cap_crown() -> Part:
    low, front = (-10.0, 0.0), (9.8, -0.6)
    dome = smooth(low, (-10.6, -6), (-7, -11.6), (0, -13.4), (6, -11.4), (9.2, -6), front)
    outline = join(dome, smooth(front, (3.0, 1.2), (-4.0, 1.4), low))
    seams = [
        smooth((0.4, -13.3), (3.8, -8.0), (4.4, 0.8)),
        smooth((0.4, -13.3), (-4.4, -8.6), (-5.2, 1.2)),
        smooth((0.4, -13.3), (7.6, -10.0), (9.6, -3.0)),
    ]
    strokes = [Stroke(s, 0.2, 0.68) for s in seams]
    strokes += [Stroke(s + np.array([0.45, 0]), 0.12, 0.82, 0.3) for s in seams]
    return Part(outline, puff_cm=3.0, strokes=tuple(strokes))


def _visor(cloth: Cloth) -> list[Part]:
    """A cap's visor with its rows of stitching, and its underside."""
    outline = join(
        smooth((2.4, 0.9), (7.4, -0.4), (9.9, -2.0)),
        smooth((9.9, -2.0), (15.4, -0.6), (18.8, 2.6), (17.6, 4.6)),
        smooth((17.6, 4.6), (12.0, 3.2), (6.6, 3.0), (2.4, 0.9)),
    )
    rows = []
    for i in range(4):
        start, middle = (5.0 + i * 1.3, 1.2 + i * 0.3), (9.8 + i * 1.5, 0.2 + i * 0.5)
        row = smooth(start, middle, (12.2 + i * 1.35, -0.6 + i * 0.75))
        rows.append(Stroke(row, 0.14, 0.8))
    under = smooth((2.4, 0.9), (8.0, 3.6), (17.6, 4.6), (18.4, 3.8), (10.0, 2.4), (2.4, 0.9))
    return [
        Part(under, cloth, tone=0.6, puff_cm=0.4, drop_cm=0.2),
        Part(outline, cloth, puff_cm=1.2, drop_cm=0.6, strokes=tuple(rows)),
    ]


def _badge(mark: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A patch on the front panel: a disc or a shield."""
    if mark == "contrast":
        return ellipse(6.3, -4.0, 1.7, 1.9)
    return smooth(
        (4.6, -6.0), (6.4, -6.4), (8.0, -5.6), (7.8, -3.2), (6.5, -1.8), (5.0, -3.2), (4.6, -6.0)
    )


def _beanie(cut: Cut) -> list[Part]:
    """A ribbed beanie with a turn-up and, in some, a pompom."""
    tall = 15.0 + cut.vary("slouch", -1.0, 3.0)
    half = smooth(
        (0.0, -tall), (4.6, -tall + 0.6), (8.8, -tall * 0.62), (10.4, -tall * 0.2), (10.4, 2.0)
    )
    crown = mirrored(join(half, np.array([(0.0, 3.0)])))
    ribs = [_beanie_rib(float(share), tall) for share in np.linspace(-0.96, 0.96, 17)]
    parts = []
    if cut["mark"] != "none":
        cloth = Cloth.TRIM if cut["mark"] == "contrast" else Cloth.MAIN
        parts += _pompom(-tall - 1.6, cloth)
    parts.append(Part(crown, puff_cm=3.4, drop_cm=0.8, strokes=tuple(ribs)))
    top = smooth((-10.9, -2.6), (0.0, -1.4), (10.9, -2.6))
    low = smooth((-10.7, 4.4), (0.0, 5.8), (10.7, 4.4))
    ribs = [
        Stroke(np.array([(x, -2.4), (x * 0.99, 5.6)]), 0.34, 0.74)
        for x in np.linspace(-10.4, 10.4, 25)
    ]
    cuff = Cloth.TRIM if cut["mark"] == "contrast" else Cloth.MAIN
    parts.append(Part(between(top, low), cuff, puff_cm=1.6, drop_cm=0.5, strokes=tuple(ribs)))
    if cut["mark"] == "badge":
        patch = np.array([(2.0, -0.2), (6.4, -0.4), (6.4, 2.8), (2.0, 3.0)])
        parts.append(Part(patch, Cloth.LABEL, puff_cm=0.3, drop_cm=0.2))
    return parts


def _beanie_rib(share: float, tall: float) -> Stroke:
    """A rib from the crown to the turn-up, at -1..1 of the width."""
    line = smooth((share * 1.6, -tall + 0.2), (share * 8.2, -tall * 0.6), (share * 10.4, 2.0))
    return Stroke(line, 0.34, 0.76)


def _pompom(y: float, cloth: Cloth) -> list[Part]:
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ragged = 3.5 + 0.22 * np.sin(23 * t) + 0.2 * np.sin(41 * t + 1.0)
    outline = np.stack([ragged * np.cos(t), y + ragged * np.sin(t)], axis=1)
    rays = [
        Stroke(
            np.stack([np.array([0.3 * c, y + 0.3 * s]), np.array([3.2 * c, y + 3.2 * s])]),
            0.2,
            0.84,
        )
        for c, s in zip(np.cos(t[::6]), np.sin(t[::6]), strict=True)
    ]
    return [Part(outline, cloth, puff_cm=2.6, strokes=tuple(rays))]


def _bucket(cut: Cut) -> list[Part]:
    """A bucket hat: flat crown, sloping brim with rows of stitching."""
    shoulder = smooth((0.0, -11.6), (5.0, -11.4), (7.8, -10.4))
    wall = smooth((7.8, -10.4), (8.8, -5.0), (9.8, 0.6))
    crown = mirrored(join(shoulder, wall, np.array([(0.0, 2.0)])))
    rim = Stroke(smooth((-7.8, -10.4), (0.0, -8.8), (7.8, -10.4)), 0.25, 0.68)
    seam = Stroke(smooth((0, -9), (0.2, 1.5)), 0.16, 0.8)
    parts = [Part(crown, puff_cm=2.6, strokes=(rim, seam))]
    if cut["mark"] in ("badge", "contrast"):
        top = smooth((-9.5, -3.4), (0, -1.4), (9.5, -3.4))
        low = smooth((-9.9, -0.2), (0, 1.8), (9.9, -0.2))
        parts.append(Part(between(top, low), Cloth.TRIM, puff_cm=0.8, drop_cm=0.1))
    return [*parts, _bucket_brim(15.4 + cut.vary("brim", -1.2, 1.2))]


def _bucket_brim(half: float) -> Part:
    upper = smooth((-9.8, -0.4), (0.0, 1.6), (9.8, -0.4))
    lower = smooth((-half, 5.0), (-half * 0.5, 7.2), (0.0, 7.8), (half * 0.5, 7.2), (half, 5.0))
    rows = []
    for share in (0.2, 0.4, 0.6, 0.8):
        x, y = 9.8 + (half - 9.8) * share, -0.4 + 5.4 * share
        rows.append(Stroke(smooth((-x, y), (0.0, 1.6 + 6.2 * share), (x, y)), 0.14, 0.78))
    strokes = (Stroke(upper, 0.3, 0.6), *rows)
    return Part(between(upper, lower), puff_cm=1.8, drop_cm=0.5, strokes=strokes)


def _fedora(cut: Cut) -> list[Part]:
    """A felt hat with a pinched crown, a band and a curled brim."""
    crown = mirrored(
        join(
            smooth((0.0, -11.4), (3.0, -12.4), (6.4, -11.8), (8.6, -7.0), (9.8, 0.0)),
            np.array([(0.0, 1.6)]),
        )
    )
    pinch = [smooth((s * 2.2, -11.8), (s * 4.4, -8.6), (s * 3.6, -5.4)) for s in (-1.0, 1.0)]
    return [
        _brim(17.5 + cut.vary("brim", -1.5, 1.5), 4.2),
        Part(crown, puff_cm=2.8, drop_cm=0.8, strokes=tuple(Stroke(p, 1.0, 0.72) for p in pinch)),
        _hat_band(9.2, 9.9, 3.6),
    ]


def _sun(cut: Cut) -> list[Part]:
    """A wide-brimmed hat with a round crown."""
    crown = mirrored(
        join(smooth((0.0, -9.8), (5.0, -9.2), (8.6, -5.0), (9.8, 0.0)), np.array([(0.0, 1.6)]))
    )
    rings = [
        Stroke(smooth((-9.8, y), (0, y + 1.6), (9.8, y)), 0.2, 0.84)
        for y in np.arange(-8.0, -2.0, 1.5)
    ]
    return [
        _brim(22.0 + cut.vary("brim", -2.0, 2.0), 5.4),
        Part(crown, puff_cm=3.0, drop_cm=0.8, strokes=tuple(rings)),
        _hat_band(9.4, 10.0, 3.0),
    ]


def _brim(half: float, depth: float) -> Part:
    upper = smooth(
        (-half, 0.4),
        (-half * 0.6, -depth * 0.5),
        (0.0, -depth * 0.7),
        (half * 0.6, -depth * 0.5),
        (half, 0.4),
    )
    lower = smooth(
        (-half, 0.4),
        (-half * 0.55, depth * 0.8),
        (0.0, depth * 1.15),
        (half * 0.55, depth * 0.8),
        (half, 0.4),
    )
    rim = Stroke(lower - np.array([0, 0.5]), 0.2, 0.74)
    return Part(between(upper, lower), puff_cm=1.8, drop_cm=0.4, strokes=(rim,))


def _hat_band(top: float, low: float, height: float) -> Part:
    band = between(
        smooth((-top, -height), (0, -height + 2.0), (top, -height)),
        smooth((-low, -0.2), (0, 1.8), (low, -0.2)),
    )
    return Part(band, Cloth.TRIM, puff_cm=0.8, drop_cm=0.15)
