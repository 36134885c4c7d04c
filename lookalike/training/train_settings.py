"""What a training run is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lookalike.training.losses import LossWeights
from lookalike.training.schedule import Phase


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Settings of a run; `start` is a file of weights to start from, None for random ones;
    `workers` is the number of threads that share a batch between them; `frozen_stages` of the
    backbone stay as they start: with 1 a step takes 3/4 of the time, and first stages learn little
    once they are trained. `minutes` is what all batches together may take: phases then share the
    time instead of counting epochs, the rate falls with it, and two runs are no longer equal bit
    for bit. `mixed_share` of the rows of each batch are blends of two pictures. A tuned teacher
    may see them at `view_px` where that is more than the student's size: then they are changed at
    that size, or the one they have. `start_share` of what it
    starts from is mixed into what was trained. `co_teacher` is a file of an earlier student's
    weights, whose categories count as much as the tuned teacher's. `frozen_opinion` is the
    frozen teacher's share in what the student learns of a view's categories: its out-of-fold
    opinion of the whole picture. `frozen_views` has it look at each view as well, and its
    categories there count as much as the tuned teacher's."""

    plan: tuple[Phase, ...] = (Phase(112, 12), Phase(160, 5), Phase(224, 3))
    batch_size: int = 64
    peak_rate: float = 1e-3
    weight_decay: float = 0.05
    bank_size: int = 1024
    seed: int = 0
    device: str = "auto"
    start: Path | None = None
    losses: LossWeights = field(default_factory=LossWeights)
    validate_every: int = 2
    workers: int = 1
    frozen_stages: int = 0
    minutes: float | None = None
    mixed_share: float = 0.0
    view_px: int = 0
    start_share: float = 0.0
    co_teacher: Path | None = None
    frozen_opinion: float = 0.0
    frozen_views: bool = False

    def __post_init__(self) -> None:
        """Raises: ValueError."""
        if self.start_share and self.start is None:
            raise ValueError("a share of the start needs a start")
