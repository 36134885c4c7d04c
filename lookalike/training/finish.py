"""From a trained network to what ships: calibrated on held-out rows, exported, measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from lookalike.training.calibrate import fit_match_calibration, fit_temperature
from lookalike.training.dataset import NO_CLASS
from lookalike.training.export import export_model
from lookalike.training.figures import EvalFigure, classification_figures, retrieval_figures
from lookalike.training.material import Material
from lookalike.training.metrics import first_right_ranks
from lookalike.training.validation import encode_rows
from lookalike.vision.encode import GarmentNet
from lookalike.vision.manifest import (
    MatchCalibration,
    MatchCurve,
    ModelManifest,
    VerdictThresholds,
)
from lookalike.vision.segment import CUTOUT_SIZE

SAME_FROM: Final = 0.8
SIMILAR_FROM: Final = 0.4
"""Match probability from which a hit counts as the same look, and as a similar one."""

_UNCALIBRATED: Final = MatchCurve(slope=20.0, midpoint=0.8)
"""Where nothing held out shows one product twice: a tiny data set."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The manifest that was written, and the figures on held-out rows by group."""

    manifest: ModelManifest
    figures: dict[str, list[EvalFigure]]


def finish(net: GarmentNet, material: Material, folder: Path, version: str, notes: str) -> Finished:
    """Calibrates on one half of the held-out groups, measures on the other, exports to `folder`.

    The halves share no sender, photo or style, so that the calibration error is not measured on
    what the temperature was fitted to.

    Raises:
        ValueError: nothing labelled was held out.
    """
    held_out = material.validation_rows
    held_out = held_out[material.labels[held_out] != NO_CLASS]
    if not len(held_out):
        raise ValueError("no labelled picture was held out: nothing to calibrate on")
    encoded = encode_rows(net, material.cutout, held_out, CUTOUT_SIZE)
    labels = material.labels[held_out]
    fitted = _first_half(material, held_out)
    if fitted.all() or not fitted.any():
        fitted[:] = True
    temperature = fit_temperature(encoded.logits[fitted], labels[fitted])
    logits = torch.from_numpy(encoded.logits / np.float32(temperature))
    shares = np.asarray(logits.softmax(dim=1), np.float32)
    asked = ~fitted if not fitted.all() else fitted
    source = np.array([material.samples[row].source for row in held_out])
    figures: dict[str, list[EvalFigure]] = {}
    for name in np.unique(source):
        own = asked & (source == name)
        if own.any():
            figures[str(name)] = classification_figures(shares[own], labels[own])
    figures |= _shop_figures(net, material)
    match = _match(material, encoded.features, held_out)
    metrics = {
        f"{group}/{f.case}": round(f.value, 5)
        for group, found in figures.items()
        for f in found
        if not f.case.startswith("class/")
    }
    manifest = export_model(
        net,
        folder,
        version=version,
        temperature=temperature,
        match=match,
        verdict=VerdictThresholds(same=SAME_FROM, similar=SIMILAR_FROM),
        metrics=metrics,
        notes=notes,
    )
    return Finished(manifest, figures)


def _match(
    material: Material, features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> MatchCalibration:
    try:
        return fit_match_calibration(features, material.labels[rows], material.instances[rows])
    except ValueError:
        return MatchCalibration(default=_UNCALIBRATED)


def _shop_figures(net: GarmentNet, material: Material) -> dict[str, list[EvalFigure]]:
    """Held-out views against the whole gallery of studio photos, trained-on ones among them."""
    source = np.array([s.source for s in material.samples])
    view = np.array([s.view for s in material.samples])
    instance = np.array([s.instance for s in material.samples])
    style = np.array([s.style for s in material.samples])
    known = np.zeros(len(source), bool)
    known[material.train_rows] = True
    known[material.validation_rows] = True
    gallery_rows = np.flatnonzero(known & (source == "shop") & (view == "main"))
    if not len(gallery_rows):
        return {}
    gallery = encode_rows(net, material.cutout, gallery_rows, CUTOUT_SIZE).features
    held_out = material.validation_rows
    figures = {}
    for asked in ("back", "alt1"):
        rows = held_out[(source[held_out] == "shop") & (view[held_out] == asked)]
        if not len(rows):
            continue
        queries = encode_rows(net, material.cutout, rows, CUTOUT_SIZE).features
        ranks = [
            first_right_ranks(queries, gallery, names[rows], names[gallery_rows])
            for names in (instance, style)
        ]
        figures[asked] = retrieval_figures(*ranks)
    return figures


def _first_half(material: Material, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(N,) bool: every second group of each source, by name."""
    groups = [f"{material.samples[row].source}/{material.samples[row].group}" for row in rows]
    order = {group: at for at, group in enumerate(sorted(set(groups)))}
    return np.array([order[group] % 2 == 0 for group in groups], bool)
