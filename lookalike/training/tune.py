"""Fine-tunes the teacher on the training split; resumable after every epoch."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import torch
from torch import nn

from lookalike.training.augment import augmented, normalised
from lookalike.training.averaged import AveragedNet
from lookalike.training.batches import Batch, epoch_batches
from lookalike.training.blend import blended
from lookalike.training.checkpoint import load_checkpoint, save_checkpoint
from lookalike.training.losses import category_loss
from lookalike.training.material import Material
from lookalike.training.precision import autocast_of
from lookalike.training.schedule import rate_at
from lookalike.training.tuned_teacher import TunedTeacher

logger = logging.getLogger(__name__)

HEAD_RATE_SHARE: Final = 3.0
"""The untrained head learns so many times faster than what ImageNet has taught."""

LOG_EVERY: Final = 50
"""Batches between two lines of losses."""


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """`frozen_blocks` of Lite2's 21 keep their weights, and the stem: they see edges and dots, at
    the sizes that cost most. `mixed_share` of each batch are blends of two pictures."""

    epochs: int = 5
    size_px: int = 128
    batch_size: int = 48
    peak_rate: float = 4e-4
    weight_decay: float = 0.05
    frozen_blocks: int = 7
    mixed_share: float = 0.2
    seed: int = 0


def tuned_teacher(
    settings: TuneSettings,
    material: Material,
    folder: Path,
    device: torch.device,
    validate: Callable[[TunedTeacher], dict[str, float]] | None = None,
) -> TunedTeacher:
    """Tunes Lite2 on the training rows, going on from `folder/teacher.pt` where that is there.

    `validate` is asked after each epoch, for the log alone. Returns a moving average of the
    weights, ready to look.

    Raises ModuleNotFoundError without the `train` extra.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    teacher = cast(TunedTeacher, TunedTeacher().to(device).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    frozen = _freeze(teacher, settings.frozen_blocks)
    average = AveragedNet(teacher)
    optimizer = torch.optim.AdamW(_groups(teacher), weight_decay=settings.weight_decay)
    checkpoint, first = folder / "teacher.pt", 0
    if (state := load_checkpoint(checkpoint)) is not None:
        teacher.load_state_dict(state["teacher"])
        average.restore(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epoch"]
    for epoch in range(first, settings.epochs):
        began = time.monotonic()
        teacher.train()
        for part in frozen:
            part.eval()
        loss = _run_epoch(teacher, average, optimizer, settings, material, epoch, device)
        save_checkpoint(
            checkpoint,
            {
                "teacher": teacher.state_dict(),
                "average": average.state(),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch + 1,
            },
        )
        figures = validate(average.net) if validate is not None else {}
        seconds = round(time.monotonic() - began, 1)
        logger.info("teacher, epoch %d: loss %.4f, %s s %s", epoch, loss, seconds, figures)
    return average.net


def _run_epoch(
    teacher: TunedTeacher,
    average: AveragedNet[TunedTeacher],
    optimizer: torch.optim.Optimizer,
    settings: TuneSettings,
    material: Material,
    epoch: int,
    device: torch.device,
) -> float:
    """One epoch; answers with its mean loss. A function of seed and epoch alone."""
    batches = epoch_batches(
        material.samples, material.train_rows, settings.batch_size, settings.seed + 7, epoch
    )
    torch.manual_seed(settings.seed * 1009 + epoch)
    total = 0.0
    for position, batch in enumerate(batches):
        rate = rate_at((epoch + position / len(batches)) / settings.epochs, settings.peak_rate)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["rate_share"]
        generator = torch.Generator().manual_seed(
            (settings.seed * 1009 + epoch) * 100_003 + position
        )
        loss = _loss(teacher, settings, material, batch, generator, device)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(teacher.parameters(), 5.0)
        optimizer.step()
        average.update(teacher)
        value = loss.item()
        total += value
        if (position + 1) % LOG_EVERY == 0:
            logger.info("teacher, batch %d of %d: %.4f", position + 1, len(batches), value)
    return total / max(1, len(batches))


def _loss(
    teacher: TunedTeacher,
    settings: TuneSettings,
    material: Material,
    batch: Batch,
    generator: torch.Generator,
    device: torch.device,
) -> torch.Tensor:
    pixels = augmented(material.pictures(batch), settings.size_px, generator).to(device)
    known = material.tensors(batch.rows, device)
    pixels, known = blended(pixels, known, settings.mixed_share, generator)
    # On a CPU depthwise convolutions go backwards twice as fast in float32 as in bf16.
    with autocast_of(device) if device.type == "cuda" else torch.autocast("cpu", enabled=False):
        _, logits = teacher(normalised(pixels))
    return category_loss(logits, known.wanted, known.class_weight)


def _freeze(teacher: TunedTeacher, blocks: int) -> list[nn.Module]:
    """Stops the stem and the first blocks from learning; answers with them."""
    net = teacher.net
    parts = [net.get_submodule("_conv_stem"), net.get_submodule("_bn0")] if blocks else []
    parts += [net.get_submodule(f"_blocks.{at}") for at in range(blocks)]
    for part in parts:
        part.requires_grad_(False)
    return parts


def _groups(teacher: TunedTeacher) -> list[dict[str, object]]:
    backbone = [p for p in teacher.net.parameters() if p.requires_grad]
    return [
        {"params": backbone, "rate_share": 1.0},
        {"params": list(teacher.head.parameters()), "rate_share": HEAD_RATE_SHARE},
    ]
