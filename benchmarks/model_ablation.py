"""Models side by side on the held-out half for reports: python -m benchmarks.model_ablation --help

Every picture is cut out once by the serving segmenter and kept under --cutouts, so that a further
model costs its network alone, and a run that was stopped goes on. A tuned teacher, which has no
look that could be indexed, is measured by the categories alone. `nll_gain` is by how much the mean
negative log-likelihood of a model is below that of the first one named, picture by picture: above
0 is better.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from lookalike.figures import FigureWithInterval
from lookalike.search import FEATURE_DIM
from lookalike.training.augment import normalised, resized
from lookalike.training.dataset import load_samples
from lookalike.training.evaluate import Encoder, Segmenter, classified, evaluate_retrieval
from lookalike.training.figures import classification_figures, nll_figure
from lookalike.training.held_out import write_held_out
from lookalike.training.metrics import negative_log_likelihoods
from lookalike.training.openvino_teacher import quickest
from lookalike.training.picture_tables import read_articles, read_labels, read_pictures
from lookalike.training.remembered import RememberedCutouts
from lookalike.training.robustness import evaluate_robustness
from lookalike.training.splits import Half
from lookalike.training.tuned_teacher import load_tuned_teacher
from lookalike.vision.cutout import Cutouts
from lookalike.vision.encode import EncodedBatch, ResNet34Encoder
from lookalike.vision.manifest import load_manifest
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import sha256_of

VIEWS = ("back", "alt1")
LABELLED = (("clothing", False), ("street", True), ("shop", False))
"""Sources of labelled pictures, and whether by box."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="clothing/, street/, shop/")
    parser.add_argument("--cutouts", type=Path, required=True, help="folder that keeps cutouts")
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME=MANIFEST.json", help="repeatable"
    )
    parser.add_argument(
        "--teacher", action="append", default=[], metavar="NAME=FILE.safetensors", help="repeatable"
    )
    parser.add_argument("--teacher-px", type=int, default=192, help="side that a teacher sees")
    parser.add_argument("--half", type=Half, default=Half.REPORT, choices=list(Half))
    parser.add_argument("--queries", type=int, default=100, help="photos changed for robustness")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    args = parser.parse_args()
    tables = args.cutouts / str(args.half)
    write_held_out(load_samples(args.data), args.half, tables)
    segmenter = RememberedCutouts(RembgSegmenter("u2netp"), args.cutouts)
    categories = Categories(tables, segmenter)
    for named in args.model:
        name, _, manifest = named.partition("=")
        encoder = OncePerCutout(encoder_of(Path(manifest)))
        told(name, _found(args.data, tables, segmenter, encoder), args.json)
        told(name, categories.measured(encoder), args.json)
        told(name, _found_again(tables, segmenter, encoder, args.queries), args.json)
    for named in args.teacher:
        name, _, weights = named.partition("=")
        for form, both in (("cutout", False), ("both looks", True)):
            teacher = TeacherAsEncoder(Path(weights), args.teacher_px, second_look=both)
            told(f"{name} ({form})", categories.measured(teacher), args.json)


def told(name: str, found: Iterable[tuple[str, list[FigureWithInterval]]], as_json: bool) -> None:
    """Print figures, each under the name of what was measured."""
    for group, figures in found:
        for figure in figures:
            whole = dataclasses.replace(figure, case=f"{name}/{group}/{figure.case}")
            print(whole.as_json() if as_json else as_line(whole), flush=True)


def encoder_of(manifest: Path) -> ResNet34Encoder:
    """The model beside a manifest. Raises: SystemExit where its weights are not there."""
    described = load_manifest(manifest)
    weights = manifest.with_name(described.filename)
    if not weights.is_file():
        raise SystemExit(f"{manifest} is of weights in {weights}, which is not there.")
    if sha256_of(weights) != described.sha256:
        raise SystemExit(f"{manifest} is of other weights than {weights}: the SHA-256 differs.")
    return ResNet34Encoder(weights, described)


Group = tuple[str, list[FigureWithInterval]]


def _found(
    data: Path, tables: Path, segmenter: RememberedCutouts, encoder: Encoder
) -> Iterator[Group]:
    """Views of a product found, as `lookalike eval retrieval` on the same tables gives them."""
    gallery = read_articles(data / "shop" / "products.csv")
    for view in VIEWS:
        asked = read_articles(tables / "shop-views.csv", [view])
        yield view, evaluate_retrieval(gallery, asked, segmenter, encoder)


def _found_again(
    tables: Path, segmenter: RememberedCutouts, encoder: Encoder, queries: int
) -> Iterator[Group]:
    """Changed photos that find themselves, as `lookalike eval robustness` gives them."""
    found = read_pictures(tables / "clothing.csv", tables, boxes=False)
    yield "same", evaluate_robustness(found.pictures, segmenter, encoder, queries)


class Categories:
    """Figures of the categories, as `lookalike eval classify` gives them on the same tables."""

    def __init__(self, tables: Path, segmenter: Segmenter) -> None:
        self._tables, self._segmenter = tables, segmenter
        self._first: dict[str, npt.NDArray[np.float64]] = {}

    def measured(self, encoder: Encoder) -> Iterator[Group]:
        """Each source's figures, and what is gained on the first encoder that was measured."""
        for source, boxes in LABELLED:
            labelled = read_labels(self._tables / f"{source}.csv", self._tables, boxes)
            shares, labels = classified(labelled, self._segmenter, encoder)
            nats = negative_log_likelihoods(shares, labels)
            figures = classification_figures(shares, labels)
            if source in self._first:
                figures.append(gained(self._first[source] - nats))
            self._first.setdefault(source, nats)
            yield source, figures


def gained(nats: npt.NDArray[np.float64]) -> FigureWithInterval:
    """By how much each picture (N,) costs less than by another model; 0 is no difference."""
    return dataclasses.replace(nll_figure("nll_gain", nats), less_is_better=False)


class TeacherAsEncoder:
    """A tuned teacher's categories, from the cutout or from both looks; features are all zero."""

    def __init__(self, weights: Path, size_px: int, *, second_look: bool) -> None:
        cpu = torch.device("cpu")
        self._teacher = quickest(load_tuned_teacher(weights, cpu), cpu)
        self._size_px, self._second_look = size_px, second_look

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        """(B, 224, 224, 3) uint8 -> shares, the geometric mean of both looks."""
        looks = [cutouts] if framed is None or not self._second_look else [cutouts, framed]
        shares = [
            self._teacher.look(normalised(resized(look, self._size_px))).shares for look in looks
        ]
        logs = torch.stack(shares).clamp(min=1e-9).log().mean(dim=0)
        none = np.zeros((len(cutouts), FEATURE_DIM), np.float32)
        return EncodedBatch(none, logs.softmax(dim=1).numpy())


class OncePerCutout:
    """An encoder that remembers: a picture that several figures need is encoded once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[bytes, EncodedBatch] = {}

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        """(B, 224, 224, 3) uint8 -> features and probabilities."""
        seconds = [b""] * len(cutouts) if framed is None else [crop.tobytes() for crop in framed]
        names = [
            hashlib.sha256(cutout.tobytes() + second).digest()
            for cutout, second in zip(cutouts, seconds, strict=True)
        ]
        missing = [at for at, name in enumerate(names) if name not in self._known]
        if missing:
            found = self._encoder.encode(
                cutouts[missing], None if framed is None else framed[missing]
            )
            for row, at in enumerate(missing):
                piece = slice(row, row + 1)
                one = EncodedBatch(found.features[piece], found.probabilities[piece])
                self._known[names[at]] = one
        known = [self._known[name] for name in names]
        return EncodedBatch(
            np.concatenate([one.features for one in known]),
            np.concatenate([one.probabilities for one in known]),
        )


def as_line(figure: FigureWithInterval) -> str:
    """A figure for people."""
    interval = f"{figure.low95:.4f}-{figure.high95:.4f}"
    return f"{figure.case:44} {figure.value:8.4f}  {interval}  {figure.n:5d}"


if __name__ == "__main__":
    main()
