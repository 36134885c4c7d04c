"""Which pictures make up each batch: every picture once an epoch, some of them twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookalike.training.sample import Sample

PAIR_SHARE = 0.3
"""Share of the pictures without a second photo that are shown twice in one batch."""

CUTOUT_SHARE = 0.65
"""Share of the views that are cut out; the others keep their background, against bad masks."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`rows` (B,) int64 into the samples, `cut_out` (B,) bool: which form of the picture."""

    rows: npt.NDArray[np.int64]
    cut_out: npt.NDArray[np.bool_]


def epoch_batches(
    samples: Sequence[Sample], rows: npt.NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> list[Batch]:
    """The batches of one epoch, a function of seed and epoch alone.

    Views of one product stand in one batch, as do both views of a picture that is shown twice; the
    last batch may be smaller, but never of fewer than two pictures.
    """
    rng = np.random.default_rng((seed, epoch))
    units = list(_units(samples, rows, rng))
    rng.shuffle(units)
    batches: list[list[tuple[int, bool]]] = [[]]
    for unit in units:
        if len(batches[-1]) + len(unit) > batch_size:
            batches.append([])
        batches[-1] += [(row, bool(cut)) for row, cut in unit]
    if len(batches[-1]) < 2 and len(batches) > 1:
        batches.pop()
    return [
        Batch(np.array([r for r, _ in batch], np.int64), np.array([c for _, c in batch], bool))
        for batch in batches
    ]


def _units(
    samples: Sequence[Sample], rows: npt.NDArray[np.int64], rng: np.random.Generator
) -> Iterator[list[tuple[int, bool]]]:
    by_instance: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_instance[samples[row].instance].append(int(row))
    for members in by_instance.values():
        if len(members) > 1:
            two = rng.permutation(members)[:2]
            yield [(int(row), bool(rng.random() < CUTOUT_SHARE)) for row in two]
            for row in members:
                if row not in two:
                    yield [(row, bool(rng.random() < CUTOUT_SHARE))]
        elif rng.random() < PAIR_SHARE:
            yield [(members[0], True), (members[0], bool(rng.random() < 0.5))]
        else:
            yield [(members[0], bool(rng.random() < CUTOUT_SHARE))]
