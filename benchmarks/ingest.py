"""Bulk features on Ray Data beside the bare stages, on the same pictures, in one run.

    python -m benchmarks.ingest --pictures 120 --json

Bare is what the stages take with nothing around them: every processor cuts out a picture on a
thread of its own, what is ready is encoded in batches; no Ray, no store, no disk. The two take
turns (bare, Ray Data, bare, Ray Data, ...), so that a machine that slows down slows both. Rates
are of the time in which products were finished: the start of Ray and its workers, and of the
models in either, stands on a line of its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.figures import Figure
from catalog.demo_catalogue import build_demo
from catalog.images import ImageFolder
from catalog.ingest import IngestReport, IngestStages
from catalog.ray_session import ray_session
from catalog.store import CatalogStore, open_store
from catalog.vision_stages import StagesOfModel, vision_stages
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.processors import usable_processors
from lookalike.vision.weights import DEFAULT_MODEL, Model, find_model

_BATCH: Final = 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=104, help="products, drawn for this")
    parser.add_argument("--turns", type=int, default=2, help="of each")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    cpus = usable_processors()
    model = find_model(DEFAULT_MODEL)
    bare: list[float] = []
    bulk: list[float] = []
    starts: list[float] = []
    with tempfile.TemporaryDirectory() as folder, _new_store(folder) as store:
        images = ImageFolder(Path(folder))
        build_demo(store, images, per_category=-(-arguments.pictures // len(CATEGORIES)))
        pictures = [
            images.get(p.image_key or "") or b"" for p in store.products_without_features("")
        ]
        for turn in range(arguments.turns):
            # A process of its own: torch and Ray in one ended it with a segmentation fault.
            with ProcessPoolExecutor(1, get_context("spawn")) as alone:
                bare.append(alone.submit(bare_rate, model, pictures, cpus).result())
            start_s, rate = bulk_rate(model, store, Path(folder), f"turn-{turn}", cpus)
            starts.append(start_s)
            bulk.append(rate)
    Figure("Ray and its workers, start", statistics.median(starts), "s", len(starts)).print(
        arguments.json
    )
    Figure(
        case=f"bulk features on Ray Data, {cpus} processors",
        value=statistics.median(bulk),
        unit="pictures/s",
        n=len(pictures) * arguments.turns,
        reference="the bare stages",
        reference_value=statistics.median(bare),
    ).print(arguments.json)


@dataclass(frozen=True, slots=True)
class StagesUnderAName:
    """The real stages, for a model version in whose name nothing has features yet."""

    make: StagesOfModel
    version: str

    def __call__(self) -> IngestStages:
        """Load both models."""
        return replace(self.make(), model_version=self.version)


def bare_rate(model: Model, pictures: Sequence[bytes], cpus: int) -> float:
    """Pictures a second of the stages alone."""
    stages = vision_stages(model, model.manifest.segmenter, cpus)
    stages.features(stages.cutout(pictures[0])[None])
    with ThreadPoolExecutor(cpus) as pool:
        started = time.perf_counter()
        cutouts = pool.map(stages.cutout, pictures)
        while batch := list(islice(cutouts, _BATCH)):
            stages.features(np.stack(batch))
        return len(pictures) / (time.perf_counter() - started)


def bulk_rate(
    model: Model, store: CatalogStore, images_dir: Path, version: str, cpus: int
) -> tuple[float, float]:
    """Seconds until the first products had features, and products a second from then on."""
    begun = time.perf_counter()
    first: list[tuple[float, int]] = []

    def note(report: IngestReport) -> None:
        first.append((time.perf_counter(), report.done))

    with ray_session(cpus=cpus):
        from catalog.ray_ingest import ingest_on_ray

        make = StagesUnderAName(StagesOfModel(DEFAULT_MODEL, model.manifest.segmenter), version)
        ingest_on_ray(store, images_dir, version, make, cpus, note)
    (at_first, done_first), (at_last, done_last) = first[0], first[-1]
    return at_first - begun, (done_last - done_first) / (at_last - at_first)


def _new_store(folder: str) -> CatalogStore:
    return open_store(f"sqlite:///{Path(folder) / 'catalog.sqlite'}")


if __name__ == "__main__":
    main()
