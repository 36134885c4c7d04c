"""Where the cloth of a garment lies on its canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalog.demo.garment import Part
from catalog.demo.outlines import Points

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pose:
    """How a garment lies on a square canvas.

    The canvas is `side_px` wide and high; the longer side of the garment takes the share `fill`
    of it; `limp_cm` is how far its edges stray from straight; `shift` is in shares of the canvas.
    """

    side_px: int = 512
    fill: float = 0.86
    turn_deg: float = 0.0
    limp_cm: float = 0.5
    shift: tuple[float, float] = (0.0, 0.0)


class Placement:
    """The mapping between cm of cloth and pixels of canvas, with the cloth's own waviness."""

    def __init__(self, parts: Sequence[Part], pose: Pose, rng: np.random.Generator) -> None:
        everything = np.vstack([p.outline for p in parts])
        low, high = everything.min(axis=0), everything.max(axis=0)
        self.middle = (low + high) / 2
        self.extent = float((high - low).max())
        self.px_per_cm = pose.side_px * pose.fill / self.extent
        self.centre = pose.side_px * (0.5 + np.array(pose.shift))
        a = np.deg2rad(pose.turn_deg)
        self.turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        limp = pose.limp_cm * self.extent / 75.0
        self.waves = [
            (rng.uniform(0.6, 2.6) * 2 * np.pi / self.extent, rng.uniform(0, 6.3), limp * s)
            for s in (1.0, 0.6, 1.0, 0.6)
        ]

    def sway(
        self, x: NDArray[np.floating], y: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """How far the cloth at (x, y) lies from where its pattern has it, in cm."""
        (ka, pa, a), (kb, pb, b), (kc, pc, c), (kd, pd, d) = self.waves
        dx = a * np.sin(ka * y + pa) + b * np.sin(kb * (y + x) + pb)
        dy = c * np.sin(kc * x + pc) + d * np.sin(kd * (x - y) + pd)
        return dx, dy

    def to_px(self, points: Points) -> Points:
        """Where points of cloth lie on the canvas."""
        dx, dy = self.sway(points[:, 0], points[:, 1])
        moved = points + np.stack([dx, dy], axis=1) - self.middle
        placed: Points = moved @ self.turn * self.px_per_cm + self.centre
        return placed

    def cloth(self, side_px: int) -> tuple[Field, Field]:
        """The cm coordinates (side, side) of all pixels of the canvas."""
        at = np.arange(side_px, dtype=np.float32) + 0.5
        px = ((at - float(self.centre[0])) / self.px_per_cm)[None, :]
        py = ((at - float(self.centre[1])) / self.px_per_cm)[:, None]
        (a, b), (c, d) = self.turn.tolist()
        x = px * a + py * b + float(self.middle[0])
        y = px * c + py * d + float(self.middle[1])
        dx, dy = self.sway(x, y)
        return x - dx, y - dy
