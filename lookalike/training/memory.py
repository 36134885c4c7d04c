"""The last features seen, as further neighbours for the losses."""

from __future__ import annotations

import torch

from lookalike.search import FEATURE_DIM


class FeatureBank:
    """A ring of the last unit features with their targets and instances; empty at first."""

    def __init__(self, size: int, target_dim: int, device: torch.device) -> None:
        self._size = size
        self.features = torch.zeros(0, FEATURE_DIM, device=device)
        self.targets = torch.zeros(0, target_dim, device=device)
        self.instances = torch.zeros(0, dtype=torch.int64, device=device)

    def add(self, features: torch.Tensor, targets: torch.Tensor, instances: torch.Tensor) -> None:
        """Adds a batch (B, 512), (B, D), (B,); the oldest rows fall out."""
        self.features = torch.cat([self.features, features])[-self._size :]
        self.targets = torch.cat([self.targets, targets])[-self._size :]
        self.instances = torch.cat([self.instances, instances])[-self._size :]

    def state(self) -> dict[str, torch.Tensor]:
        """What a checkpoint keeps."""
        parts = {"features": self.features, "targets": self.targets, "instances": self.instances}
        return {name: part.clone() for name, part in parts.items()}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Continues from a checkpoint."""
        device = self.features.device
        self.features = state["features"].to(device)
        self.targets = state["targets"].to(device)
        self.instances = state["instances"].to(device)
