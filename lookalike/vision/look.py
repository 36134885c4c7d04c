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

COLOUR_DIM: Final = BINS[0] * BINS[1] * BINS[2]
SHAPE_DIM: Final = FEATURE_DIM - COLOUR_DIM
"""144 numbers are the colour histogram, 368 the principal directions of ResNet34's 512."""

PREFIX: Final = "look."
"""What the head's tensors are called in a weights file."""


class LookHead(nn.Module):
    """Raw features and a colour histogram to the 512 that the index holds.

    The cosine of two looks is a weighted mean of two cosines, that of the centred and rotated
    network features and that of the centred colour histograms: a category-trained network
    forgets colour first, and colour is most of what tells two products of one cut apart.
    """

    shape_mean: torch.Tensor
    shape_axes: torch.Tensor
    colour_mean: torch.Tensor
    colour_weight: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("shape_mean", torch.zeros(FEATURE_DIM))
        self.register_buffer("shape_axes", torch.eye(FEATURE_DIM, SHAPE_DIM))
        self.register_buffer("colour_mean", torch.zeros(COLOUR_DIM))
        self.register_buffer("colour_weight", torch.tensor(0.0))

    def forward(self, raw: torch.Tensor, colours: torch.Tensor) -> torch.Tensor:
        """(B, 512) raw features and (B, 144) histograms -> (B, 512) float32, L2-normalised."""
        shape = functional.normalize((raw.float() - self.shape_mean) @ self.shape_axes, dim=1)
        colour = functional.normalize(colours - self.colour_mean, dim=1)
        return functional.normalize(torch.cat([shape, self.colour_weight * colour], dim=1), dim=1)

    @torch.no_grad()
    def fit(self, raw: torch.Tensor, colours: torch.Tensor, colour_weight: float) -> None:
        """Sets means and principal directions from rows of garments of every kind."""
        self.shape_mean.copy_(raw.mean(dim=0))
        self.colour_mean.copy_(colours.mean(dim=0))
        self.colour_weight.fill_(colour_weight)
        centred = (raw - raw.mean(dim=0)).double()
        _, vectors = torch.linalg.eigh(centred.T @ centred)
        self.shape_axes.copy_(vectors.flip(1)[:, :SHAPE_DIM].float())


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
