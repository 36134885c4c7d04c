"""Look heads side by side on one network, cross-validated: python -m benchmarks.look_head --help

The shop's training styles are cut into folds; each head is fitted to the pictures of the other
folds and asked about its own: does a `back` view, a close-up (`alt1`), a cutout in other light and
crop find its style among all of the shop's studio photos that are trained on? The network has seen
these pictures in training, so that the rows can be compared with each other, not with others.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.model_ablation import as_line
from lookalike.figures import FigureWithInterval
from lookalike.search import FEATURE_DIM
from lookalike.training.coarse_masks import CoarseSegmenter
from lookalike.training.cutout_cache import CutoutCache
from lookalike.training.dataset import shop_samples
from lookalike.training.fit_look import PART_WEIGHTS, SeenAgain, fit_look_head, see_again
from lookalike.training.metrics import first_right_ranks, mean_interval, recall_at
from lookalike.training.sample import Sample
from lookalike.training.splits import Split
from lookalike.vision.garment_net import load_garment_net
from lookalike.vision.look import POOLED_DIM, LookHead
from lookalike.vision.manifest import load_manifest

PLACES: Final = (1, 10)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A head to compare: weights of last stage, third stage and colours; no matrix for None."""

    name: str
    part_weights: tuple[float, float, float]
    least_spread: float | None


RECIPES: Final = (
    Recipe("last stage alone", (1.0, 0.0, 0.0), None),
    Recipe("last stage and colours, joined", (1.0, 0.0, 0.8), None),
    Recipe("third stage as well, joined", (1.0, 0.8, 0.9), None),
    Recipe("matrix, spread + 0.3", PART_WEIGHTS, 0.3),
    Recipe("matrix, spread + 0.5", PART_WEIGHTS, 0.5),
    Recipe("matrix, spread + 1", PART_WEIGHTS, 1.0),
    Recipe("matrix, spread + 0.5, colours 1.2", (1.0, 0.8, 1.2), 0.5),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="with shop/")
    parser.add_argument("--cutouts", type=Path, required=True, help="folder that keeps cutouts")
    parser.add_argument("--model", type=Path, required=True, help="manifest of the network")
    parser.add_argument("--mask-px", type=int, default=160)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args()
    samples = [s for s in shop_samples(args.data / "shop") if s.split is Split.TRAIN]
    cache = CutoutCache(args.cutouts, samples, f"u2netp@{args.mask_px}")
    cache.fill(CoarseSegmenter(args.mask_px).cutout, workers=torch.get_num_threads())
    rows = cache.ready()
    kept = [samples[row] for row in rows]
    manifest = load_manifest(args.model)
    seen = see_again(
        load_garment_net(args.model.with_name(manifest.filename)).eval(),
        np.asarray(cache.cutout)[rows],
        np.unique([s.instance for s in kept], return_inverse=True)[1].astype(np.int64),
        np.array([s.view == "main" for s in kept], bool),
        manifest.input_px,
    )
    for recipe in RECIPES:
        for figure in cross_validated(recipe, seen, kept, args.folds):
            print(figure.as_json() if args.json else as_line(figure), flush=True)


def cross_validated(
    recipe: Recipe, seen: SeenAgain, samples: list[Sample], folds: int
) -> Iterator[FigureWithInterval]:
    """Recall of each kind of query, every one asked of a head that was fitted without its style."""
    style = np.array([s.style for s in samples])
    view = np.array([s.view for s in samples])
    fold = np.array([_fold(name, folds) for name in style])
    ranks = {asked: np.full(len(style), np.inf) for asked in ("back", "alt1", "changed")}
    gallery = np.flatnonzero(view == "main")
    for at in range(folds):
        head = fitted(recipe, seen, fold != at)
        shown = looks(head, seen.plain)
        for asked in ("back", "alt1"):
            rows = np.flatnonzero((fold == at) & (view == asked))
            ranks[asked][rows] = first_right_ranks(
                shown[rows], shown[gallery], style[rows], style[gallery]
            )
        own = np.flatnonzero(fold == at)
        names = np.arange(len(style)).astype(str)
        changed = looks(head, seen.changed)
        ranks["changed"][own] = first_right_ranks(changed[own], shown, names[own], names)
    for asked, found in ranks.items():
        rows = np.arange(len(style)) if asked == "changed" else np.flatnonzero(view == asked)
        for places in PLACES:
            yield _figure(f"{recipe.name}/{asked}@{places}", recall_at(found[rows], places))


def fitted(recipe: Recipe, seen: SeenAgain, kept: npt.NDArray[np.bool_]) -> LookHead:
    """The recipe's head of the garments that are `kept` (N,)."""
    described = seen.plain[torch.from_numpy(kept)]
    if recipe.least_spread is None:
        return fit_look_head(described, [], recipe.part_weights)
    return fit_look_head(described, seen.pairs(kept), recipe.part_weights, recipe.least_spread)


def looks(head: LookHead, described: torch.Tensor) -> npt.NDArray[np.float32]:
    """(N, 912) descriptions -> (N, 512) float32 unit rows."""
    pooled, colours = np.split(described.numpy(), [POOLED_DIM], axis=1)
    found = head(pooled, colours)
    assert found.shape[1] == FEATURE_DIM
    return found


def _fold(style: str, folds: int) -> int:
    return int(hashlib.sha256(f"fold/{style}".encode()).hexdigest(), 16) % folds


def _figure(case: str, hits: npt.NDArray[np.float64]) -> FigureWithInterval:
    low, high = mean_interval(hits)
    return FigureWithInterval(
        case, float(hits.mean()), "fraction", len(hits), low95=low, high95=high
    )


if __name__ == "__main__":
    main()
