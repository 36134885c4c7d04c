"""What the student's features are held against: the frozen teacher's, joined with colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from lookalike.training.teacher import Rows
from lookalike.vision.look import unit_rows

COLOUR_WEIGHT: Final = 0.6
"""Weight of the colour histogram beside the features.

Source: swept over 0.3..1.0 on `shop` views: 0.5 gave style Recall@1 / @10 of 77 % / 96 % on back
views, where the features alone give 41 % / 86 %. With CLIP's 0.45 and 0.6 are alike
(docs/decisions.md).
"""

TARGET_DIM: Final = 384
"""Length of a target: the principal directions kept of features and colours together."""


@dataclass(frozen=True, slots=True)
class TargetSpace:
    """The map from teacher features and colours to targets, fitted on training rows."""

    means: tuple[Rows, Rows, Rows]
    directions: Rows

    def __call__(self, cutout: Rows, plain: Rows, colours: Rows) -> Rows:
        """(N, D), (N, D), (N, 144) -> (N, 384) float32, L2-normalised."""
        return unit_rows(_joined(cutout, plain, colours, self.means) @ self.directions)


def fit_target_space(cutout: Rows, plain: Rows, colours: Rows) -> TargetSpace:
    """Centres on the given (training) rows and keeps their principal directions."""
    means = tuple(rows.mean(axis=0, keepdims=True) for rows in (cutout, plain, colours))
    joined = _joined(cutout, plain, colours, cast(tuple[Rows, Rows, Rows], means))
    return TargetSpace(cast(tuple[Rows, Rows, Rows], means), principal_directions(joined))


def principal_directions(rows: Rows) -> Rows:
    """(N, D) centred rows -> (D, at most 384) float32; no more directions than rows.

    Each points to where its largest number is positive: a run that goes on with some pictures more
    finds the directions that its student has learned, not their opposites.
    """
    if len(rows) < rows.shape[1]:
        _, _, found = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
        directions = found[:TARGET_DIM].T
    else:
        covariance = rows.T.astype(np.float64) @ rows.astype(np.float64)
        _, vectors = np.linalg.eigh(covariance)
        directions = vectors[:, ::-1][:, :TARGET_DIM]
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return cast(Rows, (directions * signs).astype(np.float32))


def _joined(cutout: Rows, plain: Rows, colours: Rows, means: tuple[Rows, Rows, Rows]) -> Rows:
    features = np.concatenate(
        [unit_rows(cutout - means[0]), unit_rows(plain - means[1])], axis=1
    ) / np.sqrt(2.0, dtype=np.float32)
    return np.concatenate([features, COLOUR_WEIGHT * unit_rows(colours - means[2])], axis=1)
