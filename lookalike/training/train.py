"""The training run: resumable after every batch, one code for CPU and CUDA."""

from __future__ import annotations

import copy
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import torch

from lookalike.training.averaged import AveragedNet
from lookalike.training.batch_parts import BatchPart, in_parts
from lookalike.training.batches import Batch, epoch_batches
from lookalike.training.checkpoint import fitting, load_checkpoint, save_checkpoint
from lookalike.training.devices import pick_device
from lookalike.training.fitted_projections import fit_projections
from lookalike.training.interpolate import moved_towards
from lookalike.training.losses import (
    category_loss,
    contrast_loss,
    distil_loss,
    places_loss,
    relation_loss,
)
from lookalike.training.material import Material
from lookalike.training.memory import FeatureBank
from lookalike.training.parameter_groups import parameter_groups
from lookalike.training.precision import autocast_of
from lookalike.training.replicas import Replicas
from lookalike.training.schedule import (
    epochs_of,
    progress_of,
    rate_at,
    size_at,
    size_of_epoch,
)
from lookalike.training.shown_batches import ShownBatches
from lookalike.training.student import Student, new_net
from lookalike.training.teacher import TEACHER_DIM
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tuned_teacher import CategoryTeacher
from lookalike.vision.garment_net import GarmentNet

logger = logging.getLogger(__name__)

Validate = Callable[[GarmentNet, int], dict[str, float]]
"""Figures of a network at a picture size."""


class TrainingRun:
    """One run in a folder: `checkpoint.pt` and `log.jsonl`, which a new run begins afresh.

    With a `tuned` teacher the student learns what that makes of the very view that both see.

    Source: Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", 2022.
    """

    def __init__(
        self,
        settings: TrainSettings,
        material: Material,
        folder: Path,
        tuned: CategoryTeacher | None = None,
    ) -> None:
        self.settings, self.material, self.folder = settings, material, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.device = pick_device(settings.device)
        self.shown = ShownBatches(settings, material, self.device, tuned)
        net = new_net(settings.start, settings.seed)
        student = Student(
            net,
            material.targets.shape[1],
            settings.losses.class_gradient,
            settings.frozen_stages,
            0 if tuned is None else TEACHER_DIM,
        )
        self.student = student.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.replicas = Replicas(self.student, settings.workers)
        self.average = AveragedNet(self.student.net)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(student, settings.weight_decay), fused=True
        )
        self.bank = FeatureBank(settings.bank_size, material.targets.shape[1], self.device)
        self.epoch, self.next_batch, self.spent_s = 0, 0, 0.0

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "checkpoint.pt"

    def trained(self) -> GarmentNet:
        """What the run has brought so far, on its device: the moving average, ready to serve."""
        net: GarmentNet = copy.deepcopy(self.average.net)
        if self.settings.start_share:
            start = new_net(self.settings.start, self.settings.seed)
            moved_towards(net, start, self.settings.start_share)
        return net

    def resume(self) -> bool:
        """Continues from the folder's checkpoint; False where there is none.

        Raises:
            OSError: it can't be read.
            ValueError: it is broken, or of another kind of run.
        """
        state = load_checkpoint(self.checkpoint)
        if state is None:
            return False
        with fitting(self.checkpoint):
            self.student.load_state_dict(state["student"])
            self.average.restore(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.bank.restore(state["bank"])
            self.epoch, self.next_batch = state["epoch"], state["next_batch"]
            self.spent_s = state["spent_s"]
            torch.set_rng_state(state["torch_rng"])
        return True

    def save(self) -> None:
        """Writes the checkpoint; the one before stays whole until the new one is."""
        state: dict[str, Any] = {
            "student": self.student.state_dict(),
            "average": self.average.state(),
            "optimizer": self.optimizer.state_dict(),
            "bank": self.bank.state(),
            "epoch": self.epoch,
            "next_batch": self.next_batch,
            "spent_s": self.spent_s,
            "torch_rng": torch.get_rng_state(),
        }
        save_checkpoint(self.checkpoint, state)

    def run(self, validate: Validate | None = None, stop: threading.Event | None = None) -> bool:
        """Trains to the plan's end, or until `stop` is set: then saves and answers False."""
        if (self.epoch, self.next_batch) == (0, 0):
            if not self.checkpoint.exists():
                (self.folder / "log.jsonl").unlink(missing_ok=True)
            if self.settings.start is not None:
                self._fit_projections(stop)
        while not self._done():
            began = time.monotonic()
            if not self._run_epoch(stop):
                self.save()
                return False
            self.epoch, self.next_batch = self.epoch + 1, 0
            self.save()
            if validate is not None and (
                self._done() or self.epoch % self.settings.validate_every == 0
            ):
                size = self._size_px(self.epoch - 1, 1.0)
                self._log(kind="validation", size_px=size, **validate(self.average.net, size))
            self._log(kind="epoch", seconds=round(time.monotonic() - began, 1))
        return True

    def _done(self) -> bool:
        if self.settings.minutes is None:
            return self.epoch >= epochs_of(self.settings.plan)
        return self.spent_s >= 60.0 * self.settings.minutes

    def _progress(self, epoch: int, share_of_epoch: float) -> float:
        """Share 0..1 of the run that is done: of its work, or of its time where that is given."""
        if self.settings.minutes is None:
            return progress_of(self.settings.plan, epoch, share_of_epoch)
        return min(1.0, self.spent_s / (60.0 * self.settings.minutes))

    def _size_px(self, epoch: int, share_of_epoch: float) -> int:
        if self.settings.minutes is None:
            return size_of_epoch(self.settings.plan, epoch)
        return size_at(self.settings.plan, self._progress(epoch, share_of_epoch))

    def _run_epoch(self, stop: threading.Event | None) -> bool:
        settings = self.settings
        batches = self._batches(self.epoch)
        sums: dict[str, float] = {}
        first = self.next_batch
        for position in range(first, len(batches)):
            if stop is not None and stop.is_set():
                return False
            if settings.minutes is not None and self._done():
                break
            began, share = time.monotonic(), position / len(batches)
            size = self._size_px(self.epoch, share)
            rate = rate_at(self._progress(self.epoch, share), settings.peak_rate)
            terms = self._step(batches[position], size, position, rate)
            self.next_batch = position + 1
            self.spent_s += time.monotonic() - began
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value
            if (position + 1) % LOG_EVERY == 0 or position + 1 == len(batches):
                means = {name: round(v / (position + 1 - first), 4) for name, v in sums.items()}
                self._log(kind="losses", batch=position + 1, of=len(batches), size_px=size, **means)
            if (position + 1) % SAVE_EVERY == 0:
                self.save()
        return True

    def _fit_projections(self, stop: threading.Event | None) -> None:
        """The network is trained already: what begins at random beside it is fitted to it."""
        batches, size = self._batches(FITTING_EPOCH)[:FITTED_BATCHES], self._size_px(0, 0.0)
        going_on = takewhile(lambda _: stop is None or not stop.is_set(), enumerate(batches))
        fit_projections(self.student, (self.shown(batch, size, at) for at, batch in going_on))

    def _batches(self, epoch: int) -> list[Batch]:
        material, settings = self.material, self.settings
        return epoch_batches(
            *(material.samples, material.train_rows),
            *(settings.batch_size, settings.seed, epoch),
        )

    def _step(self, batch: Batch, size: int, position: int, rate: float) -> dict[str, float]:
        seed = (self.settings.seed * 1_000_003 + self.epoch) * 100_003 + position
        whole = self.shown(batch, size, seed)
        parts = in_parts(whole.pixels, whole.kept, whole.known, len(self.replicas))
        shares = [len(part.pixels) / len(whole.pixels) for part in parts]
        found = self.replicas.backward(self._losses, parts, shares)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["quicker"]
        torch.nn.utils.clip_grad_norm_(self.student.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(self.student.net)
        for part in parts:
            assert part.features is not None
            self.bank.add(part.features, part.known.targets, part.known.instances)
        return {
            name: sum(
                share * float(terms[name]) for share, terms in zip(shares, found, strict=True)
            )
            for name in found[0]
        }

    def _losses(
        self, student: Student, part: BatchPart
    ) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        weights, known, bank = self.settings.losses, part.known, self.bank
        with autocast_of(self.device):
            seen = student(part.pixels, part.kept)
        features = seen.features
        part.features = features.detach()
        terms = {
            "distil": distil_loss(seen.projected, known.targets),
            "relation": relation_loss(
                features, known.targets, bank.features, bank.targets, student.scale()
            ),
            "contrast": contrast_loss(features, known.instances, bank.features, bank.instances),
            "category": category_loss(seen.logits, known.wanted, known.class_weight),
        }
        if self.shown.tuned is not None:
            terms["view"] = distil_loss(seen.viewed, known.viewed)
            terms["opinion"] = category_loss(
                seen.logits, known.opinion, torch.ones_like(seen.logits[:, 0])
            )
            terms["places"] = places_loss(seen.places, known.places)
        by_name = asdict(weights)
        return terms, torch.stack([by_name[name] * term for name, term in terms.items()]).sum()

    def _log(self, **entry: object) -> None:
        line = json.dumps({"epoch": self.epoch, "time": round(time.time(), 1), **entry})
        logger.info("%s", line)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")


LOG_EVERY: Final = 25
"""Batches between two lines of losses."""

SAVE_EVERY: Final = 50
"""Batches between two checkpoints."""

FITTED_BATCHES: Final = 24
"""Batches that projections are fitted to before a network that was trained goes on."""

FITTING_EPOCH: Final = 1_000_000
"""Names their order, which is that of no epoch."""
