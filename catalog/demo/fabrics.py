"""Cloth: what colour a point of fabric has, in the fabric's own coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from catalog.demo.palette import RGB
from catalog.demo.prints import sample_tile

Field = NDArray[np.float32]


class Weave(StrEnum):
    """How a fabric is made or patterned."""

    PLAIN = "plain"
    STRIPE = "stripe"
    PINSTRIPE = "pinstripe"
    GINGHAM = "gingham"
    TARTAN = "tartan"
    DENIM = "denim"
    KNIT = "knit"
    CABLE = "cable"
    CORDUROY = "corduroy"
    LEATHER = "leather"
    SATIN = "satin"
    PRINT = "print"
    BLOCK = "block"
    MELANGE = "melange"


@dataclass(frozen=True, slots=True)
class Material:
    """A fabric: its weave, ground colour and up to two others (RGB 0..1), repeat in cm.

    `upright` runs stripes along the grain; `motif` names a print; `phase_cm` shifts the repeat;
    `gloss` (0..1) is how strongly folds shine; `tint` is what a batch's dye adds to every colour.
    """

    weave: Weave
    colour: RGB
    second: RGB = (1.0, 1.0, 1.0)
    third: RGB = (0.5, 0.5, 0.5)
    repeat_cm: float = 4.0
    upright: bool = False
    motif: str = ""
    phase_cm: tuple[float, float] = (0.0, 0.0)
    gloss: float = 0.4
    tint: RGB = (0.0, 0.0, 0.0)
    seed: int = 0


def colour_field(m: Material, u: Field, v: Field, noise: Field, px_per_cm: float) -> Field:
    """Colours (h, w, 3) float32 of the cloth at u across and v along the grain, in cm.

    `noise` (h, w) is standard normal: the unevenness of yarn.
    """
    return _patterned(m, u, v, noise, px_per_cm) + np.asarray(m.tint, np.float32)


def _patterned(m: Material, u: Field, v: Field, noise: Field, px_per_cm: float) -> Field:
    """The cloth's colours before the tint of its batch."""
    u, v = u + np.float32(m.phase_cm[0]), v + np.float32(m.phase_cm[1])
    ground = np.asarray(m.colour, np.float32)
    plain = np.broadcast_to(ground, (*u.shape, 3))
    match m.weave:
        case Weave.STRIPE | Weave.PINSTRIPE:
            return _striped(m, u if m.upright else v, plain, noise, px_per_cm)
        case Weave.GINGHAM:
            return _gingham(m, u, v, px_per_cm) + _yarn(noise, 0.012)
        case Weave.TARTAN:
            return _tartan(m, u, v, px_per_cm) + _yarn(noise, 0.014)
        case Weave.DENIM:
            return _denim(m, u, v, noise)
        case Weave.PRINT:
            return sample_tile(m.motif, m.colour, m.second, m.third, m.repeat_cm, m.seed, u, v)
        case Weave.BLOCK:
            lower = _edge(v - m.repeat_cm * 6.0, px_per_cm)[..., None]
            return _blend(plain, m.second, lower) + _yarn(noise, 0.012)
    return plain + _relief(m.weave, u, v, noise, float(ground.mean()))[..., None]


def _blend(base: Field, colour: RGB, share: Field) -> Field:
    return base + (np.asarray(colour, np.float32) - base) * share


def _yarn(noise: Field, strength: float) -> Field:
    return (noise * np.float32(strength))[..., None]


def _edge(distance_cm: Field, px_per_cm: float) -> Field:
    """Coverage 0..1 of a half plane, antialiased over one pixel."""
    cover: Field = np.clip(distance_cm * px_per_cm + 0.5, 0.0, 1.0)
    return cover


def _bars(at: Field, repeat: float, width: float, px_per_cm: float) -> Field:
    """Coverage of bars `width` wide in every `repeat` (both in cm)."""
    away: Field = np.abs(np.mod(at, repeat) - repeat / 2)
    return _edge(width / 2 - away, px_per_cm)


def _striped(m: Material, at: Field, plain: Field, noise: Field, ppc: float) -> Field:
    if m.weave is Weave.PINSTRIPE:
        lines = _bars(at, m.repeat_cm, 0.28, ppc)[..., None] * 0.75
        return _blend(plain, m.second, lines) + _yarn(noise, 0.012)
    bars = _bars(at, m.repeat_cm, m.repeat_cm * 0.45, ppc)[..., None]
    return _blend(plain, m.second, bars) + _yarn(noise, 0.012)


def _gingham(m: Material, u: Field, v: Field, ppc: float) -> Field:
    across = _bars(u, m.repeat_cm, m.repeat_cm / 2, ppc)
    along = _bars(v, m.repeat_cm, m.repeat_cm / 2, ppc)
    share = ((across + along) * 0.5)[..., None]
    base = np.broadcast_to(np.asarray(m.second, np.float32), (*u.shape, 3))
    return _blend(base, m.colour, share)


def _tartan(m: Material, u: Field, v: Field, ppc: float) -> Field:
    """Two sets of broad bands with thin lines over them, crossing as warp and weft."""
    base: Field = np.broadcast_to(np.asarray(m.colour, np.float32), (*u.shape, 3))
    r = m.repeat_cm
    for at in (u, v):
        base = _blend(base, m.second, _bars(at, r, r * 0.42, ppc)[..., None] * 0.5)
        base = _blend(base, m.third, _bars(at + r * 0.5, r, r * 0.07, ppc)[..., None] * 0.7)
        base = _blend(base, m.third, _bars(at, r, r * 0.05, ppc)[..., None] * 0.45)
    return base


def _denim(m: Material, u: Field, v: Field, noise: Field) -> Field:
    """Diagonal twill over slubby yarn, faded down the middle of each leg or panel."""
    twill = np.sin((u + v) * np.float32(18.0)) * 0.02
    slub = np.sin(u * 7.1 + 2.0 * np.sin(v * 0.31)) * 0.012 + noise * 0.03
    fade = 0.09 * np.exp(-(((np.abs(u) - 11.0) / 6.0) ** 2) - ((v - 36.0) / 30.0) ** 2)
    plain = np.asarray(m.colour, np.float32)
    pale = np.array([0.80, 0.86, 0.92], np.float32)
    share = (twill + slub + fade)[..., None]
    washed: Field = plain + (pale - plain) * np.clip(share + 0.04, -0.15, 0.6)
    return washed


def _relief(weave: Weave, u: Field, v: Field, noise: Field, mean: float) -> Field:
    """Brightness added by the texture of plain-coloured cloth, (h, w)."""
    strength = np.float32(0.5 + 0.5 * mean)
    relief: Field = noise * np.float32(0.011)
    match weave:
        case Weave.KNIT:
            chevron = np.sin(v * 9.0 + 1.8 * np.abs(np.mod(u * 1.5, 2.0) - 1.0))
            relief = (0.045 * chevron + 0.05 * np.cos(u * 1.5 * np.pi) + noise * 0.02) * strength
        case Weave.CABLE:
            cell = np.mod(u, 7.0) - 3.5
            plait = np.cos((np.abs(cell) - 0.9 * np.cos(v * 0.9)) * 3.0)
            inside = np.exp(-((cell / 2.0) ** 2))
            ribs = 0.5 * np.cos(u * 5.4)
            relief = (0.11 * (plait * inside + ribs * (1 - inside)) + noise * 0.02) * strength
        case Weave.CORDUROY:
            relief = (0.09 * np.cos(u * np.float32(2 * np.pi / 0.9)) + noise * 0.015) * strength
        case Weave.LEATHER:
            relief = noise * np.float32(0.010)
        case Weave.SATIN:
            relief = noise * np.float32(0.004)
        case Weave.MELANGE:
            streak = np.sin(u * 3.3 + np.sin(v * 1.7) * 2.0) * np.sin(v * 11.0)
            relief = noise * np.float32(0.034) + 0.012 * streak
    return relief
