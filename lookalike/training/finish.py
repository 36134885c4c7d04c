"""From a trained network to what ships: calibrated on held-out rows, exported, measured."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from lookalike.figures import FigureWithInterval
from lookalike.training.calibrate import fit_match_calibration, fit_temperature
from lookalike.training.export import export_model
from lookalike.training.figures import classification_figures, retrieval_figures
from lookalike.training.fit_look import fit_look_head, see_again
from lookalike.training.material import Material
from lookalike.training.metrics import Labels, Shares, first_right_ranks
from lookalike.training.sample import DRAWN, NO_CLASS
from lookalike.training.validation import encode_rows, has_two_halves, in_select_half, shop_views
from lookalike.vision.garment_net import GarmentNet
from lookalike.vision.look import LookHead
from lookalike.vision.manifest import (
    MatchCalibration,
    MatchCurve,
    ModelManifest,
    VerdictThresholds,
)

logger = logging.getLogger(__name__)

CLOSE_UPS: Final = "alt"
"""How views begin whose pairs no match curve is fitted to: a close-up of a seam matches nothing."""

SAME_FROM: Final = 0.8
SIMILAR_FROM: Final = 0.4
"""Match probability from which a hit counts as the same look, and as a similar one."""

LOOK_ROWS: Final = 1000
"""Pictures that the look head is fitted to, or more where more have a second view."""

MOST_LOOK_ROWS: Final = 3000
"""And no more than so many: with their changed forms they lie in memory, 1.4 GB."""

_UNCALIBRATED: Final = MatchCurve(slope=20.0, midpoint=0.8)
"""Where nothing held out shows one product twice: a tiny data set."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The manifest that was written, and the figures on held-out rows by group.

    `shares` (N, 13) and `labels` (N,) are those of the rows that the classifier was measured on.
    """

    manifest: ModelManifest
    figures: dict[str, list[FigureWithInterval]]
    shares: Shares
    labels: Labels


def finish(
    net: GarmentNet,
    material: Material,
    folder: Path,
    version: str | None,
    notes: str,
    input_px: int = 224,
) -> Finished:
    """Fits the look head, calibrates, measures, and exports to `folder`.

    The head is fitted on training rows; calibration is fitted on one half of the held-out groups
    and everything measured on the other.
    The halves share no sender, photo or style, so that the calibration error is not measured on
    what the temperature was fitted to; where photos lie in but one half, it is, and that is told.

    Raises:
        ValueError: nothing labelled was held out.
    """
    held_out = material.validation_rows
    held_out = held_out[material.labels[held_out] != NO_CLASS]
    if not len(held_out):
        raise ValueError("no labelled picture was held out: nothing to calibrate on")
    look = fit_look(net, material, input_px)
    encoded = encode_rows(net, material.cutout, held_out, input_px, look)
    labels = material.labels[held_out]
    fitted = in_select_half(material, held_out)
    if not has_two_halves(material):
        logger.warning(
            "the held-out photos are not in two halves: the figures are of the rows that the "
            "temperature was fitted to"
        )
    # The serving path's second look at the crop as it was; docs/decisions.md says what it brings.
    second = encode_rows(net, material.plain, held_out, input_px).logits
    both = (encoded.logits + second) / np.float32(2.0)
    temperature = fit_temperature(both[fitted], labels[fitted])
    logits = torch.from_numpy(both / np.float32(temperature))
    shares = np.asarray(logits.softmax(dim=1), np.float32)
    asked = np.flatnonzero(~fitted) if not fitted.all() else np.arange(len(fitted))
    figures = _class_figures(material, held_out[asked], shares[asked])
    figures |= _shop_figures(net, material, input_px, look)
    manifest = export_model(
        net,
        folder,
        look=look,
        input_px=input_px,
        second_look=True,
        version=version,
        temperature=temperature,
        match=_match(material, encoded.features[fitted], held_out[fitted]),
        verdict=VerdictThresholds(same=SAME_FROM, similar=SIMILAR_FROM),
        metrics=_by_name(figures),
        notes=notes,
    )
    return Finished(manifest, figures, shares[asked], labels[asked])


def _class_figures(
    material: Material, rows: npt.NDArray[np.int64], shares: Shares
) -> dict[str, list[FigureWithInterval]]:
    """Figures of each source's rows."""
    source = np.array([material.samples[row].source for row in rows])
    return {
        str(name): classification_figures(
            shares[source == name], material.labels[rows[source == name]]
        )
        for name in np.unique(source)
    }


def _by_name(figures: dict[str, list[FigureWithInterval]]) -> dict[str, float]:
    return {
        f"{group}/{figure.case}": round(figure.value, 5)
        for group, found in figures.items()
        for figure in found
        if not figure.case.startswith("class/")
    }


def fit_look(net: GarmentNet, material: Material, input_px: int) -> LookHead:
    """The head that joins features and colours, fitted on training cutouts.

    Pairs of one garment are a cutout and its changed form, a cutout and a close-up of it, and two
    views of one product.
    """
    rows = look_rows(material.instances, material.train_rows)
    main = np.array([material.samples[row].view == "main" for row in rows], bool)
    seen = see_again(net, material.cutout[rows], material.instances[rows], main, input_px)
    return fit_look_head(seen.plain, seen.pairs(np.ones(len(rows), bool)))


def look_rows(
    instances: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], most: int = MOST_LOOK_ROWS
) -> npt.NDArray[np.int64]:
    """Which of the training `rows` the head is fitted on.

    All with a second view, or where those are more than `most` as many, by whole products drawn at
    random; and others up to 1,000.
    """
    count = np.bincount(instances[rows], minlength=int(instances.max()) + 1)
    several = rows[count[instances[rows]] > 1]
    if len(several) > most:
        place = np.random.default_rng(1).permutation(len(count))[instances[several]]
        several = several[np.argsort(place, kind="stable")[:most]]
    single = np.random.default_rng(0).permutation(rows[count[instances[rows]] == 1])
    return np.sort(np.concatenate([several, single[: max(0, LOOK_ROWS - len(several))]]))


def _match(
    material: Material, features: npt.NDArray[np.float32], rows: npt.NDArray[np.int64]
) -> MatchCalibration:
    """Curves of the pairs among `rows`; what they say little by is told."""
    samples = [material.samples[row] for row in rows]
    kept = np.flatnonzero([not sample.view.startswith(CLOSE_UPS) for sample in samples])
    rows = rows[kept]
    instances = material.instances[rows]
    try:
        found = fit_match_calibration(features[kept], material.labels[rows], instances)
    except ValueError as error:
        logger.warning("match probabilities are a guess: %s", error)
        return MatchCalibration(default=_UNCALIBRATED)
    paired = np.bincount(instances)[instances] > 1
    if {samples[at].source for at in kept[paired]} == {DRAWN}:
        logger.warning(
            "match probabilities are fitted to drawings alone: no two of the held-out photos show "
            "one product"
        )
    return found


def _shop_figures(
    net: GarmentNet, material: Material, input_px: int, look: LookHead
) -> dict[str, list[FigureWithInterval]]:
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
    gallery = encode_rows(net, material.cutout, gallery_rows, input_px, look).features
    held_out = material.validation_rows
    selected = in_select_half(material, held_out)
    held_out = held_out if selected.all() else held_out[~selected]
    figures = {}
    for asked, rows in shop_views(material, held_out).items():
        queries = encode_rows(net, material.cutout, rows, input_px, look).features
        ranks = [
            first_right_ranks(queries, gallery, names[rows], names[gallery_rows])
            for names in (instance, style)
        ]
        figures[asked] = retrieval_figures(*ranks)
    return figures
