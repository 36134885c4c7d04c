"""How pictures are changed before the student sees them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lookalike.training.augment import AugmentSettings, augmented, resized

STILL = AugmentSettings(
    brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0, hole_share=0.0, as_served=1.0
)
PICTURES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)


def drawn(settings: AugmentSettings, size: int = 32) -> torch.Tensor:
    return augmented(PICTURES, size, torch.Generator().manual_seed(1), settings)


@pytest.mark.parametrize("size", [32, 28, 24])
def test_a_picture_as_served_is_the_picture_or_its_mirror_image(size: int) -> None:
    found, served = drawn(STILL, size), resized(PICTURES, size)
    mirrored = torch.stack(
        [(f - s.flip(2)).abs().max() < 1e-4 for f, s in zip(found, served, strict=True)]
    )
    as_it_is = torch.stack([(f - s).abs().max() < 1e-4 for f, s in zip(found, served, strict=True)])
    assert bool((mirrored ^ as_it_is).all())
    assert bool(mirrored.any())
    assert bool(as_it_is.any())


def test_a_share_is_as_served_and_the_rest_is_moved() -> None:
    served = resized(PICTURES, 32)
    settings = AugmentSettings(
        brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0, hole_share=0.0, as_served=0.5
    )
    same = [
        min(float((f - s).abs().max()), float((f - s.flip(2)).abs().max())) < 1e-4
        for f, s in zip(drawn(settings), served, strict=True)
    ]
    assert 0 < sum(same) < len(same)


def test_values_stay_between_black_and_white() -> None:
    found = drawn(AugmentSettings())  # cubic samples of such noise overshoot
    assert float(found.min()) >= 0.0
    assert float(found.max()) <= 1.0


@pytest.mark.parametrize("size", [112, 160, 192, 224])
def test_pictures_that_are_moved_are_no_sharper_than_what_is_served(size: int) -> None:
    sharp = np.kron(
        np.random.default_rng(2).integers(0, 256, (4, 56, 56, 3)), np.ones((1, 4, 4, 1))
    )
    pictures = sharp.astype(np.uint8)
    still = AugmentSettings(brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0, hole_share=0.0)
    moved = augmented(pictures, size, torch.Generator().manual_seed(3), still)
    assert 0.3 < edges(moved) / edges(resized(pictures, size)) < 1.0


def edges(pixels: torch.Tensor) -> float:
    """Energy of the Laplacian."""
    middle = pixels[..., 1:-1, 1:-1]
    around = pixels[..., 2:, 1:-1] + pixels[..., :-2, 1:-1] + pixels[..., 1:-1, 2:]
    return float(((around + pixels[..., 1:-1, :-2] - 4 * middle) ** 2).mean())
