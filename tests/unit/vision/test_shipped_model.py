"""The model that ships knows drawn garments when it sees them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import torch

from catalog.demo import draw_catalogue
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.augment import normalised, resized
from lookalike.training.cutout_cache import stack
from lookalike.training.tuned_teacher import load_tuned_teacher
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_model

UNSEEN_SEED = 7
"""The shipped catalogue's drawings; training draws under other seeds."""

LEAST_RIGHT = 8

MODELS = Path(__file__).parents[3] / "models"


def test_the_shipped_teacher_knows_drawings_too() -> None:
    teacher = load_tuned_teacher(MODELS / "teacher-lite2.safetensors", torch.device("cpu"))
    segmenter = RembgSegmenter(threads=1)
    drawn = list(islice(draw_catalogue(UNSEEN_SEED, 1), len(CATEGORIES)))
    cutouts = [segmenter.cutout(picture, CropBoxPx(0, 0, *picture.size)) for _, picture in drawn]
    shares = teacher.look(normalised(resized(stack(cutouts), 192))).shares
    guessed = [CATEGORIES[index] for index in shares.argmax(dim=1).tolist()]
    right = [listing.category is guess for (listing, _), guess in zip(drawn, guessed, strict=True)]
    assert sum(right) >= LEAST_RIGHT, guessed


def test_a_drawing_of_each_category_is_classified() -> None:
    model = find_model()
    segmenter = RembgSegmenter(model.manifest.segmenter, threads=1)
    drawn = list(islice(draw_catalogue(UNSEEN_SEED, 1), len(CATEGORIES)))
    cutouts = [segmenter.cutout(picture, CropBoxPx(0, 0, *picture.size)) for _, picture in drawn]
    encoder = ResNet34Encoder(model.weights_file, model.manifest, device="cpu")
    guessed = encoder.encode(stack(cutouts)).probabilities.argmax(axis=1)
    told = [
        f"{listing.category} taken for {CATEGORIES[guess]}"
        for (listing, _), guess in zip(drawn, guessed, strict=True)
    ]
    right = [
        listing.category is CATEGORIES[guess]
        for (listing, _), guess in zip(drawn, guessed, strict=True)
    ]
    assert sum(right) >= LEAST_RIGHT, told
