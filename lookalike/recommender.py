"""Crop -> segment -> encode -> shards -> merge: the one way of a request, for every front door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from lookalike import replies
from lookalike.contract.errors import NotFoundError, UnavailableError
from lookalike.contract.schemas import (
    ClassifyParams,
    ClassifyReply,
    Crop,
    CropsReply,
    ProductReply,
    ReadyReply,
    RecommendParams,
    RecommendReply,
    SearchParams,
    SimilarReply,
)
from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.merge import merge_hits, merged_version
from lookalike.photo_cache import PhotoCache, photo_key
from lookalike.ports import (
    MODEL_IS_SWITCHED,
    Encoded,
    Encoder,
    IndexedProduct,
    Segmenter,
    ShardSearcher,
)
from lookalike.products import Product
from lookalike.ranking import RankedHit, candidates_needed, rank_hits
from lookalike.search import COSINE_ROUNDING, Features, ProductFilter, ShardHits, ShardQuery
from lookalike.sharding import shard_of
from lookalike.vision.crop import CropBoxPx, ResolvedCrop, resolve_crop, whole_photo
from lookalike.vision.headers import PhotoInfo
from lookalike.vision.images import ImageLimits, probe
from lookalike.vision.manifest import ModelManifest

PROBED_AT_ONCE_BYTES: Final = 1 << 18
"""Reading the header of so small a photo can't hold up the event loop, hostile as it may be."""

AUTO_COVERAGE: Final = 0.9
"""How probable the categories of "auto" are together; docs/decisions.md says what it brings."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Found:
    """The candidates of one search, where they come from, and what they cost."""

    shards: tuple[ShardHits, ...]
    categories: list[Category]
    top_k_ms: float


class Recommender:
    """Answers requests over three ports: a segmenter, an encoder, and the catalogue's shards.

    Every method may be cancelled at any await: the callers put their deadline around it. A stage
    that is down is asked once more before its UnavailableError goes out. The manifest decides
    which model a request is answered with: every stage is asked for that version. Every shard is
    asked as one of that number.
    """

    def __init__(
        self,
        segmenter: Segmenter,
        encoder: Encoder,
        shards: Sequence[ShardSearcher],
        manifest: ModelManifest,
        *,
        public_url: str = "",
        limits: ImageLimits | None = None,
        photo_cache: PhotoCache | None = None,
    ) -> None:
        """`photo_cache` None: every photo goes through the stages."""
        self._segmenter = segmenter
        self._encoder = encoder
        self._shards = tuple(shards)
        self._manifest = manifest
        self._public_url = public_url
        self._limits = limits or ImageLimits()
        self._photo_cache = photo_cache

    async def recommend(
        self, photo: bytes, params: RecommendParams, request_id: str
    ) -> RecommendReply:
        """The products most like what lies in the crop.

        Raises: BadImageError, UnsupportedFormatError, ImageTooLargeError, BadCropError,
            OverloadedError, UnavailableError.
        """
        started = time.perf_counter()
        _, crop = await self._look_at(photo, params.crop)
        encoded = await self._encode(photo, crop.box)
        category = replies.category_reply(encoded.probabilities)
        found = await self._search(encoded.features, params, likely(encoded.probabilities))
        ranked, best_match = self._rank(found.shards, params, params.reference_price)
        return RecommendReply(
            request_id=request_id,
            category=category,
            crop=replies.used_crop(crop),
            hits=replies.hits(ranked, self._public_url),
            verdict=replies.verdict(best_match, self._manifest),
            searched=found.categories,
            catalog_version=merged_version(found.shards),
            model_version=self._manifest.version,
            timings_ms=replies.timings(started, encoded, top_k=found.top_k_ms),
        )

    async def classify(
        self, photo: bytes, params: ClassifyParams, request_id: str
    ) -> ClassifyReply:
        """The category of what lies in the crop. Raises: as `recommend`."""
        started = time.perf_counter()
        _, crop = await self._look_at(photo, params.crop)
        encoded = await self._encode(photo, crop.box)
        return ClassifyReply(
            request_id=request_id,
            category=replies.category_reply(encoded.probabilities),
            crop=replies.used_crop(crop),
            model_version=self._manifest.version,
            timings_ms=replies.timings(started, encoded),
        )

    async def look(self, photo: bytes) -> Encoded:
        """What the network says of a whole photo. Raises: as `recommend`, less BadCropError."""
        _, whole = await self._look_at(photo, None)
        return await self._encode(photo, whole.box)

    async def crops(self, photo: bytes, request_id: str) -> CropsReply:
        """Boxes around the garments in the photo. Raises: as `recommend`, less BadCropError."""
        started = time.perf_counter()
        info, _ = await self._look_at(photo, None)
        boxes = await _twice_if_down(lambda: self._segmenter.garments(photo))
        return CropsReply(
            request_id=request_id,
            width=info.width,
            height=info.height,
            crops=[replies.crop_box(box) for box in boxes],
            timings_ms=replies.timings(started),
        )

    async def product(self, product_id: str) -> ProductReply:
        """One product. Raises: NotFoundError, UnavailableError."""
        return replies.product((await self._indexed(product_id)).product, self._public_url)

    async def similar(self, product_id: str, params: SearchParams, request_id: str) -> SimilarReply:
        """The products most like one of the catalogue, itself left out.

        `categories: "auto"` means the product's own one, and `sort: "value"` weighs savings
        against its price. Raises: NotFoundError, UnavailableError, OverloadedError.
        """
        started = time.perf_counter()
        own = await self._indexed(product_id)
        self._check_version(own.model_version)
        without_itself = params.model_copy(update={"exclude": [*params.exclude, product_id]})
        found = await self._search(own.features, without_itself, {own.product.category})
        ranked, best_match = self._rank(found.shards, params, own.product)
        return SimilarReply(
            request_id=request_id,
            product=replies.product(own.product, self._public_url),
            hits=replies.hits(ranked, self._public_url),
            verdict=replies.verdict(best_match, self._manifest),
            searched=found.categories,
            catalog_version=merged_version(found.shards),
            model_version=self._manifest.version,
            timings_ms=replies.timings(started, top_k=found.top_k_ms),
        )

    async def ready(self, canary: bytes) -> ReadyReply:
        """Send a canary picture through all stages, whether or not it was seen before.

        Raises: UnavailableError, OverloadedError, or whatever the canary met on its way.
        """
        _, whole = await self._look_at(canary, None)
        encoded = await self._encode_anew(canary, whole.box)
        await self._search(encoded.features, RecommendParams(k=1, categories="any"), set())
        statuses = await _all(
            _twice_if_down(
                lambda shard=shard: shard.status(self._manifest.version, len(self._shards))  # type: ignore[misc]
            )
            for shard in self._shards
        )
        return ReadyReply(
            status="ready",
            products=sum(s.products for s in statuses),
            catalog_version=min(s.catalog_version for s in statuses),
            model_version=self._manifest.version,
            store_out_of_reach_s=round(max(s.store_out_of_reach_s for s in statuses), 1),
        )

    async def _look_at(self, photo: bytes, crop: Crop | None) -> tuple[PhotoInfo, ResolvedCrop]:
        if len(photo) <= PROBED_AT_ONCE_BYTES:
            info = probe(photo, self._limits)
        else:
            info = await asyncio.to_thread(probe, photo, self._limits)
        if crop is None:
            return info, ResolvedCrop(whole_photo(info), clipped=False)
        return info, resolve_crop(crop.x, crop.y, crop.width, crop.height, crop.unit, info)

    async def _encode(self, photo: bytes, box: CropBoxPx) -> Encoded:
        if self._photo_cache is None:
            return await self._encode_anew(photo, box)
        key = await photo_key(photo, box, self._manifest.version, self._manifest.preprocessing)
        return await self._photo_cache.encoded(key, lambda: self._encode_anew(photo, box))

    async def _encode_anew(self, photo: bytes, box: CropBoxPx) -> Encoded:
        cutout = await _twice_if_down(lambda: self._segmenter.cutout(photo, box))

        async def encode() -> Encoded:
            encoded = await self._encoder.encode(cutout, self._manifest.version)
            self._check_version(encoded.model_version)
            return encoded

        return await _twice_if_down(encode)

    async def _search(
        self, features: Features, params: SearchParams, auto: Set[Category]
    ) -> _Found:
        query = ShardQuery(
            features=features,
            k=candidates_needed(params.sort, params.k),
            where=_filter(params, auto),
            model_version=self._manifest.version,
            shards=len(self._shards),
        )
        started = time.perf_counter()
        answers = await _all(
            _twice_if_down(lambda shard=shard: shard.search(query))  # type: ignore[misc]
            for shard in self._shards
        )
        categories = [c for c in CATEGORIES if c in (query.where.categories or CATEGORIES)]
        return _Found(tuple(answers), categories, (time.perf_counter() - started) * 1e3)

    def _rank(
        self,
        shards: Sequence[ShardHits],
        params: SearchParams,
        reference: Product | Decimal | None,
    ) -> tuple[list[RankedHit], float]:
        """The hits in order, and the best match of all candidates: a dear one may be no hit."""
        least = -2.0 if params.min_similarity is None else params.min_similarity - COSINE_ROUNDING
        merged = merge_hits(shards, candidates_needed(params.sort, params.k))
        near = [hit for hit in merged if hit.similarity >= least]
        match_of = self._manifest.match_probability
        ranked = rank_hits(near, params.sort, params.k, match_of, reference)
        matches = (match_of(hit.similarity, hit.product.category) for hit in near)
        return ranked, max(matches, default=0.0)

    async def _indexed(self, product_id: str) -> IndexedProduct:
        shards = len(self._shards)
        shard = self._shards[shard_of(product_id, shards)]
        found = await _twice_if_down(
            lambda: shard.product(product_id, self._manifest.version, shards)
        )
        if found is None:
            raise NotFoundError(
                f"there is no product {product_id!r} that can be searched: it is not listed, "
                "or has no features yet"
            )
        return found

    def _check_version(self, version: str | None) -> None:
        """Raises UnavailableError for what another model version made of a picture."""
        if version not in (None, self._manifest.version):
            raise UnavailableError(MODEL_IS_SWITCHED)


def likely(probabilities: npt.NDArray[np.float32]) -> Set[Category]:
    """The likeliest categories that together are at least AUTO_COVERAGE probable.

    `probabilities` (13,) float32, in the order of CATEGORIES. One category where the classifier
    is sure; the true one is among them about as often as AUTO_COVERAGE says, if the classifier
    is calibrated.
    """
    order = np.argsort(-probabilities, kind="stable")
    enough = int(np.searchsorted(np.cumsum(probabilities[order]), AUTO_COVERAGE)) + 1
    return {CATEGORIES[i] for i in order[:enough]}


def _filter(params: SearchParams, auto: Set[Category]) -> ProductFilter:
    match params.categories:
        case "any":
            categories: Set[Category] = set(CATEGORIES)
        case "auto":
            categories = auto
        case named:
            categories = set(named)
    return ProductFilter(
        categories=frozenset(categories) if len(categories) < len(CATEGORIES) else None,
        min_price=params.min_price,
        max_price=params.max_price,
        currency=params.currency,
        brands=frozenset(params.brands) if params.brands else None,
        exclude=frozenset(params.exclude),
    )


async def _twice_if_down(call: Callable[[], Awaitable[T]]) -> T:
    try:
        return await call()
    except UnavailableError:
        return await call()


async def _all(calls: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Await all at once; the first failure cancels the rest and goes out bare."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
