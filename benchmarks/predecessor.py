"""A request as the service before this one answered it, for comparison.

What it models: nothing is kept between requests. Each loads the network, opens a segmentation
session, reads the features of all products from a CSV file (24,300 rows of 512, what that service
had), removes the background of the whole photo at its full size before it crops, and compares the
photo with one product after the other in a loop. Segmentation and encoding are this project's own
code and weights, so that only the way differs.
"""

from __future__ import annotations

import csv
import heapq
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image

from deployments.settings import ServiceArgs
from lookalike.search import FEATURE_DIM
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.images import decode
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_model

ROWS: Final = 24_300
"""Source: the predecessor's feature file; docs/performance.md."""


def write_features(path: Path, rows: int = ROWS) -> None:
    """A feature file of random directions."""
    drawn = np.random.default_rng(0).normal(size=(rows, FEATURE_DIM))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for number, row in enumerate(drawn):
            writer.writerow([f"p-{number}", *(f"{value:.6f}" for value in row)])


def recommend(
    args: ServiceArgs, features: Path, photo: bytes, box: CropBoxPx, k: int = 10
) -> list[tuple[float, str]]:
    """The nearest products, the nearest first: similarity and id."""
    model = find_model(args.encoder.weights)
    segmenter = RembgSegmenter(args.segmenter.model, threads=args.segmenter.threads)
    encoder = ResNet34Encoder(
        model.weights_file, model.manifest, threads=args.encoder.threads, backend="torch"
    )
    picture = decode(photo)
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=Image.fromarray(segmenter.mask(picture)))
    cutout = np.asarray(white.crop(box.corners).resize((224, 224)))
    query = torch.from_numpy(encoder.encode(cutout[None]).features[0])
    similarity = torch.nn.CosineSimilarity(dim=0)
    with features.open(newline="") as file:
        scored = (
            (float(similarity(query, torch.tensor([float(v) for v in values]))), name)
            for name, *values in csv.reader(file)
        )
        return heapq.nlargest(k, scored)
