"""What goes into the store and comes out of it, and how it lies in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from catalog.norms import MAX_NORM, MIN_NORM, norms_of
from catalog.tables import products
from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.search import FEATURE_DIM
from lookalike.sharding import shard_hash

StoredFeatures = npt.NDArray[np.float16]
"""(512,) or (N, 512) float16, L2-normalised."""

PRODUCT_COLUMNS: Final = [
    products.c.id,
    products.c.title,
    products.c.brand,
    products.c.category,
    products.c.price_minor,
    products.c.currency,
    products.c.item_url,
    products.c.image_key,
    products.c.attributes,
]
"""The columns of a product, in the order of `Product`'s fields."""

_VECTOR_DTYPE: Final = np.dtype("<f2")


class ChangeKind(StrEnum):
    """What happened to a product, or, of MODEL, to the catalogue."""

    PUT = "put"
    DELETE = "delete"
    FEATURES = "features"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change log; `seq` grows by every change and is never used twice.

    Of kind MODEL, `product_id` is the model version that searches use from then on.
    """

    seq: int
    product_id: str
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """The model version that searches use, and the name of its weights in the registry."""

    version: str
    weights: str


@dataclass(frozen=True, slots=True)
class ModelCoverage:
    """How far a model version has come.

    `current` products have features of the picture that they have now, `outdated` of an earlier
    one; `lacking` have a picture and no features at all. `active`: searches use it.
    """

    version: str
    current: int
    outdated: int
    lacking: int
    active: bool


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A product's features (512,), L2-normalised, and the picture that they were taken from."""

    product_id: str
    image_key: str
    features: npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class ShardSlice:
    """A shard's part of the catalogue, all of it as of change number `catalog_version`.

    Row i of `features` (N, 512) float16 belongs to `products[i]`.
    """

    features: StoredFeatures
    products: Sequence[Product]
    catalog_version: int


@dataclass(frozen=True, slots=True)
class ShardChanges:
    """What a shard that has seen some change number needs to reach `catalog_version`.

    Row i of `features` (M, 512) float16 belongs to `products[i]`, which is new or changed; of
    the ids in `gone` there is nothing to search for any more. `last` is the log's entry of that
    number, None where there is nothing new.
    """

    features: StoredFeatures
    products: Sequence[Product]
    gone: frozenset[str]
    catalog_version: int
    last: Change | None = None


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """How much the store holds; `with_features` counts products by model version."""

    products: int
    without_image: int
    by_category: dict[Category, int]
    with_features: dict[str, int]
    catalog_version: int


def product_from_row(row: Sequence[Any]) -> Product:
    """The product of a row that begins with `PRODUCT_COLUMNS`."""
    return Product(row[0], row[1], row[2], Category(row[3]), *row[4:9])


def product_values(product: Product) -> dict[str, Any]:
    """The values of a product's row."""
    return {
        "id": product.id,
        "shard_hash": shard_hash(product.id),
        "title": product.title,
        "brand": product.brand,
        "category": product.category.value,
        "price_minor": product.price_minor,
        "currency": product.currency,
        "item_url": product.item_url,
        "image_key": product.image_key,
        "attributes": product.attributes,
    }


def feature_values(model_version: str, row: FeatureRow) -> dict[str, Any]:
    """The values of a feature row.

    Raises:
        BadRequestError: the vector is not of shape (512,), or, as float16, not finite or not of
            length 1.
    """
    if flaw := flaw_of(row.features):
        raise BadRequestError(f"features of {row.product_id} are {flaw}")
    return {
        "product_id": row.product_id,
        "model_version": model_version,
        "image_key": row.image_key,
        "vector": _as_stored(row.features).tobytes(),
    }


def flaw_of(features: npt.NDArray[np.floating[Any]]) -> str | None:
    """Why no shard could load these features once they are stored; None where it can."""
    vector = _as_stored(features)
    if vector.shape != (FEATURE_DIM,) or not np.isfinite(vector).all():
        return f"no {FEATURE_DIM} finite numbers"
    norm = float(norms_of(vector[None])[0])
    return None if MIN_NORM <= norm <= MAX_NORM else f"not of length 1 but {norm:.4g}"


def features_from_bytes(vector: bytes) -> StoredFeatures:
    """The features (512,) float16 that a row's bytes hold; a read-only view of them."""
    return np.frombuffer(vector, _VECTOR_DTYPE)


def _as_stored(features: npt.NDArray[np.floating[Any]]) -> StoredFeatures:
    with np.errstate(over="ignore"):
        return np.asarray(features, _VECTOR_DTYPE)
