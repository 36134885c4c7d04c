"""One request through the whole service, beside the sum of its bare stages.

    python -m benchmarks.end_to_end --data data --json

A street photo of the demo catalogue goes through the service of serve_config.yaml, one client and
one request at a time, and through decoding, background removal, encoding and search in this
process, with the same models, threads and catalogue. The two take turns in blocks, so that a
machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from benchmarks.figures import Figure
from catalog.street_queries import StreetQuery, street_queries
from cli.settings import Settings
from cli.up import with_data
from deployments.local_service import LocalService
from deployments.settings import ServiceArgs
from deployments.transport import transport_env

BLOCK: Final = 5
WARM_UP: Final = 5

Milliseconds = dict[str, float]
Call = Callable[[], Milliseconds]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=20, help="of the one client")
    arguments = parser.parse_args()
    as_the_service_runs()
    config = demo_config(arguments.data)
    query = street_queries(arguments.data / "street")[0]
    bare_call = bare_stages(ServiceArgs(**config["applications"][0]["args"]), query)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(config, Path(folder)) as service,
        httpx.Client(base_url=service.url, timeout=60) as client,
    ):
        calls = {"service": lambda: asked(client, query), "bare": bare_call}
        medians = medians_of_blocks(calls, arguments.requests)
    bare = medians["bare"]
    for stage, taken_ms in bare.items():
        Figure(f"bare stage: {stage}", taken_ms, "ms", arguments.requests).print(arguments.json)
    Figure(
        case="one client, median",
        value=medians["service"]["total"],
        unit="ms",
        n=arguments.requests,
        reference="sum of the bare stages",
        reference_value=bare["total"],
    ).print(arguments.json)


def as_the_service_runs() -> None:
    """Give this process what the service's processes have, before torch is loaded.

    Linux shares a busy machine's processors between sessions before it does so within one; the
    service has one of its own.
    """
    os.environ |= {"OMP_WAIT_POLICY": transport_env()["OMP_WAIT_POLICY"]}
    with suppress(PermissionError):  # the first process of a session has its own already
        os.setsid()


def demo_config(data: Path) -> dict[str, Any]:
    """serve_config.yaml over the catalogue of a folder."""
    settings = Settings(data_dir=data, store_url=f"sqlite:///{data / 'catalog.sqlite'}")
    return with_data(yaml.safe_load(Path("serve_config.yaml").read_text()), settings)


@contextmanager
def running(config: dict[str, Any], folder: Path) -> Iterator[LocalService]:
    """The service of a configuration on a free port, ready; its log in `folder`."""
    with LocalService(config, folder / "serve.log", port=0) as service:
        service.wait_ready(300)
        yield service


def asked(client: httpx.Client, query: StreetQuery) -> Milliseconds:
    """Ask for the products like those in the query's crop."""
    x, y, width, height = query.crop
    params = json.dumps({"crop": {"x": x, "y": y, "width": width, "height": height}})
    photo = query.photo.read_bytes()
    started = time.perf_counter()
    reply = client.post("/v1/recommend", files={"image": photo}, data={"params": params})
    reply.raise_for_status()
    return {"total": (time.perf_counter() - started) * 1e3}


def bare_stages(args: ServiceArgs, query: StreetQuery) -> Call:
    """The stages' own calls, one after the other, with nothing between them."""
    # Imported here: OpenMP reads its settings when torch is loaded.
    from catalog.store import open_store
    from lookalike.contract.taxonomy import CATEGORIES
    from lookalike.search import ProductFilter, ShardQuery
    from lookalike.vision.crop import CropBoxPx
    from lookalike.vision.encode import ResNet34Encoder
    from lookalike.vision.images import decode
    from lookalike.vision.segment import RembgSegmenter
    from lookalike.vision.weights import find_model

    model = find_model(args.encoder.weights)
    segmenter = RembgSegmenter(args.segmenter.model, threads=args.segmenter.threads)
    encoder = ResNet34Encoder(model.weights_file, model.manifest, threads=args.encoder.threads)
    with open_store(args.catalog.store_url) as store:
        shards = [
            store.read_shard(shard, args.catalog.shards, model.manifest.version).index()
            for shard in range(args.catalog.shards)
        ]
    photo, box = query.photo.read_bytes(), CropBoxPx(*query.crop)

    def call() -> Milliseconds:
        at = [time.perf_counter()]
        picture = decode(photo)
        at.append(time.perf_counter())
        cutout = segmenter.cutout(picture, box)
        at.append(time.perf_counter())
        encoded = encoder.encode(cutout[None])
        at.append(time.perf_counter())
        category = CATEGORIES[int(encoded.probabilities[0].argmax())]
        where = ProductFilter(categories=frozenset({category}))
        for shard in shards:
            shard.search(ShardQuery(features=encoded.features[0], k=10, where=where))
        at.append(time.perf_counter())
        names = ("decode", "segment", "encode", "search")
        taken = {name: (at[i + 1] - at[i]) * 1e3 for i, name in enumerate(names)}
        return taken | {"total": (at[-1] - at[0]) * 1e3}

    return call


def medians_of_blocks(calls: dict[str, Call], requests: int) -> dict[str, Milliseconds]:
    """Median of each part of each call; the calls take turns in blocks of `BLOCK`."""
    taken: dict[str, list[Milliseconds]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    while any(len(times) < requests for times in taken.values()):
        for name, call in calls.items():
            taken[name] += [call() for _ in range(min(BLOCK, requests - len(taken[name])))]
    return {
        name: {part: statistics.median(t[part] for t in times) for part in times[0]}
        for name, times in taken.items()
    }


if __name__ == "__main__":
    main()
