"""Colour histograms of cutouts in CIE L*a*b*: the part of a look that ImageNet cares least for."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

BINS: Final = (4, 6, 6)
"""Bins of L* (0..100), a* and b* (-60..60)."""

_STRIDE: Final = 4
_TO_XYZ: Final = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
    np.float32,
)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883], np.float32)
"""Source: sRGB, IEC 61966-2-1, D65."""


def lab_of(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(..., 3) uint8 sRGB -> (..., 3) float32 L*a*b*. Source: CIE 15:2004, D65."""
    value: npt.NDArray[np.float32] = rgb.astype(np.float32) / np.float32(255.0)
    linear = np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))
    xyz = linear @ _TO_XYZ.T / _WHITE
    bent = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    root = np.asarray(bent, np.float32)
    lightness = 116 * root[..., 1] - 16
    lab = [lightness, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])]
    return np.asarray(np.stack(lab, axis=-1), np.float32)


def colour_histograms(cutouts: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(B, H, W, 3) uint8 cutouts on white -> (B, 144) float32, rows of length 1.

    Roots of soft-binned shares, so that the product of two rows is the Bhattacharyya coefficient
    of two garments' colours. Pure white counts as background.
    """
    small = cutouts[:, ::_STRIDE, ::_STRIDE].reshape(len(cutouts), -1, 3)
    garment = np.asarray((small < 255).any(axis=2), np.float32)
    lab = lab_of(small)
    parts = [
        _soft_bins(lab[..., 0] / 100.0, BINS[0]),
        _soft_bins((lab[..., 1] + 60.0) / 120.0, BINS[1]),
        _soft_bins((lab[..., 2] + 60.0) / 120.0, BINS[2]),
    ]
    weighted = parts[0] * garment[..., None]
    histogram = np.einsum("bpi,bpj,bpk->bijk", weighted, parts[1], parts[2], optimize=True)
    flat = histogram.reshape(len(cutouts), -1)
    shares = flat / np.maximum(flat.sum(axis=1, keepdims=True), 1e-8)
    return np.asarray(np.sqrt(shares), np.float32)


def _soft_bins(share: npt.NDArray[np.float32], bins: int) -> npt.NDArray[np.float32]:
    """(B, P) in 0..1 -> (B, P, bins): each value shared between its two nearest bin centres."""
    position = np.clip(share, 0.0, 1.0)[..., None] * bins - 0.5
    position = np.clip(position, 0.0, bins - 1.0)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(position - np.arange(bins))), np.float32)
