"""What is indexed: the network's view of a garment and its colours, joined in one vector."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
from safetensors import safe_open
from torch import nn
from torch.nn import functional

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


class LookHead(nn.Module):
    """Pooled features and a colour histogram to the 512 that the index holds.

    Each part is centred and brought to length 1, so that none outweighs the others; `axes` then
    weighs, turns and shortens all of them together. They are fitted in training such that what
    differs between two photos of one garment counts little.
    """

    means: torch.Tensor
    axes: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(sum(PARTS)))
        self.register_buffer("axes", torch.eye(sum(PARTS), FEATURE_DIM))

    def forward(self, pooled: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
        """(B, 768) pooled features, (B, 144) histograms -> (B, 512) float32, L2-normalised."""
        return functional.normalize(self.parts(pooled, colours) @ self.axes, dim=1)

    def parts(self, pooled: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
        """(B, 912) float32: the three parts, each centred and of length 1."""
        centred = torch.cat([pooled.float(), colours], dim=1) - self.means
        return torch.cat(
            [functional.normalize(p, dim=1) for p in torch.split(centred, list(PARTS), 1)], 1
        )


def load_look_head(weights_file: Path) -> LookHead | None:
    """The head in a safetensors file; None where the file has none (raw features are indexed).

    Raises:
        ValueError: the file has another head.
    """
    with safe_open(weights_file, "pt") as file:
        state = {
            name.removeprefix(PREFIX): file.get_tensor(name).float()
            for name in file.keys()  # noqa: SIM118  (the handle is no mapping)
            if name.startswith(PREFIX)
        }
    if not state:
        return None
    head = LookHead()
    try:
        head.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"{weights_file.name}: its look head does not fit: {error}") from error
    return head.eval()
