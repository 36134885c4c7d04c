"""Curves and closed outlines in centimetres, from which silhouettes are put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 2) float64, x to the right and y down, in centimetres of cloth."""

XY = tuple[float, float]


def smooth(*knots: XY, steps: int = 10) -> Points:
    """A curve (N, 2) through all knots, ends included; two knots give a straight line.

    Source: centripetal-free Catmull-Rom spline (Catmull and Rom, 1974), tension 1/2.
    """
    p = np.asarray(knots, dtype=np.float64)
    if len(p) == 2:
        return p
    before, after = 2 * p[0] - p[1], 2 * p[-1] - p[-2]
    q = np.vstack([before, p, after])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(q[:-3], q[1:-2], q[2:-1], q[3:], strict=True):
        cubic = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
        pieces.append(0.5 * (cubic + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, p[-1:]])


def bezier(start: XY, pull_start: XY, pull_end: XY, end: XY, steps: int = 24) -> Points:
    """A cubic Bezier curve (steps + 1, 2) with its two control points."""
    t = np.linspace(0.0, 1.0, steps + 1)[:, None]
    a, b, c, d = (np.asarray(p, dtype=np.float64) for p in (start, pull_start, pull_end, end))
    curve: Points = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    return curve


def join(*pieces: Points) -> Points:
    """Pieces laid end to end as one path (N, 2)."""
    return np.vstack(pieces)


def flipped(points: Points) -> Points:
    """The path mirrored about x = 0, in the same order."""
    other: Points = points * np.array([-1.0, 1.0])
    return other


def mirrored(half: Points) -> Points:
    """A closed symmetric outline from its right half, given from top centre to bottom centre."""
    return np.vstack([half, flipped(half)[::-1]])


def between(one: Points, other: Points) -> Points:
    """The closed outline between two paths that run in the same direction."""
    return np.vstack([one, other[::-1]])


def resampled(path: Points, count: int) -> Points:
    """The path at `count` points evenly spaced along its length."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(at, along, path[:, 0]), np.interp(at, along, path[:, 1])], axis=1)


def offset(path: Points, distance_cm: float) -> Points:
    """The path moved sideways: to the left hand of its direction on screen for positive values."""
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)[:, None]
    return path + distance_cm * np.stack([ahead[:, 1], -ahead[:, 0]], axis=1)


def tube(spine: Points, widths_cm: Sequence[float]) -> Points:
    """A closed outline around a spine, its full width interpolated along the length."""
    path = resampled(spine, 40)
    at = np.linspace(0.0, 1.0, len(widths_cm))
    half = 0.5 * np.interp(np.linspace(0.0, 1.0, len(path)), at, np.asarray(widths_cm))
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)[:, None]
    side = np.stack([ahead[:, 1], -ahead[:, 0]], axis=1) * half[:, None]
    return between(path + side, path - side)


def ellipse(cx: float, cy: float, rx: float, ry: float, steps: int = 40) -> Points:
    """A closed ellipse (steps, 2) with its centre and radii."""
    t = np.linspace(0.0, 2 * np.pi, steps, endpoint=False)
    return np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], axis=1)


def box(x0: float, y0: float, x1: float, y1: float) -> Points:
    """A closed rectangle (4, 2)."""
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64)


def lerp(one: XY, other: XY, share: float) -> XY:
    """The point at `share` (0..1) of the way from one point to the other."""
    return (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share)
