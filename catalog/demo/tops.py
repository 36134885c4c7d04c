"""T-shirts, long sleeves and undershirts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from catalog.demo.garment import Cloth, Cut, Drape, Part, Stroke, button
from catalog.demo.outlines import between, box, flipped, join, mirrored, offset, smooth
from catalog.demo.torso import (
    Sleeve,
    Torso,
    back_neck,
    body,
    hem_line,
    hem_rib,
    hem_stitch,
    neck_rib,
    neckline,
    sleeves,
)

_FITS = {
    "slim": Torso(shoulder=(20.5, 4.2), armpit=(22.5, 23.0), waist=(20.6, 44.0), hem=(22.0, 67.0)),
    "regular": Torso(),
    "boxy": Torso(shoulder=(25.0, 4.6), armpit=(29.0, 26.0), waist=(29.0, 44.0), hem=(29.0, 63.0)),
    "cropped": Torso(shoulder=(21.5, 4.2), armpit=(24.5, 23), waist=(24.0, 37.0), hem=(24.0, 47.0)),
    "long": Torso(shoulder=(22.0, 4.2), armpit=(25.0, 24.5), waist=(25.0, 50.0), hem=(27.0, 80.0)),
}


def fitted(cut: Cut) -> Torso:
    """The torso that a cut's fit asks for, with the look's own length."""
    t = _FITS[cut["fit"]]
    longer = cut.vary("length", -2.0, 2.5)
    return replace(t, hem=(t.hem[0] + cut.vary("flare", -0.6, 0.8), t.hem[1] + longer))


def _necked(t: Torso, neck: str) -> Torso:
    shapes = {
        "crew": (8.6, 8.8, False),
        "v-neck": (9.0, 18.0, True),
        "scoop": (11.0, 14.5, False),
        "boat": (14.0, 5.2, False),
        "mock": (7.2, 3.0, False),
        "roll": (7.2, 3.0, False),
        "henley": (8.4, 9.0, False),
    }
    width, depth, vee = shapes[neck]
    return replace(t, neck=width, neck_depth=depth, vee=vee)


def t_shirt(cut: Cut) -> list[Part]:
    """A T-shirt: neck, fit, sleeve (cap, short, elbow) and an optional chest pocket."""
    t = _necked(fitted(cut), cut["neck"])
    s = {
        "cap": Sleeve(13.0, 17.5, 42.0),
        "short": Sleeve(21.0, 18.0, 52.0),
        "elbow": Sleeve(29.0, 17.5, 60.0),
    }[cut["sleeve"]]
    parts = [*back_neck(t), *sleeves(t, s), body(t, strokes=(hem_stitch(t),)), neck_rib(t)]
    if cut["pocket"] == "chest":
        parts.append(patch_pocket(11.5, 25.0, 11.0, 12.5))
    return parts


def patch_pocket(
    x: float, y: float, width: float, height: float, cloth: Cloth = Cloth.MAIN
) -> Part:
    """A patch pocket with a pointed bottom, its top centre at (x, y)."""
    h = width / 2
    outline = np.array(
        [
            (x - h, y),
            (x + h, y),
            (x + h, y + height - 1.6),
            (x, y + height),
            (x - h, y + height - 1.6),
        ]
    )
    mouth = np.array([(x - h, y + 1.8), (x + h, y + 1.8)])
    edge = np.vstack([outline, outline[:1]])
    return Part(
        outline,
        cloth,
        puff_cm=0.6,
        drop_cm=0.35,
        strokes=(Stroke(edge, 0.4, 0.7), Stroke(mouth, 0.25, 0.75)),
    )


def longsleeve(cut: Cut) -> list[Part]:
    """A long-sleeved top or sweater: crew, V, boat, henley or roll neck; ribbed or plain edges."""
    t = _necked(fitted(cut), cut["neck"])
    knit = cut["edges"] == "rib"
    s = Sleeve(60.0, 10.0 if knit else 11.5, 68.0 + cut.vary("hang", -4, 6), bend_cm=1.2)
    if knit:
        t = replace(t, hem=(t.hem[0], t.hem[1] - 5.0))
    strokes = () if knit else (hem_stitch(t),)
    parts = [*back_neck(t), body(t, strokes=strokes)]
    parts += sleeves(t, s, cuff="rib" if knit else "stitched")
    if knit:
        parts.append(hem_rib(t))
    if cut["neck"] in ("roll", "mock"):
        return [
            *parts[2 if t.neck < 8 else 0 :],
            *_roll_neck(t, 9.5 if cut["neck"] == "roll" else 5),
        ]
    parts.append(neck_rib(t, 2.6 if knit else 2.0, 46 if knit else 0))
    if cut["neck"] == "henley":
        parts += short_placket(t, 14.0, 3)
    if cut["neck"] == "v-neck" and cut["edges"] == "rib" and cut["front"] == "cardigan":
        parts += _cardigan_front(t)
    return parts


def _roll_neck(t: Torso, height: float) -> list[Part]:
    top = -height + 2.4
    right = smooth((0.0, top + 0.9), (5.0, top + 0.3), (7.0, top), (7.3, -1.0), (8.4, 1.2))
    half = join(right, smooth((8.4, 1.2), (5.0, 4.6), (0.0, 5.4)))
    mouth = smooth((-7.0, top), (0.0, top - 1.0), (7.0, top), (0.0, top + 1.3), (-7.0, top))
    lines = [Stroke(smooth((-7.2, -1.0), (0.0, 0.8), (7.2, -1.0)), 0.5, 0.72)]
    lines.extend(
        Stroke(smooth((x * 0.98, top + 0.6), (x, 0.0), (x * 1.15, 4.0)), 0.25, 0.88)
        for x in np.linspace(-6.4, 6.4, 15)
    )
    neck = Part(mirrored(half), Cloth.RIB, puff_cm=2.2, drop_cm=0.6, strokes=tuple(lines))
    return [neck, Part(mouth, Cloth.LINING, tone=0.66, puff_cm=0.8, drop_cm=0)]


def short_placket(t: Torso, length: float, buttons: int, width: float = 3.2) -> list[Part]:
    """A buttoned opening that runs down from the front of the neck."""
    y0, h = t.neck_depth - 0.4, width / 2
    strip = box(-h, y0, h, y0 + length)
    edge = np.vstack([strip, strip[:1]])
    strokes = (Stroke(edge, 0.4, 0.66), Stroke(box(-h, y0 + length - 2, h, y0 + length), 0.2, 0.8))
    parts = [Part(strip, puff_cm=0.5, drop_cm=0.3, strokes=strokes)]
    parts.extend(
        button(0.0, y0 + 1.8 + i * (length - 3.6) / max(buttons - 1, 1), 0.7)
        for i in range(buttons)
    )
    return parts


def _cardigan_front(t: Torso) -> list[Part]:
    """A cardigan's front bands and buttons below its V neck."""
    bottom = t.hem[1] + 6.0
    strip = box(-1.8, t.neck_depth - 1.0, 1.8, bottom)
    lines = (
        Stroke(strip[[0, 3]], 0.5, 0.6),
        Stroke(strip[[1, 2]], 0.4, 0.7),
        Stroke(np.array([(0.0, t.neck_depth), (0.0, bottom)]), 0.3, 0.85),
    )
    parts = [Part(strip, Cloth.RIB, puff_cm=0.6, drop_cm=0.4, strokes=lines)]
    parts.extend(
        button(0.0, float(y), 1.0) for y in np.linspace(t.neck_depth + 2.0, bottom - 3.0, 6)
    )
    return parts


def undershirt(cut: Cut) -> list[Part]:
    """A sleeveless top: athletic tank, muscle tank, camisole or racer; scoop or V."""
    style = cut["style"]
    if style == "camisole":
        return _camisole(cut)
    strap = {"tank": (9.5, 15.0), "muscle": (10.0, 20.0), "racer": (8.8, 12.6)}[style]
    depth = {"scoop": 17.0, "v-neck": 19.0, "crew": 10.5}[cut["neck"]]
    neck = strap[0] if cut["neck"] != "crew" else strap[0] - 1.2
    t = Torso(
        neck=neck,
        neck_depth=depth,
        shoulder=(strap[1], 2.6),
        armpit=(22.0, 24.5),
        waist=(20.6 + cut.vary("ease", 0, 2.4), 45.0),
        hem=(22.0 + cut.vary("flare", -0.4, 2.0), 68.0 + cut.vary("length", -5, 4)),
        vee=cut["neck"] == "v-neck",
    )
    (sx, sy), (ax, ay) = t.shoulder, t.armpit
    scoop = 3.0 if style == "muscle" else 6.2
    hole = smooth((sx, sy), (sx - scoop * 0.2 + 0.6, 11.0), (ax - scoop * 0.62, 20.0), (ax, ay))
    whole = body(t)
    half = join(neckline(t), hole, whole.outline[_below(whole, ay)], hem_line(t))
    inside = join(flipped(hole), hole[::-1])
    back = np.vstack([inside, [(neck, 0.0)], smooth((neck, 1.2), (0, 6.0), (-neck, 1.2))])
    parts = [Part(back, Cloth.LINING, tone=0.8, drop_cm=0, puff_cm=1.5)]
    parts.append(Part(mirrored(half), drape=Drape.BODY, strokes=(hem_stitch(t),)))
    for edge in (hole, flipped(hole)):
        inner = offset(edge, -1.3 if edge is hole else 1.3)
        parts.append(
            Part(
                between(edge, inner),
                Cloth.RIB,
                puff_cm=0.6,
                drop_cm=0.1,
                strokes=(Stroke(inner, 0.25),),
            )
        )
    return [*parts, neck_rib(t, 1.4)]


def _below(whole: Part, y: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which points of a body's outline belong to its right side seam."""
    x = whole.outline[:, 0]
    rows = np.arange(len(x)) < len(x) // 2
    side: np.ndarray[tuple[int], np.dtype[np.bool_]] = rows & (whole.outline[:, 1] > y) & (x > 15.0)
    return side


def _camisole(cut: Cut) -> list[Part]:
    """A strappy top with a soft sweetheart or straight edge."""
    dip = 22.0 if cut["neck"] == "v-neck" else 18.5
    top = smooth((0.0, dip), (6.0, 16.2), (11.5, 13.0), (15.0, 16.0), (21.0, 24.5))
    wide = 20.0 + cut.vary("ease", 0, 2.5)
    low = 64.0 + cut.vary("length", -6, 3)
    sides = smooth((21.0, 24.5), (wide - 0.6, 43.0), (wide + 2.6, low))
    hem = smooth((wide + 2.6, low), (10.0, low + 1.0), (0.0, low + 1.0))
    back = smooth((21.0, 24.5), (10.0, 22.5), (0.0, 22.0))
    behind = mirrored(join(back[::-1], sides, hem))
    edge = join(flipped(top)[::-1], top)
    parts = [Part(behind, Cloth.LINING, tone=0.78, drop_cm=0, puff_cm=2)]
    for sign in (-1.0, 1.0):
        strap = smooth((sign * 11.6, 13.4), (sign * 11.2, 5.0), (sign * 10.4, 0.0))
        rear = smooth((sign * 10.4, 0.0), (sign * 9.6, 9.0), (sign * 9.8, 22.4))
        for path, tone in ((rear, 0.75), (strap, 1.0)):
            sides_of = between(offset(path, 0.55), offset(path, -0.55))
            parts.append(Part(sides_of, Cloth.TRIM, tone=tone, puff_cm=0.4, drop_cm=0.2))
    strokes = (Stroke(edge + np.array([0.0, 0.9]), 0.3, 0.75),)
    front = Part(mirrored(join(top, sides, hem)), drape=Drape.BODY, strokes=strokes)
    return [parts[0], parts[1], parts[3], front, parts[2], parts[4]]
