"""The stages' own calls, with nothing between them: what a service can come near to at best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from catalog.store import open_store
from deployments.settings import ServiceArgs
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import ProductFilter, ShardHit, ShardQuery
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.encode import ResNet34Encoder
from lookalike.vision.images import decode
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_model

STAGES = ("decode", "segment", "encode", "search")


class BareStages:
    """Decoding, background removal, encoding and search in this process; may be shared by threads.

    Models, threads and catalogue are those of a service's arguments.
    """

    def __init__(self, args: ServiceArgs, *, threads: int | None = None, at_once: int = 1) -> None:
        """`threads` instead of the configured ones of segmenter and encoder."""
        model = find_model(args.encoder.weights)
        self._segmenter = RembgSegmenter(
            args.segmenter.model,
            threads=threads or args.segmenter.threads,
            backend=args.segmenter.backend,
            at_once=at_once,
            precision=args.segmenter.precision,
        )
        self._encoder = ResNet34Encoder(
            model.weights_file,
            model.manifest,
            device=args.encoder.device,
            threads=threads or args.encoder.threads,
            backend=args.encoder.backend,
        )
        with open_store(args.catalog.store_url) as store:
            self._shards = [
                store.read_shard(shard, args.catalog.shards, model.manifest.version).index()
                for shard in range(args.catalog.shards)
            ]

    def recommend(self, photo: bytes, box: CropBoxPx) -> tuple[str, list[ShardHit]]:
        """The category and the ten nearest products of it."""
        category, hits, _ = self._work(photo, box)
        return category, hits

    def timed(self, photo: bytes, box: CropBoxPx) -> dict[str, float]:
        """Milliseconds of each stage, and of all as `total`."""
        _, _, at = self._work(photo, box)
        taken = {name: (at[i + 1] - at[i]) * 1e3 for i, name in enumerate(STAGES)}
        return taken | {"total": (at[-1] - at[0]) * 1e3}

    def _work(self, photo: bytes, box: CropBoxPx) -> tuple[str, list[ShardHit], Sequence[float]]:
        at = [time.perf_counter()]
        picture = decode(photo)
        at.append(time.perf_counter())
        cutout, framed = self._segmenter.looks(picture, box)
        at.append(time.perf_counter())
        encoded = self._encoder.encode(cutout[None], framed[None])
        at.append(time.perf_counter())
        category = CATEGORIES[int(encoded.probabilities[0].argmax())]
        query = ShardQuery(
            features=encoded.features[0],
            k=10,
            where=ProductFilter(categories=frozenset({category})),
        )
        found = [hit for shard in self._shards for hit in shard.search(query).hits]
        best = list(islice(sorted(found, key=lambda hit: -hit.similarity), query.k))
        at.append(time.perf_counter())
        return category, best, at


def photos_a_second(
    stages: BareStages, photo: bytes, box: CropBoxPx, at_once: int, n: int
) -> float:
    """How many photos a second go through the stages, `at_once` side by side."""
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: stages.recommend(photo, box), range(at_once)))
        started = time.perf_counter()
        list(pool.map(lambda _: stages.recommend(photo, box), range(n)))
        return n / (time.perf_counter() - started)
