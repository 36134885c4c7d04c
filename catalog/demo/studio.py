"""Studio photos: a garment on a pale seamless ground with a soft contact shadow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalog.demo.fabrics import Material
from catalog.demo.garment import Cloth
from catalog.demo.looks import Look
from catalog.demo.painting import Painted, paint
from catalog.demo.palette import luminance
from catalog.demo.placement import Pose
from catalog.demo.shading import Light, blurred
from catalog.demo.silhouettes import silhouette
from lookalike.contract.taxonomy import Category

SIDE_PX = 512
"""Width and height of a studio photo."""


def studio_photo(look: Look, rng: np.random.Generator) -> Image.Image:
    """One listing's photo (512 x 512 RGB) of a look; `rng` decides framing, folds and phase."""
    pose = Pose(
        side_px=SIDE_PX,
        fill=float(rng.uniform(0.80, 0.88)),
        turn_deg=float(rng.normal(0.0, 0.9)),
        limp_cm=float(rng.uniform(0.35, 0.75)),
        shift=(float(rng.normal(0, 0.006)), float(rng.normal(0, 0.006))),
    )
    light = Light(x=float(rng.uniform(-0.65, -0.4)), strength=float(rng.uniform(0.85, 1.1)))
    painted = paint(silhouette(look.category, look.cut), dyed(look, rng), pose, light, rng)
    ground = _seamless(look, rng)
    floor = look.category is Category.SHOES
    seen = (1.0 - _contact_shadow(painted, floor)) * (1.0 - painted.cover)
    return to_image(ground * seen[..., None] + painted.colour)


def dyed(look: Look, rng: np.random.Generator) -> dict[Cloth, Material]:
    """The look's materials as one batch of cloth has them: a hair off in hue, phase shifted."""
    r, g, b = (float(c) for c in rng.normal(0.0, 0.008, 3))
    phase = (float(rng.uniform(0, 3)), float(rng.uniform(0, 3)))
    batch = {}
    for cloth, m in look.materials.items():
        placed = m.motif and look.fabric == "graphic"
        batch[cloth] = replace(m, tint=(r, g, b), phase_cm=(0.0, 0.0) if placed else phase)
    return batch


def _seamless(look: Look, rng: np.random.Generator) -> NDArray[np.float32]:
    """The ground (512, 1, 3), the same across: near white, light grey below pale garments."""
    pale = luminance(look.materials[Cloth.MAIN].colour) > 0.72
    level = rng.uniform(0.86, 0.90) if pale else rng.uniform(0.93, 0.975)
    fall = np.linspace(0.012, -0.018, SIDE_PX, dtype=np.float32)[:, None, None]
    tint = np.array([1.0, 0.998, 0.994], np.float32)
    ground: NDArray[np.float32] = (np.float32(level) + fall) * tint
    return ground


def _contact_shadow(painted: Painted, floor: bool) -> NDArray[np.float32]:
    near = np.roll(blurred(painted.cover, 5.0), (5, 3), axis=(0, 1))
    far = np.roll(blurred(painted.cover, 16.0), (14, 6), axis=(0, 1))
    if not floor:
        hung: NDArray[np.float32] = 0.20 * near + 0.10 * far
        return hung
    rows = np.flatnonzero(painted.cover.max(axis=1) > 0.5)
    low = int(rows[-1]) if len(rows) else SIDE_PX - 1
    flat = np.zeros_like(painted.cover)
    reach = painted.cover[max(low - 34, 0) : low].sum(axis=0) / 34.0
    flat[max(low - 4, 0) : low + 6] = np.clip(reach * 1.6 - 0.15, 0.0, 1.0)
    stood: NDArray[np.float32] = (
        0.40 * blurred(flat, 5.0) + 0.14 * blurred(flat, 16.0) + 0.12 * near
    )
    return stood


def to_image(picture: NDArray[np.float32]) -> Image.Image:
    """A float picture (h, w, 3) in 0..1 as 8-bit RGB."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
