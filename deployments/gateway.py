"""The gateway: the HTTP door in a Ray Serve replica."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import FastAPI
from ray import serve
from ray.serve.handle import DeploymentHandle

from catalog.images import ImageFolder
from deployments.access import gate_of
from deployments.api import HttpApi
from deployments.collector import collect_as_usual
from deployments.metrics import DoorMetrics, PhotoCacheMetrics, Publisher
from deployments.observed import begin_telemetry
from deployments.product_store import ThreadedPictures, ThreadedProductStore
from deployments.routes import build_api
from deployments.settings import ServiceArgs
from deployments.stages import ServeEncoder, ServeSegmenter, ServeShard, stages_down
from lookalike.catalog_writer import CatalogWriter
from lookalike.photo_cache import PhotoCache
from lookalike.ports import Segmenter
from lookalike.recommender import Recommender
from lookalike.telemetry.door import Door
from lookalike.vision.weights import find_model


class GatewayDeployment:
    """Wires the recommender to the stages' handles; all its work waits, none of it computes."""

    def __init__(
        self,
        args: ServiceArgs,
        segmenter: DeploymentHandle | Segmenter,
        encoder: DeploymentHandle,
        shards: Sequence[DeploymentHandle],
    ) -> None:
        tracer = begin_telemetry("gateway")
        manifest = find_model(args.encoder.weights).manifest
        images = ImageFolder(args.catalog.images_dir)
        photo_cache = PhotoCache(args.gateway.photo_cache_entries, args.gateway.photo_cache_ttl_s)
        recommender = Recommender(
            ServeSegmenter(segmenter) if isinstance(segmenter, DeploymentHandle) else segmenter,
            ServeEncoder(encoder),
            [ServeShard(shard) for shard in shards],
            manifest,
            public_url=args.gateway.public_url,
            photo_cache=photo_cache,
        )
        writer = CatalogWriter(
            ThreadedProductStore(args.catalog.store_url, manifest.version),
            ThreadedPictures(images),
            recommender.look,
            manifest.version,
            public_url=args.gateway.public_url,
        )
        metrics = DoorMetrics({"http": args.gateway.max_in_flight}, manifest.version)
        seen = PhotoCacheMetrics("http", photo_cache)
        self._publishers = [Publisher(metrics.publish), Publisher(seen.publish)]
        self._api = build_api(
            HttpApi(
                recommender,
                images,
                args.gateway,
                stages_down=partial(stages_down, serve.get_replica_context().app_name),
                writer=writer,
                door=Door("http", metrics, tracer),
                gate=gate_of(args.gateway.access, args.gateway.access.bound_to),
            )
        )
        collect_as_usual()

    def __serve_build_asgi_app__(self) -> FastAPI:
        """The application that Ray Serve mounts; called once, after the constructor."""
        return self._api
