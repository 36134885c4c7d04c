"""Stages that compute little, for tests of what lies around them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from catalog.index import ExactIndex
from lookalike.contract.errors import UnavailableError
from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.ports import Cutout, Encoded, IndexedProduct, ShardStatus
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, Features, ShardHits, ShardQuery
from lookalike.sharding import shard_of
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.images import decode
from lookalike.vision.manifest import (
    MatchCalibration,
    MatchCurve,
    ModelManifest,
    VerdictThresholds,
)


def jpeg(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (120, 160)) -> bytes:
    """A JPEG of one colour."""
    encoded = io.BytesIO()
    Image.new("RGB", size, colour).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


def unit_features(seed: int) -> Features:
    """(512,) float32 of length 1, the same for a seed."""
    vector = np.random.default_rng(seed).normal(size=FEATURE_DIM).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))


class FakeSegmenter:
    """Decodes for real and crops without masking; `down` fails that many calls first.

    What comes after the first `canaries` is told by `entered`, and held until `takes` is set.
    """

    def __init__(
        self, down: int = 0, takes: asyncio.Event | None = None, canaries: int = 0
    ) -> None:
        self.down = down
        self._canaries = canaries
        self.calls = 0
        self.entered: asyncio.Queue[None] = asyncio.Queue()
        self.takes = takes

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        self.calls += 1
        if self.calls > self._canaries:
            self.entered.put_nowait(None)
            if self.down:
                self.down -= 1
                raise UnavailableError("the segmenter is down; try again in a moment")
            if self.takes is not None:
                await self.takes.wait()
        picture = np.asarray(decode(photo).crop(box.corners).resize((224, 224)), np.uint8)
        return Cutout(picture, picture, 1.0)

    async def garments(self, photo: bytes) -> list[CropBoxPx]:
        width, height = decode(photo).size
        return [CropBoxPx(0, 0, width, height)]


class FakeEncoder:
    """Features from the mean colour alone; every red thing is a t-shirt, all else a hat."""

    async def encode(self, cutout: Cutout, model_version: str | None = None) -> Encoded:
        red, green, blue = cutout.pixels.reshape(-1, 3).mean(axis=0)
        probabilities = np.full(len(CATEGORIES), 0.005, np.float32)
        probabilities[0 if red > max(green, blue) else -1] = 0.94
        return Encoded(colour_features(red, green, blue), probabilities, cutout.segment_ms, 1.0)


def colour_features(red: float, green: float, blue: float) -> Features:
    """(512,) float32 of length 1, near for near colours."""
    vector = np.zeros(FEATURE_DIM, np.float32)
    vector[:4] = red, green, blue, 60.0
    return vector / np.float32(np.linalg.norm(vector))


class FakeShard:
    """A real index in this process."""

    def __init__(self, products: Sequence[Product], features: Features) -> None:
        self._index = ExactIndex.build(features.astype(np.float16), products, 7)

    async def search(self, query: ShardQuery) -> ShardHits:
        return self._index.search(query)

    async def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> IndexedProduct | None:
        product, features = self._index.product(product_id), self._index.features_of(product_id)
        return None if product is None or features is None else IndexedProduct(product, features)

    async def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> ShardStatus:
        return ShardStatus(len(self._index), 7)


def colour_catalogue() -> tuple[list[Product], Features]:
    """24 t-shirts from red to orange and 6 blue hats, at rising prices in two currencies."""
    products, rows = [], []
    for i in range(30):
        hat = i >= 24
        products.append(
            Product(
                id=f"p-{i:02}",
                title=f"Product {i}",
                brand="Acme" if i % 2 else "Bolt & Söhne",
                category=Category.HAT if hat else Category.T_SHIRT,
                price_minor=1000 + 250 * i,
                currency="KRW" if i % 10 == 9 else "USD",
                item_url=f"https://shop.example/{i}",
                image_key=f"{i:064x}.jpg" if i % 3 else None,
                attributes={"colour": "blue" if hat else "red"},
            )
        )
        rows.append(colour_features(20, 20, 180) if hat else colour_features(200, 10.0 * i, 30))
    return products, np.stack(rows)


def colour_shards(shards: int = 2) -> list[FakeShard]:
    """The colour catalogue over some shards."""
    products, features = colour_catalogue()
    place = np.array([shard_of(p.id, shards) for p in products])
    return [
        FakeShard(
            [p for p, s in zip(products, place, strict=True) if s == shard],
            features[place == shard],
        )
        for shard in range(shards)
    ]


def manifest() -> ModelManifest:
    """A manifest with one match curve for all categories."""
    return ModelManifest(
        name="fake",
        version="fake-1",
        filename="fake.safetensors",
        sha256="0" * 64,
        classes=tuple(CATEGORIES),
        feature_dim=FEATURE_DIM,
        preprocessing="1",
        segmenter="none",
        temperature=1.0,
        match=MatchCalibration(default=MatchCurve(slope=40.0, midpoint=0.9)),
        verdict=VerdictThresholds(same=0.9, similar=0.5),
        provisional=True,
    )
