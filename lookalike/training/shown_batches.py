"""Batches as a student is shown them: changed, blended, and looked at by its teachers."""

from __future__ import annotations

from dataclasses import replace

import torch

from lookalike.training.augment import augmented, normalised
from lookalike.training.batch_parts import BatchPart
from lookalike.training.batches import Batch
from lookalike.training.blend import blended
from lookalike.training.material import Material
from lookalike.training.student import kept_units
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tuned_teacher import CategoryTeacher
from lookalike.vision.garment_net import at_size


class ShownBatches:
    """Makes of a batch's rows what one step learns from, a function of the seed alone."""

    def __init__(
        self,
        settings: TrainSettings,
        material: Material,
        device: torch.device,
        tuned: CategoryTeacher | None = None,
    ) -> None:
        self.tuned = tuned
        self._settings, self._material, self._device = settings, material, device

    def __call__(self, batch: Batch, size_px: int, seed: int) -> BatchPart:
        """The whole batch at the student's size, with all that is known of the very views."""
        generator = torch.Generator().manual_seed(seed)
        pictures = self._material.pictures(batch)
        seen_px = size_px
        if self.tuned is not None:
            # Not beyond what pictures hold: the student would see them enlarged and shrunk again,
            # and so softer than it ever will in service.
            seen_px = max(size_px, min(self._settings.view_px, pictures.shape[1]))
        pixels = augmented(pictures, seen_px, generator).to(self._device)
        known = self._material.tensors(batch.rows, self._device)
        pixels, known = blended(pixels, known, self._settings.mixed_share, generator)
        kept = kept_units(len(pixels), generator).to(self._device)
        pixels = normalised(pixels)
        if self.tuned is not None:
            sight = self.tuned.look(pixels)
            opinion = torch.lerp(sight.shares, known.shares, self._settings.frozen_opinion)
            known = replace(known, viewed=sight.features, opinion=opinion, places=sight.places)
        return BatchPart(at_size(pixels, size_px), kept, known)
