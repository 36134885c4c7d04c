"""Fine-tunes the teacher on the training split; stops resumably after any batch."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import torch
from torch import nn

from lookalike.training.augment import augmented, normalised
from lookalike.training.averaged import AveragedNet
from lookalike.training.batches import Batch, epoch_batches
from lookalike.training.blend import blended
from lookalike.training.checkpoint import fitting, load_checkpoint, save_checkpoint
from lookalike.training.losses import category_loss
from lookalike.training.material import Material
from lookalike.training.precision import autocast_for_depthwise
from lookalike.training.sample import Sample
from lookalike.training.schedule import (
    Phase,
    epochs_of,
    progress_of,
    rate_at,
    size_of_epoch,
)
from lookalike.training.tuned_teacher import TunedTeacher, load_tuned_teacher
from lookalike.vision.weights import sha256_of

logger = logging.getLogger(__name__)

HEAD_RATE_SHARE: Final = 3.0
"""The untrained head learns so many times faster than what ImageNet has taught."""

GO_ON_RATE: Final = 2e-4
"""Peak rate for a teacher that was tuned before: half of what an untuned one learns at."""

LOG_EVERY: Final = 50
"""Batches between two lines of losses."""


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """`frozen_blocks` of Lite2's 21 keep their weights, and the stem: they see edges and dots, at
    the sizes that cost most. `mixed_share` of each batch are blends of two pictures. `start` is a
    file of a teacher to go on from, None for what ImageNet has taught."""

    plan: tuple[Phase, ...] = (Phase(128, 3), Phase(192, 4))
    batch_size: int = 48
    peak_rate: float = 4e-4
    weight_decay: float = 0.05
    frozen_blocks: int = 7
    mixed_share: float = 0.2
    seed: int = 0
    start: Path | None = None


def tuned_teacher(
    settings: TuneSettings,
    material: Material,
    folder: Path,
    device: torch.device,
    validate: Callable[[TunedTeacher], dict[str, float]] | None = None,
    stop: threading.Event | None = None,
) -> TunedTeacher | None:
    """Tunes Lite2 on the training rows, going on from `folder/teacher.pt` where that is there.

    `validate` is asked after each epoch, for the log alone. Returns a moving average of the
    weights, ready to look; None where it was stopped before the plan's end, with a checkpoint.

    Raises:
        ModuleNotFoundError: the `train` extra is not installed.
        OSError: the teacher to go on from, or the checkpoint, can't be read or written.
        ValueError: it is none, or the checkpoint is of other settings or pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Tuning(settings, material, device, folder / "teacher.pt")
    run.resume()
    while run.epoch < epochs_of(settings.plan):
        began = time.monotonic()
        loss = run.run_epoch(stop)
        run.save()
        if loss is None:
            return None
        figures = validate(run.average.net) if validate is not None else {}
        seconds = round(time.monotonic() - began, 1)
        logger.info("teacher, epoch %d: loss %.4f, %s s %s", run.epoch, loss, seconds, figures)
    return run.average.net


def origin_of(settings: TuneSettings, samples: Sequence[Sample]) -> str:
    """A digest of what a tuned teacher depends on: settings, the file it starts from, pictures.

    Raises:
        OSError: the file can't be read.
    """
    start = None if settings.start is None else sha256_of(settings.start)
    known = [(sample.key, sample.class_index) for sample in samples]
    text = json.dumps([asdict(replace(settings, start=None)), start, known])
    return hashlib.sha256(text.encode()).hexdigest()


def kept_state(checkpoint: Path, origin: str) -> dict[str, Any] | None:
    """A tuning's checkpoint; None where there is none.

    Raises:
        OSError: it can't be read.
        ValueError: it is broken, or of a teacher of another origin.
    """
    state = load_checkpoint(checkpoint)
    if state is not None and state.get("origin") != origin:
        raise ValueError(
            f"{checkpoint} is of a teacher that is tuned with another plan, seed or start, or on "
            "other pictures: remove it, or name another folder"
        )
    return state


class _Tuning:
    """What changes from batch to batch; a function of the settings and the material alone."""

    def __init__(
        self, settings: TuneSettings, material: Material, device: torch.device, checkpoint: Path
    ) -> None:
        self._settings, self._material, self._device = settings, material, device
        self._checkpoint = checkpoint
        self._origin = origin_of(settings, material.samples)
        torch.manual_seed(settings.seed)
        if settings.start is None:
            teacher = TunedTeacher().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._teacher = cast(TunedTeacher, teacher)
        else:
            self._teacher = load_tuned_teacher(settings.start, device).requires_grad_(True)
        self._frozen = _freeze(self._teacher, settings.frozen_blocks)
        self.average = AveragedNet(self._teacher)
        self._optimizer = torch.optim.AdamW(
            _groups(self._teacher), weight_decay=settings.weight_decay
        )
        self.epoch, self._next_batch, self._total = 0, 0, 0.0

    def resume(self) -> None:
        """Goes on from the checkpoint, where there is one."""
        state = kept_state(self._checkpoint, self._origin)
        if state is not None:
            with fitting(self._checkpoint):
                self._teacher.load_state_dict(state["teacher"])
                self.average.restore(state["average"])
                self._optimizer.load_state_dict(state["optimizer"])
                self.epoch, self._next_batch = state["epoch"], state["next_batch"]
                self._total = state["total"]
                torch.set_rng_state(state["torch_rng"])

    def save(self) -> None:
        """Writes the checkpoint."""
        state = {
            "teacher": self._teacher.state_dict(),
            "average": self.average.state(),
            "optimizer": self._optimizer.state_dict(),
            "epoch": self.epoch,
            "next_batch": self._next_batch,
            "total": self._total,
            "torch_rng": torch.get_rng_state(),
            "origin": self._origin,
        }
        save_checkpoint(self._checkpoint, state)

    def run_epoch(self, stop: threading.Event | None = None) -> float | None:
        """One epoch, or what is left of it; answers with its mean loss, None where it stopped."""
        settings, material = self._settings, self._material
        self._teacher.train()
        for part in self._frozen:
            part.eval()
        seed = settings.seed * 1009 + self.epoch
        if not self._next_batch:
            torch.manual_seed(seed)  # dropout's
        size = size_of_epoch(settings.plan, self.epoch)
        batches = epoch_batches(
            *(material.samples, material.train_rows, settings.batch_size),
            *(settings.seed + 7, self.epoch),
        )
        for position in range(self._next_batch, len(batches)):
            if stop is not None and stop.is_set():
                return None
            done = progress_of(settings.plan, self.epoch, position / len(batches))
            generator = torch.Generator().manual_seed(seed * 100_003 + position)
            rate = rate_at(done, settings.peak_rate)
            value = self._step(batches[position], size, rate, generator)
            self._next_batch, self._total = position + 1, self._total + value
            if (position + 1) % LOG_EVERY == 0:
                logger.info("teacher, batch %d of %d: %.4f", position + 1, len(batches), value)
        mean = self._total / max(1, len(batches))
        self.epoch, self._next_batch, self._total = self.epoch + 1, 0, 0.0
        return mean

    def _step(self, batch: Batch, size: int, rate: float, generator: torch.Generator) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["rate_share"]
        loss = self._loss(batch, size, generator)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._teacher.parameters(), 5.0)
        self._optimizer.step()
        self.average.update(self._teacher)
        return loss.item()

    def _loss(self, batch: Batch, size: int, generator: torch.Generator) -> torch.Tensor:
        material, device = self._material, self._device
        pixels = augmented(material.pictures(batch), size, generator).to(device)
        known = material.tensors(batch.rows, device)
        pixels, known = blended(pixels, known, self._settings.mixed_share, generator)
        with autocast_for_depthwise(device):
            _, logits, _ = self._teacher(normalised(pixels))
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
