"""What the student is pulled by: the teacher's geometry, the same thing seen twice, the class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch.nn import functional

from lookalike.training.sample import NO_CLASS

TEACHER_TEMPERATURE: Final = 0.1
CONTRAST_TEMPERATURE: Final = 0.08
LABEL_SMOOTHING: Final = 0.1
NO_INSTANCE: Final = -1
"""Names a row that neither attracts nor repels others."""

TEACHER_LABEL_SHARE: Final = 0.35
"""Share of the out-of-fold teacher's opinion in a class target: it softens wrong labels."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the terms; `class_gradient` is the share of the classifier's gradient that
    reaches the backbone: all of it pulls everything of a category together. `view`, `opinion` and
    `places` count where there is a tuned teacher, which sees each picture as the student does: its
    features of that view, its shares of the categories, and its features of each place."""

    distil: float = 2.0
    relation: float = 1.0
    contrast: float = 1.0
    category: float = 1.0
    class_gradient: float = 0.7
    view: float = 1.0
    opinion: float = 1.0
    places: float = 1.0


def distil_loss(projected: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """1 - cosine of (B, D) projected features to (B, D) unit targets, mean over B.

    A row whose target is all zeros, a picture that the teacher has not seen, pulls nowhere.
    """
    return (1.0 - (functional.normalize(projected, dim=1) * targets).sum(dim=1)).mean()


def places_loss(projected: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """1 - cosine of (B, D, h, w) projected places to (B, D, H, W) targets, mean over all places.

    Targets of another size are averaged over what each place sees. A picture has one feature and
    49 places at 224 px, so that the student learns as much from fewer pictures.

    Source: Romero et al., "FitNets: hints for thin deep nets", 2015.
    """
    height, width = projected.shape[2:]
    wanted = functional.adaptive_avg_pool2d(targets, (height, width))
    return (1.0 - functional.cosine_similarity(projected, wanted, dim=1)).mean()


def relation_loss(
    features: torch.Tensor,
    targets: torch.Tensor,
    bank_features: torch.Tensor,
    bank_targets: torch.Tensor,
    scale: torch.Tensor,
) -> torch.Tensor:
    """KL divergence from the teacher's to the student's distribution over neighbours.

    `features` (B, 512) unit, `targets` (B, D) unit; neighbours are the batch itself, each row
    without itself, and the bank (M, 512) / (M, D); rows whose target is all zeros take no part. It
    shapes the served cosine itself, up to a scale and an offset per row, which non-negative
    features need.

    Source: Tung & Mori, "Similarity-preserving knowledge distillation", 2019; Fang et al.,
    "SEED: self-supervised distillation", 2021.
    """
    own = torch.eye(len(features), len(features) + len(bank_features), dtype=torch.bool)
    everyone = torch.cat([targets, bank_targets])
    unseen = own.to(features.device) | ~everyone.any(dim=1)[None, :]
    student = features @ torch.cat([features, bank_features]).T * scale
    teacher = targets @ everyone.T / TEACHER_TEMPERATURE
    student = student.masked_fill(unseen, -1e4)
    wanted = teacher.masked_fill(unseen, -1e4).softmax(dim=1)
    per_row = functional.kl_div(student.log_softmax(dim=1), wanted, reduction="none").sum(dim=1)
    asked = targets.any(dim=1)
    return (per_row * asked).sum() / asked.sum().clamp(min=1)


def contrast_loss(
    features: torch.Tensor,
    instances: torch.Tensor,
    bank_features: torch.Tensor,
    bank_instances: torch.Tensor,
) -> torch.Tensor:
    """Supervised contrastive loss over unit features (B, 512); equal `instances` (B,) attract.

    Rows without a second view in batch or bank attract nothing, rows named `NO_INSTANCE` take no
    part; 0 if no row has a second view.

    Source: Khosla et al., "Supervised contrastive learning", 2020, L_out.
    """
    everyone = torch.cat([features, bank_features])
    names = torch.cat([instances, bank_instances])
    own = torch.eye(len(features), len(everyone), dtype=torch.bool, device=features.device)
    same = (instances[:, None] == names[None, :]) & (instances != NO_INSTANCE)[:, None] & ~own
    unseen = own | (names == NO_INSTANCE)[None, :]
    logits = (features @ everyone.T / CONTRAST_TEMPERATURE).masked_fill(unseen, -1e4)
    log_share = logits.log_softmax(dim=1)
    paired = same.any(dim=1)
    if not bool(paired.any()):
        return features.sum() * 0.0
    per_row = -(log_share * same).sum(dim=1)[paired] / same.sum(dim=1)[paired]
    return per_row.mean()


def class_targets(class_indices: torch.Tensor, teacher_shares: torch.Tensor) -> torch.Tensor:
    """(B,) labels and (B, C) teacher's shares -> (B, C) rows of sum 1; zeros without a label."""
    known, classes = class_indices != NO_CLASS, teacher_shares.shape[1]
    hard = functional.one_hot(class_indices.clamp(min=0), classes).float()
    hard = hard * (1.0 - LABEL_SMOOTHING) + LABEL_SMOOTHING / classes
    mixed = (1.0 - TEACHER_LABEL_SHARE) * hard + TEACHER_LABEL_SHARE * teacher_shares
    return mixed * known[:, None]


def category_loss(logits: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of (B, C) logits to (B, C) targets, rows weighted by (B,) `weight`."""
    per_row = -(wanted * logits.log_softmax(dim=1)).sum(dim=1)
    row_weight = weight * (wanted.sum(dim=1) > 0)
    return (per_row * row_weight).sum() / row_weight.sum().clamp(min=1e-6)


def scaled_gradient(tensor: torch.Tensor, share: float) -> torch.Tensor:
    """The same values; `share` of the gradient flows on."""
    return tensor * share + tensor.detach() * (1.0 - share)
