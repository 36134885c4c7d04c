"""A batch in equal parts, one for each worker."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import torch

from lookalike.training.material import BatchTargets


@dataclass(slots=True)
class BatchPart:
    """One worker's part of a batch; `features` are filled in by its forward pass."""

    pixels: torch.Tensor
    kept: torch.Tensor
    known: BatchTargets
    features: torch.Tensor | None = None


def in_parts(
    pixels: torch.Tensor, kept: torch.Tensor, known: BatchTargets, workers: int
) -> list[BatchPart]:
    """Equal parts of a batch, fewer where a part would have under two rows."""
    count = max(1, min(workers, len(pixels) // 2))
    bounds = [len(pixels) * at // count for at in range(count + 1)]
    return [
        BatchPart(
            pixels[low:high].contiguous(memory_format=torch.channels_last),
            kept[low:high],
            BatchTargets(*(getattr(known, f.name)[low:high] for f in fields(known))),
        )
        for low, high in pairwise(bounds)
    ]
