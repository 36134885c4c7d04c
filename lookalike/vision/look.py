"""What is indexed: the network's view of a garment and its colours, joined in one vector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from lookalike.search import FEATURE_DIM
from lookalike.vision.colour import BINS

MIDDLE_DIM: Final = 256
"""Channels of ResNet34's third stage: cloth, print and seams, before they become a category."""

POOLED_DIM: Final = FEATURE_DIM + MIDDLE_DIM
COLOUR_DIM: Final = BINS[0] * BINS[1] * BINS[2]
PARTS: Final = (FEATURE_DIM, MIDDLE_DIM, COLOUR_DIM)
"""Lengths of what a look is made from: last stage, third stage, colour histogram."""

PREFIX: Final = "look."
"""What the head's tensors are called in a weights file."""

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LookHead:
    """Pooled features and a colour histogram to the 512 that the index holds.

    Each part is centred and brought to length 1, so that none outweighs the others; `axes` then
    weighs, turns and shortens all of them together. They are fitted in training such that what
    differs between two photos of one garment counts little. `means` (912,) and `axes` (912, 512)
    are float32.
    """

    means: Rows
    axes: Rows

    def __post_init__(self) -> None:
        """Raises: ValueError."""
        found = (self.means.shape, self.axes.shape)
        if found != ((sum(PARTS),), (sum(PARTS), FEATURE_DIM)):
            raise ValueError(f"its look head does not fit: {found}")

    def __call__(self, pooled: Rows, colours: Rows) -> Rows:
        """(B, 768) pooled features, (B, 144) histograms -> (B, 512) float32, L2-normalised."""
        return unit_rows(self.parts(pooled, colours) @ self.axes)

    def parts(self, pooled: Rows, colours: Rows) -> Rows:
        """(B, 912) float32: the three parts, each centred and of length 1."""
        centred = np.concatenate([pooled, colours], axis=1) - self.means
        return np.concatenate(
            [unit_rows(part) for part in np.split(centred, np.cumsum(PARTS)[:-1], axis=1)], axis=1
        )

    def tensors(self) -> dict[str, Rows]:
        """The head as a weights file names it."""
        return {f"{PREFIX}means": self.means, f"{PREFIX}axes": self.axes}


def unit_rows(rows: Rows) -> Rows:
    """Rows of length 1; what is all but zero stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-12), np.float32)


def load_look_head(weights_file: Path) -> LookHead | None:
    """The head in a safetensors file; None where the file has none (raw features are indexed).

    Raises:
        ValueError: the file has another head.
    """
    with safe_open(weights_file, "np") as file:
        found = {
            name.removeprefix(PREFIX): np.asarray(file.get_tensor(name), np.float32)
            for name in file.keys()  # noqa: SIM118  (the handle is no mapping)
            if name.startswith(PREFIX)
        }
    if not found:
        return None
    try:
        return LookHead(**found)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{weights_file.name}: its look head does not fit: {error}") from error
