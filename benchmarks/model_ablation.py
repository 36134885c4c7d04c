"""Models side by side on the held-out half for reports: python -m benchmarks.model_ablation --help

Every picture is cut out once by the serving segmenter and kept under --cutouts, so that a further
model costs its network alone, and a run that was stopped goes on. A tuned teacher, which has no
look that could be indexed, is measured by the categories alone.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from lookalike.figures import FigureWithInterval
from lookalike.search import FEATURE_DIM
from lookalike.training.augment import normalised, resized
from lookalike.training.dataset import load_samples
from lookalike.training.evaluate import (
    Encoder,
    evaluate_classification,
    evaluate_retrieval,
)
from lookalike.training.held_out import write_held_out
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

VIEWS = ("back", "alt1")


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
    for named in args.model:
        name, _, manifest = named.partition("=")
        encoder = OncePerCutout(encoder_of(Path(manifest)))
        told(name, _measured(args.data, tables, segmenter, encoder, args.queries), args.json)
    for named in args.teacher:
        name, _, weights = named.partition("=")
        for form, both in (("cutout", False), ("both looks", True)):
            teacher = TeacherAsEncoder(Path(weights), args.teacher_px, second_look=both)
            told(f"{name} ({form})", _classified(tables, segmenter, teacher), args.json)


def told(name: str, found: Iterable[tuple[str, list[FigureWithInterval]]], as_json: bool) -> None:
    """Print figures, each under the name of what was measured."""
    for group, figures in found:
        for figure in figures:
            whole = dataclasses.replace(figure, case=f"{name}/{group}/{figure.case}")
            print(whole.as_json() if as_json else as_line(whole), flush=True)


def encoder_of(manifest: Path) -> ResNet34Encoder:
    """The model beside a manifest."""
    described = load_manifest(manifest)
    return ResNet34Encoder(manifest.with_name(described.filename), described)


def _measured(
    data: Path, tables: Path, segmenter: RememberedCutouts, encoder: Encoder, queries: int
) -> Iterator[tuple[str, list[FigureWithInterval]]]:
    """Every figure of the model card, as `lookalike eval` on the same tables gives them."""
    gallery = read_articles(data / "shop" / "products.csv")
    for view in VIEWS:
        asked = read_articles(tables / "shop-views.csv", [view])
        yield view, evaluate_retrieval(gallery, asked, segmenter, encoder)
    yield from _classified(tables, segmenter, encoder)
    found = read_pictures(tables / "clothing.csv", tables, boxes=False)
    yield "same", evaluate_robustness(found.pictures, segmenter, encoder, queries)


def _classified(
    tables: Path, segmenter: RememberedCutouts, encoder: Encoder
) -> Iterator[tuple[str, list[FigureWithInterval]]]:
    for source, boxes in (("clothing", False), ("street", True)):
        labelled = read_labels(tables / f"{source}.csv", tables, boxes)
        yield source, evaluate_classification(labelled, segmenter, encoder)


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
