"""What a silhouette is made of: parts of cloth, lines on them, and the cut that shapes them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from catalog.demo.outlines import Points, box, ellipse


class Cloth(StrEnum):
    """Which of a look's materials a part is cut from."""

    MAIN = "main"
    TRIM = "trim"
    RIB = "rib"
    LINING = "lining"
    SOLE = "sole"
    METAL = "metal"
    BUTTON = "button"
    LABEL = "label"


class Drape(StrEnum):
    """How a part's cloth falls, which decides where its folds run."""

    BODY = "body"
    SLEEVE = "sleeve"
    LEG = "leg"
    SKIRT = "skirt"
    STIFF = "stiff"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line on a part: a seam, a stitch, a rib, an edge.

    `tone` multiplies the cloth below (0.6 a dark seam, 1.2 a ridge); with `colour` (RGB, 0..1)
    the line is laid on in that colour instead, `tone` being its opacity. `dash_cm` 0 = unbroken.
    """

    path: Points
    width_cm: float = 0.35
    tone: float = 0.72
    dash_cm: float = 0.0
    colour: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A flat piece of cloth, painted over the parts before it.

    `grain_deg` turns the fabric clockwise; `puff_cm` is how far from its edge the piece curves
    away; `drop_cm` how far it stands off what lies below (0 = sewn flush, no shadow).
    """

    outline: Points
    cloth: Cloth = Cloth.MAIN
    grain_deg: float = 0.0
    tone: float = 1.0
    puff_cm: float = 2.4
    drop_cm: float = 0.5
    drape: Drape = Drape.STIFF
    strokes: tuple[Stroke, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """The options that a look's silhouette is drawn with, and its own proportions."""

    options: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    def __getitem__(self, name: str) -> str:
        return self.options[name]

    def vary(self, name: str, low: float, high: float) -> float:
        """A measure between low and high that is this look's own, the same at every call."""
        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        return float(rng.uniform(low, high))


def moved(part: Part, dx: float, dy: float, tone: float = 1.0) -> Part:
    """The part with its lines at another place (cm), its tone multiplied."""
    by = np.array([dx, dy])
    strokes = tuple(replace(s, path=s.path + by) for s in part.strokes)
    return replace(part, outline=part.outline + by, strokes=strokes, tone=part.tone * tone)


def button(x: float, y: float, radius_cm: float = 0.75) -> Part:
    """A sewn-on button with its rim and two holes."""
    rim = ellipse(x, y, radius_cm * 0.72, radius_cm * 0.72)
    holes = tuple(
        Stroke(box(x + dx - 0.08, y - 0.08, x + dx + 0.08, y + 0.08), 0.22, 0.45)
        for dx in (-0.22, 0.22)
    )
    return Part(
        ellipse(x, y, radius_cm, radius_cm),
        Cloth.BUTTON,
        puff_cm=0.5,
        drop_cm=0.25,
        strokes=(Stroke(np.vstack([rim, rim[:1]]), 0.16, 0.82), *holes),
    )
