"""What a training run looks at: pictures, the teacher's targets, labels, and which rows train."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.batches import Batch
from lookalike.training.cutout_cache import CutoutCache, Pictures
from lookalike.training.linear_classifier import (
    Labels,
    LinearClassifier,
    fit_linear_classifier,
)
from lookalike.training.losses import class_targets
from lookalike.training.sample import NO_CLASS, Sample
from lookalike.training.soft_labels import out_of_fold_shares
from lookalike.training.splits import Split
from lookalike.training.target_space import fit_target_space
from lookalike.training.teacher import Rows, TeacherKind
from lookalike.training.teacher_cache import TeacherCache

_VIEW_PENALTY = 1e-2
"""On a classifier of single pictures: changed garments are likelier so than by 3e-3, 3e-2."""
_BALANCE_POWER = 0.4
"""Rows of a category weigh (mean count / its count) to this power: between plain and balanced."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything of N samples by row; `train_rows` and `validation_rows` are disjoint.

    `targets` (N, D) float32 unit rows, `shares` (N, 13) the teacher's out-of-fold opinion,
    `class_weight` (N,) float32, `instances` (N,) int64: equal for one product. `classifier` is
    that of the frozen teacher's features of one picture, where it is to look at views as well.
    """

    samples: Sequence[Sample]
    plain: Pictures
    cutout: Pictures
    targets: Rows
    shares: Rows
    labels: Labels
    class_weight: npt.NDArray[np.float32]
    instances: npt.NDArray[np.int64]
    train_rows: npt.NDArray[np.int64]
    validation_rows: npt.NDArray[np.int64]
    classifier: LinearClassifier | None = None

    def pictures(self, batch: Batch) -> Pictures:
        """The pictures of a batch, each in the form that the batch asks for: (B, 224, 224, 3)."""
        shown = self.plain[batch.rows]
        shown[batch.cut_out] = self.cutout[batch.rows[batch.cut_out]]
        return shown

    def tensors(self, rows: npt.NDArray[np.int64], device: torch.device) -> BatchTargets:
        """What the losses need to know of a batch's rows."""
        return BatchTargets(
            targets=torch.from_numpy(self.targets[rows]).to(device),
            wanted=class_targets(
                torch.from_numpy(self.labels[rows]), torch.from_numpy(self.shares[rows])
            ).to(device),
            class_weight=torch.from_numpy(self.class_weight[rows]).to(device),
            instances=torch.from_numpy(self.instances[rows]).to(device),
            shares=torch.from_numpy(self.shares[rows]).to(device),
            viewed=torch.zeros(len(rows), 0, device=device),
            opinion=torch.zeros(len(rows), len(CATEGORIES), device=device),
            places=torch.zeros(len(rows), 0, 1, 1, device=device),
        )


@dataclass(frozen=True, slots=True)
class BatchTargets:
    """What is known of a batch's B pictures, on the training device.

    `targets` (B, D) unit rows, `wanted` (B, 13) as `losses.class_targets` makes them,
    `class_weight` (B,), `instances` (B,) int64, `shares` (B, 13) the frozen teacher's out-of-fold
    opinion; of a tuned teacher, where there is one, `viewed`
    (B, V) unit features, `opinion` (B, 13) shares and `places` (B, V, h, w) features of each place
    of the very views that the student sees.
    """

    targets: torch.Tensor
    wanted: torch.Tensor
    class_weight: torch.Tensor
    instances: torch.Tensor
    shares: torch.Tensor
    viewed: torch.Tensor
    opinion: torch.Tensor
    places: torch.Tensor


def gather_material(
    cache: CutoutCache, teacher: TeacherCache, *, frozen_views: bool = False
) -> Material:
    """Joins caches to a run's material; the target space is fitted on training rows alone.

    A training picture that the teacher has not seen has a target of zeros, and its own label for
    the teacher's opinion: all categories alike where it has none. `frozen_views` fits the
    classifier.

    Raises:
        ValueError: nothing is there to train on.
    """
    usable = np.zeros(len(cache.samples), bool)
    usable[cache.ready()] = True
    training = np.array([s.split is Split.TRAIN for s in cache.samples], bool)
    train_rows = np.flatnonzero(usable & training)
    taught_rows = np.flatnonzero(usable & training & teacher.filled())
    if len(taught_rows) < 2:
        raise ValueError("fewer than two training pictures are ready")
    cutout, plain, colours = (
        np.asarray(part, np.float32) for part in (teacher.cutout, teacher.plain, teacher.colours)
    )
    space = fit_target_space(cutout[taught_rows], plain[taught_rows], colours[taught_rows])
    labels = np.array([s.class_index for s in cache.samples], np.int64)
    groups = [f"{s.source}/{s.group}" for s in cache.samples]
    targets = np.zeros((len(labels), space.directions.shape[1]), np.float32)
    targets[taught_rows] = space(cutout[taught_rows], plain[taught_rows], colours[taught_rows])
    shares = np.eye(len(CATEGORIES), dtype=np.float32)[np.maximum(labels, 0)]
    shares[labels == NO_CLASS] = 1.0 / len(CATEGORIES)
    seen = np.concatenate([cutout, plain], axis=1) if teacher.kind.sees_all_plain else cutout
    shares[taught_rows] = out_of_fold_shares(
        *(seen[taught_rows], labels[taught_rows]),
        [groups[i] for i in taught_rows],
        len(CATEGORIES),
    )
    _, instances = np.unique([s.instance for s in cache.samples], return_inverse=True)
    return Material(
        samples=cache.samples,
        plain=cache.plain,
        cutout=cache.cutout,
        targets=targets,
        shares=shares,
        labels=labels,
        class_weight=_class_weight(labels, train_rows),
        instances=instances.astype(np.int64),
        train_rows=train_rows.astype(np.int64),
        validation_rows=np.flatnonzero(usable & ~training).astype(np.int64),
        classifier=(
            _classifier(cutout, plain, labels, taught_rows, teacher.kind) if frozen_views else None
        ),
    )


def _classifier(
    cutout: Rows,
    plain: Rows,
    labels: Labels,
    taught_rows: npt.NDArray[np.int64],
    kind: TeacherKind,
) -> LinearClassifier:
    """Of cutouts, and of pictures with their background where the teacher has seen them all."""
    rows = taught_rows[labels[taught_rows] != NO_CLASS]
    forms = [cutout[rows], plain[rows]] if kind.sees_all_plain else [cutout[rows]]
    known = np.tile(labels[rows], len(forms))
    return fit_linear_classifier(np.concatenate(forms), known, len(CATEGORIES), _VIEW_PENALTY)


def _class_weight(labels: Labels, train_rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    known = labels[train_rows]
    counts = np.bincount(known[known != NO_CLASS], minlength=len(CATEGORIES)).clip(min=1)
    by_class = (counts.mean() / counts) ** _BALANCE_POWER
    weight = np.where(labels == NO_CLASS, 0.0, by_class[np.maximum(labels, 0)])
    return np.asarray(weight, np.float32)
