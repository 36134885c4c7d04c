"""The stages that the recommender calls, as it sees them."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from lookalike.products import Product
from lookalike.search import Features, ShardHits, ShardQuery
from lookalike.vision.crop import CropBoxPx

MODEL_IS_SWITCHED: Final = "the model is being switched; try again in a moment"
"""What a caller is told whose model version a stage does not hold."""
SHARDS_ARE_CHANGED: Final = "the number of shards is being changed; try again in a moment"
"""What a caller is told who divides the catalogue into another number of shards than a shard."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """A garment on white: `pixels` (224, 224, 3) uint8 RGB, and how long it took to cut out.

    `framed`, of the same shape, is the crop with its background: a second look for the category.
    `segment_ms` includes the wait for a thread.
    """

    pixels: npt.NDArray[np.uint8]
    framed: npt.NDArray[np.uint8]
    segment_ms: float


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the network says of a cutout.

    `features` (512,) float32, L2-normalised; `probabilities` (13,) float32, in the order of
    `CATEGORIES`. `segment_ms` is carried over from the cutout; `encode_ms` includes the wait for
    a place in a batch. `model_version` None: an encoder that stands in for the real one.
    `from_cache`: the stages worked for another request, and the times are of that one.
    """

    features: Features
    probabilities: npt.NDArray[np.float32]
    segment_ms: float
    encode_ms: float
    model_version: str | None = None
    from_cache: bool = False


@dataclass(frozen=True, slots=True)
class IndexedProduct:
    """A product as its shard holds it: `features` (512,) float32, L2-normalised.

    `model_version` is that of the features; None: a shard that stands in for the real one.
    """

    product: Product
    features: Features
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """How many products a shard holds, and the change number that it has seen.

    `store_out_of_reach_s` seconds ago it lost the store and fell behind it; 0 while it follows.
    `behind_changes` the store had, and it had not, when it last looked.
    """

    products: int
    catalog_version: int
    store_out_of_reach_s: float = 0.0
    behind_changes: int = 0


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product as the store holds it, and the picture that the model has features of."""

    product: Product
    seen_image_key: str | None


class Segmenter(Protocol):
    """Decodes a photo and cuts garments out of it."""

    def cutout(self, photo: bytes, box: CropBoxPx) -> Awaitable[Cutout]:
        """Cut out what lies in `box`.

        Raises (when awaited): BadImageError, UnavailableError, OverloadedError.
        """
        ...

    def garments(self, photo: bytes) -> Awaitable[list[CropBoxPx]]:
        """Boxes around the garments in the photo, the likeliest first, at least one."""
        ...


class Encoder(Protocol):
    """Turns cutouts into features and category probabilities."""

    def encode(self, cutout: Cutout, model_version: str | None = None) -> Awaitable[Encoded]:
        """Encode a cutout with that model; None: with any.

        Raises (when awaited): OverloadedError, UnavailableError, also where it does not hold that
            model version.
        """
        ...


class ShardSearcher(Protocol):
    """Exact search over one part of the catalogue.

    Every question may name the number of shards: one of another number refuses it, as what it
    holds and what the others hold would be parts of the catalogue twice, or not at all.
    """

    def search(self, query: ShardQuery) -> Awaitable[ShardHits]:
        """The shard's `query.k` nearest products. Raises: UnavailableError, OverloadedError."""
        ...

    def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> Awaitable[IndexedProduct | None]:
        """A product of this shard with that model's features, None where it holds no such id.

        Raises: UnavailableError, OverloadedError.
        """
        ...

    def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> Awaitable[ShardStatus]:
        """What the shard holds of that model version. Raises: UnavailableError, OverloadedError."""
        ...


class ProductStore(Protocol):
    """The one source of truth, changed product by product; every change is on disk when told.

    Every method raises UnavailableError where the store is out of reach or locked by others. A
    caller that gives up after a call has begun does not know whether it was done.
    """

    def stored(self, product_id: str) -> Awaitable[StoredProduct | None]:
        """The product, None where there is none."""
        ...

    def replace(
        self, product: Product, features: Features | None, *, keeps_image: bool
    ) -> Awaitable[int | None]:
        """Add or replace a product together with its features: the change's number.

        Where nothing differs, the last change's. None, and nothing changed, where `keeps_image`
        and the stored picture is another one by now, or where `features` None and the store has
        none of this picture: look again.
        """
        ...

    def delete(self, product_id: str) -> Awaitable[int | None]:
        """Remove a product: the change's number, None where there is none."""
        ...


class PictureStore(Protocol):
    """Product pictures by a key made from their content."""

    def key(self, picture: bytes) -> Awaitable[str]:
        """The key that a picture has or would have. Raises: UnsupportedFormatError."""
        ...

    def put(self, picture: bytes) -> Awaitable[str]:
        """Keep a picture; on disk when this returns. Raises: UnavailableError."""
        ...

    def get(self, key: str) -> Awaitable[bytes | None]:
        """A kept picture, None where there is none."""
        ...
