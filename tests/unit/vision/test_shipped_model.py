"""The model that ships knows drawn garments when it sees them."""

from __future__ import annotations

from itertools import islice

from catalog.demo import draw_catalogue
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.cutout_cache import stack
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_model

UNSEEN_SEED = 7
"""The shipped catalogue's drawings; training draws under other seeds."""

LEAST_RIGHT = 8


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
