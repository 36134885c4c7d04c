"""The category of a garment from its features: the MLP, as it is served."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Classifier:
    """The trained MLP 512-512-13: weights (512, 512) and (13, 512), biases (512,) and (13,)."""

    hidden_weight: Rows
    hidden_bias: Rows
    weight: Rows
    bias: Rows

    def logits(self, features: Rows) -> Rows:
        """Raw features (B, 512) -> (B, 13) float32, in the taxonomy's order."""
        hidden = np.maximum(features @ self.hidden_weight.T + self.hidden_bias, 0.0)
        return np.asarray(hidden @ self.weight.T + self.bias, np.float32)


def load_classifier(weights_file: Path) -> Classifier:
    """The MLP in a safetensors file of any float type.

    Raises:
        ValueError: the file has none, or another one.
    """
    shapes = {
        "mlp.0.weight": (FEATURE_DIM, FEATURE_DIM),
        "mlp.0.bias": (FEATURE_DIM,),
        "mlp.3.weight": (len(CATEGORIES), FEATURE_DIM),
        "mlp.3.bias": (len(CATEGORIES),),
    }
    try:
        with safe_open(weights_file, "np") as file:
            found = {name: np.asarray(file.get_tensor(name), np.float32) for name in shapes}
    except SafetensorError as error:
        raise ValueError(f"{weights_file.name} is no GarmentNet: {error}") from error
    for name, shape in shapes.items():
        if found[name].shape != shape:
            raise ValueError(f"{weights_file.name} is no GarmentNet: {name} is {found[name].shape}")
    return Classifier(*(found[name] for name in shapes))


def softmax(logits: Rows) -> Rows:
    """(B, C) logits -> rows of shares, sum 1."""
    risen = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(risen / risen.sum(axis=1, keepdims=True), np.float32)
