"""From what the stages answer to what goes over the wire."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from lookalike.contract import money, schemas
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.products import Product
from lookalike.vision.crop import CropBoxPx, ResolvedCrop
from lookalike.vision.manifest import ModelManifest

if TYPE_CHECKING:
    from lookalike.ports import Encoded
    from lookalike.ranking import RankedHit

ALTERNATIVES = 2
"""How many further categories a reply names."""


def category_reply(probabilities: npt.NDArray[np.float32]) -> schemas.CategoryReply:
    """The likeliest categories of `probabilities` (13,) float32, in the order of CATEGORIES."""
    order = np.argsort(-probabilities, kind="stable")[: 1 + ALTERNATIVES]
    guesses = [
        schemas.CategoryGuess(name=CATEGORIES[i], confidence=_probability(probabilities[i]))
        for i in order
    ]
    return schemas.CategoryReply(
        name=guesses[0].name, confidence=guesses[0].confidence, alternatives=guesses[1:]
    )


def crop_box(box: CropBoxPx) -> schemas.CropBox:
    """A box on the wire."""
    return schemas.CropBox(x=box.x, y=box.y, width=box.width, height=box.height)


def used_crop(crop: ResolvedCrop) -> schemas.UsedCrop:
    """The box that was searched, on the wire."""
    box = crop.box
    return schemas.UsedCrop(
        x=box.x, y=box.y, width=box.width, height=box.height, clipped=crop.clipped
    )


def product(found: Product, public_url: str) -> schemas.ProductReply:
    """A product on the wire; its picture's address starts with `public_url`."""
    return schemas.ProductReply(
        id=found.id,
        title=found.title,
        brand=found.brand,
        category=found.category,
        price=money.from_minor(found.price_minor, found.currency),
        currency=found.currency,
        item_url=found.item_url,
        image_url=(f"{public_url}/v1/images/{quote(found.image_key)}" if found.image_key else None),
        attributes=found.attributes,
    )


def hits(ranked: Sequence[RankedHit], public_url: str) -> list[schemas.Hit]:
    """Ranked hits on the wire."""
    return [
        schemas.Hit(
            rank=hit.rank,
            similarity=round(min(max(hit.similarity, -1.0), 1.0), 6),
            match=_probability(hit.match),
            saving=None if hit.saving is None else round(hit.saving, 4),
            value=None if hit.value is None else round(hit.value, 6),
            product=product(hit.product, public_url),
        )
        for hit in ranked
    ]


def verdict(best_match: float, manifest: ModelManifest) -> schemas.Verdict:
    """Whether the closest of what may be shown is the same thing, similar, or nothing close."""
    if best_match >= manifest.verdict.same:
        return "same"
    return "similar" if best_match >= manifest.verdict.similar else "none_close"


def timings(
    started: float, encoded: Encoded | None = None, top_k: float | None = None
) -> dict[str, float]:
    """Milliseconds by stage; `total` since `started` (of `time.perf_counter`).

    Stages that had nothing to do, since the photo was known or at work for another request, are
    left out.
    """
    stages = {"total": (time.perf_counter() - started) * 1e3}
    if encoded is not None and not encoded.from_cache:
        stages |= {"segment": encoded.segment_ms, "encode": encoded.encode_ms}
    if top_k is not None:
        stages["top_k"] = top_k
    return {stage: round(ms, 2) for stage, ms in stages.items()}


def _probability(value: float | np.float32) -> float:
    return round(min(max(float(value), 0.0), 1.0), 6)
