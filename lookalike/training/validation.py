"""A quick look at a network between epochs: classes, street crops, shop views, on held-out rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from lookalike.search import FEATURE_DIM
from lookalike.training.augment import normalised, resized
from lookalike.training.cutout_cache import Pictures
from lookalike.training.material import Material
from lookalike.training.metrics import (
    balanced_accuracy,
    first_right_ranks,
    hits_within,
    recall_at,
)
from lookalike.training.precision import autocast_of
from lookalike.training.sample import DRAWN, NO_CLASS
from lookalike.training.splits import VALIDATION_SHARE, Half
from lookalike.training.tuned_teacher import CategoryTeacher
from lookalike.vision.colour import colour_histograms
from lookalike.vision.garment_net import GarmentNet, pooled_stages
from lookalike.vision.look import COLOUR_DIM, POOLED_DIM, LookHead, unit_rows

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Encoded:
    """`features` (N, 512) float32 unit rows, `logits` (N, 13) float32."""

    features: npt.NDArray[np.float32]
    logits: npt.NDArray[np.float32]


def encode_rows(
    net: GarmentNet,
    pictures: Pictures,
    rows: npt.NDArray[np.int64],
    size_px: int,
    look: LookHead | None = None,
) -> Encoded:
    """Features and logits of the named rows of (N, 224, 224, 3) pictures, at a size.

    Features are the raw ones, L2-normalised, or with a `look` what is indexed.
    """
    pooled = encode_pooled(net, pictures, rows, size_px)
    raw = pooled[:, :FEATURE_DIM]
    device = next(net.parameters()).device
    with torch.inference_mode():
        logits = net.mlp(torch.from_numpy(raw).to(device)).cpu().numpy()
    features = unit_rows(raw) if look is None else look(pooled, colours_of(pictures, rows))
    return Encoded(features, logits)


def described(
    net: GarmentNet, pictures: Pictures, rows: npt.NDArray[np.int64], size_px: int
) -> torch.Tensor:
    """(R, 912) float32: pooled features and colour histogram of the named rows, side by side."""
    parts = [encode_pooled(net, pictures, rows, size_px), colours_of(pictures, rows)]
    return torch.from_numpy(np.concatenate(parts, axis=1))


def colours_of(pictures: Pictures, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Colour histograms (R, 144) of the named rows of (N, 224, 224, 3) pictures."""
    pieces = [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]
    found = [colour_histograms(pictures[piece]) for piece in pieces]
    return np.concatenate(found) if found else np.zeros((0, COLOUR_DIM), np.float32)


@torch.inference_mode()
def encode_pooled(
    net: GarmentNet, pictures: Pictures, rows: npt.NDArray[np.int64], size_px: int
) -> npt.NDArray[np.float32]:
    """Pooled features (R, 768) float32, not normalised, of the named rows; sets `net` to eval.

    The first 512 are the backbone's output, as `vision.encode.pooled_stages` gives them.
    """
    device = next(net.parameters()).device
    net.eval()
    pooled = np.zeros((len(rows), POOLED_DIM), np.float32)
    for start in range(0, len(rows), _BATCH):
        piece = slice(start, start + _BATCH)
        pixels = normalised(resized(pictures[rows[piece]], size_px).to(device))
        with autocast_of(device):
            found = pooled_stages(net.backbone, pixels)
        pooled[piece] = found.float().cpu().numpy()
    return pooled


def quick_figures(material: Material, net: GarmentNet, size_px: int) -> dict[str, float]:
    """Accuracy on held-out clothing and street crops, and recall of held-out shop views."""
    source = np.array([s.source for s in material.samples])
    figures = category_figures(
        material, lambda rows: encode_rows(net, material.cutout, rows, size_px).logits
    )
    return figures | _shop_figures(material, net, size_px, source)


def select_rows(material: Material) -> npt.NDArray[np.int64]:
    """The held-out rows that choices are made on; all of them where there is but one half."""
    held_out = material.validation_rows
    selected = in_select_half(material, held_out)
    return held_out[selected]


def in_select_half(material: Material, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """(N,) bool: the half that calibration is fitted on; all rows where there is but one half."""
    if not has_two_halves(material):
        return np.ones(len(rows), bool)
    return np.array([material.samples[row].half is Half.SELECT for row in rows], bool)


def has_two_halves(material: Material) -> bool:
    """Whether either half of the held-out rows has labelled ones that are no drawings."""
    labelled = material.validation_rows[material.labels[material.validation_rows] != NO_CLASS]
    samples = [material.samples[row] for row in labelled]
    return len({sample.half for sample in samples if sample.source != DRAWN}) == len(Half)


def category_figures(
    material: Material, logits_of: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]
) -> dict[str, float]:
    """Accuracy of `logits_of` rows, (R, 13), on held-out clothing and street crops."""
    source = np.array([s.source for s in material.samples])
    held_out = select_rows(material)
    figures: dict[str, float] = {}
    for name in ("clothing", "street"):
        rows = held_out[(source[held_out] == name) & (material.labels[held_out] != NO_CLASS)]
        if len(rows):
            hits = hits_within(logits_of(rows), material.labels[rows], 1)
            figures[f"{name}/top1"] = round(float(hits.mean()), 4)
            figures[f"{name}/balanced"] = round(balanced_accuracy(hits, material.labels[rows]), 4)
    return figures


def teacher_figures(
    material: Material, teacher: CategoryTeacher, size_px: int, device: torch.device
) -> dict[str, float]:
    """Accuracy of a tuned teacher on the same cutouts; it was never shown these labels."""

    def shares(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        parts = []
        for start in range(0, len(rows), _BATCH):
            pictures = material.cutout[rows[start : start + _BATCH]]
            found = teacher.look(normalised(resized(pictures, size_px)).to(device)).shares
            parts.append(found.cpu().numpy())
        return np.concatenate(parts)

    return category_figures(material, shares)


def _shop_figures(
    material: Material, net: GarmentNet, size_px: int, source: npt.NDArray[np.str_]
) -> dict[str, float]:
    view = np.array([s.view for s in material.samples])
    style = np.array([s.style for s in material.samples])
    usable = np.zeros(len(view), bool)
    usable[material.train_rows] = True
    usable[material.validation_rows] = True
    gallery_rows = np.flatnonzero(usable & (source == "shop") & (view == "main"))
    held_out = select_rows(material)
    figures: dict[str, float] = {}
    if not len(gallery_rows):
        return figures
    gallery = encode_rows(net, material.cutout, gallery_rows, size_px).features
    for asked, rows in shop_views(material, held_out).items():
        queries = encode_rows(net, material.cutout, rows, size_px).features
        ranks = first_right_ranks(queries, gallery, style[rows], style[gallery_rows])
        for places in (1, 10):
            recall = float(recall_at(ranks, places).mean())
            figures[f"{asked}/style_recall@{places}"] = round(recall, 4)
    return figures


def shop_views(material: Material, rows: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    """Those of `rows` that are further views of a shop's products, by view, the commonest first.

    A view that is called as a source of pictures is, such as `street`, has the shop's name before.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        sample = material.samples[row]
        if sample.source == "shop" and sample.view != "main":
            view = f"shop-{sample.view}" if sample.view in VALIDATION_SHARE else sample.view
            found[view].append(int(row))
    names = sorted(found, key=lambda view: (-len(found[view]), view))
    return {view: np.array(found[view], np.int64) for view in names}
