"""The stages' own calls, with nothing between them: what a service can come near to at best."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue

from catalog.store import open_store
from deployments.encoder import open_encoder
from deployments.segmenter import open_segmenter
from deployments.settings import ServiceArgs
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import ProductFilter, ShardHit, ShardQuery
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.images import decode
from lookalike.vision.segment import RembgSegmenter
from lookalike.vision.weights import find_model

STAGES = ("decode", "segment", "encode", "search")


class BareStages:
    """Decoding, background removal, encoding and search in this process; may be shared by threads.

    Models, threads and catalogue are those of a service's arguments, opened as its stages do.
    """

    def __init__(self, args: ServiceArgs, segmenter: RembgSegmenter | None = None) -> None:
        """`segmenter` instead of the service's own."""
        model = find_model(args.encoder.weights)
        self._segmenter = segmenter or open_segmenter(args.segmenter)
        self._encoder = open_encoder(args.encoder, model)
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


def on_one_core(args: ServiceArgs) -> ServiceArgs:
    """The same models, one thread each: for stages that share a machine with others like them."""
    one_thread = {"threads": 1}
    return args.model_copy(
        update={
            "segmenter": args.segmenter.model_copy(update=one_thread),
            "encoder": args.encoder.model_copy(update=one_thread),
        }
    )


def photos_a_second(
    workers: Sequence[BareStages], photo: bytes, box: CropBoxPx, photos: int
) -> float:
    """How many photos a second go through the stages, one at a time through each worker's."""
    free: SimpleQueue[BareStages] = SimpleQueue()
    for worker in workers:
        free.put(worker)

    def work(_: int) -> None:
        stages = free.get()
        try:
            stages.recommend(photo, box)
        finally:
            free.put(stages)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(work, range(2 * len(workers))))  # loaded at first use
        started = time.perf_counter()
        list(pool.map(work, range(photos)))
        return photos / (time.perf_counter() - started)
