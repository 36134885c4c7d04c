"""What a shard is asked and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import Category
from lookalike.products import Product

FEATURE_DIM = 512
"""Length of a feature vector: ResNet34's convolution part after global average pooling."""

COSINE_ROUNDING: Final = 1e-4
"""How far a similarity may be from the cosine: rows are float16, so no longer quite of length 1."""

Features = npt.NDArray[np.float32]
"""(512,) or (B, 512) float32, L2-normalised."""


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products may be answered; None or empty means no condition.

    `min_price` and `max_price` are inclusive, in major units; they compare with each product's
    own price, so give `currency` too where a catalogue mixes currencies. A product whose price is
    not known is below no `max_price`. `brands` count in capitals or not, and however their letters
    are composed.
    """

    categories: frozenset[Category] | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    currency: str | None = None
    brands: frozenset[str] | None = None
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ShardQuery:
    """One search: `features` (512,) float32, L2-normalised; the `k` most similar are wanted.

    Features of two model versions can't be compared: `model_version` says which one these are
    of, None that any shard may answer. `shards` is into how many the catalogue is divided for the
    one that asks, None that it takes what the shard has.
    """

    features: Features
    k: int
    where: ProductFilter = ProductFilter()
    model_version: str | None = None
    shards: int | None = None


@dataclass(frozen=True, slots=True)
class ShardHit:
    """One product with its similarity: the exact product of query and row, rounded to float64."""

    similarity: float
    product: Product


@dataclass(frozen=True, slots=True)
class ShardHits:
    """A shard's answer: hits by falling similarity, ties by rising product id.

    `catalog_version` is the change number that the shard had seen.
    """

    hits: tuple[ShardHit, ...]
    catalog_version: int
