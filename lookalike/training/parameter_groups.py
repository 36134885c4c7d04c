"""What an optimiser treats alike: weights that decay, weights that begin at random."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from torch import nn

from lookalike.training.student import Student

PROJECTION_RATE: Final = 5.0
"""Times the network's learning rate."""


def parameter_groups(student: Student, weight_decay: float) -> list[dict[str, Any]]:
    """Projections and the similarity scale begin anew in each run, the network does not: what
    begins anew learns more quickly."""
    of_net = {id(parameter) for parameter in student.net.parameters()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = defaultdict(list)
    for parameter in student.parameters():
        if parameter.requires_grad:
            quicker = 1.0 if id(parameter) in of_net else PROJECTION_RATE
            groups[quicker, weight_decay if parameter.ndim >= 2 else 0.0].append(parameter)
    return [
        {"params": alike, "weight_decay": decay, "quicker": quicker}
        for (quicker, decay), alike in groups.items()
    ]
