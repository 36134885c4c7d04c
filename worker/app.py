"""The application of workers that `serve_config.yaml` names: `worker.app:build`.

No `from __future__ import annotations` here: Ray Serve reads the type of the builder's argument.
"""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Final

from ray import serve
from ray.exceptions import RayError
from ray.serve import Application
from ray.serve.exceptions import RayServeException
from ray.serve.handle import DeploymentHandle

from catalog.images import ImageFolder
from deployments.access import check_may_open, gate_of
from deployments.active_model import with_active_model
from deployments.canary import canary_photo
from deployments.collector import collect_as_usual
from deployments.errors import ServiceError
from deployments.metrics import DoorMetrics, JobMetrics, NatsMetrics, PhotoCacheMetrics, Publisher
from deployments.observed import begin_telemetry
from deployments.product_store import ThreadedPictures, ThreadedProductStore
from deployments.readiness import CachedCheck
from deployments.stages import ServeEncoder, ServeSegmenter, ServeShard, stages_down
from lookalike.admission import Admission
from lookalike.catalog_writer import CatalogWriter
from lookalike.contract.schemas import ReadyReply
from lookalike.photo_cache import PhotoCache
from lookalike.recommender import Recommender
from lookalike.telemetry.door import Door
from lookalike.telemetry.origin import serving
from lookalike.vision.weights import find_model
from worker.connection import NatsWorker, worker_over
from worker.jobs.desk import JobDesk
from worker.listening import listening_host, listening_host_once_there
from worker.local_backend import LocalBackend
from worker.reach import NatsReach
from worker.settings import WorkerArgs

READY_FRESH_S: Final = 2.0
_LOOK_AGAIN_S: Final = 0.25
_log = logging.getLogger(__name__)


class WorkerDeployment:
    """The NATS door in a Ray Serve replica: the gateway's recommender, asked over NATS.

    It calls the stages of another application by their names; Serve's calls never reach it.
    """

    def __init__(self, args: WorkerArgs) -> None:
        self._args = args
        tracer = begin_telemetry("worker")
        model_version = find_model(args.encoder.weights).manifest.version
        gateway = args.gateway
        self._photo_cache = PhotoCache(gateway.photo_cache_entries, gateway.photo_cache_ttl_s)
        limits = {"nats": args.nats.max_in_flight, "jobs": args.nats.jobs.in_flight}
        metrics = DoorMetrics(limits, model_version)
        seen = PhotoCacheMetrics("nats", self._photo_cache)
        self._door = Door("nats", metrics, tracer)
        self._job_door = Door("jobs", metrics, tracer)
        self._desk = JobDesk()
        figures = (metrics, seen, JobMetrics(self._desk.waiting))
        self._publishers = [Publisher(figure.publish) for figure in figures]
        self._worker: NatsWorker | None = None
        # Serve runs the constructor on the replica's event loop.
        self._running = asyncio.get_running_loop().create_task(self._run())
        collect_as_usual()

    def check_health(self) -> None:
        """Raises what ended the worker, so that Serve starts another one."""
        if self._running.done():
            self._running.result()
            raise RuntimeError("the worker has ended")

    async def __del__(self) -> None:
        """Answer what was accepted; Serve awaits this before it ends the replica."""
        if self._worker is None:
            self._running.cancel()
            return
        self._worker.stop()
        await self._running

    async def _run(self) -> None:
        recommender = await self._recommender()
        reach = NatsReach(self._nats_is_reached)
        self._publishers.append(Publisher(NatsMetrics(reach.out_of_reach_s).publish))
        host = await listening_host_once_there(self._args.nats)
        try:
            check_may_open("the NATS server", self._args.gateway.access, host)
        except ServiceError as closed:  # a server that came later than `build`
            _log.warning("nobody is let in: %s", closed)
        down = partial(stages_down, self._args.application)
        readiness = CachedCheck(partial(self._canary, recommender), READY_FRESH_S)

        async def ready() -> ReadyReply:
            reply = await readiness.result()
            assert isinstance(reply, ReadyReply)
            return reply

        backend = LocalBackend(recommender, self._args.gateway, self._writer(recommender))
        self._worker = worker_over(
            self._args.nats,
            lambda _deadline_s, _key: backend,
            ready,
            down,
            door=self._door,
            job_door=self._job_door,
            desk=self._desk,
            gate=gate_of(self._args.gateway.access, host),
        )
        await self._worker.run()

    def _nats_is_reached(self) -> bool:
        return self._worker is not None and self._worker.is_reached

    async def _recommender(self) -> Recommender:
        segmenter, encoder, *shards = [
            await self._handle(name)
            for name in (
                "segmenter",
                "encoder",
                *(f"shard-{shard}" for shard in range(self._args.catalog.shards)),
            )
        ]
        return Recommender(
            ServeSegmenter(segmenter),
            ServeEncoder(encoder),
            [ServeShard(shard) for shard in shards],
            find_model(self._args.encoder.weights).manifest,
            public_url=self._args.gateway.public_url,
            photo_cache=self._photo_cache,
        )

    def _writer(self, recommender: Recommender) -> CatalogWriter:
        catalog = self._args.catalog
        model_version = find_model(self._args.encoder.weights).manifest.version
        return CatalogWriter(
            ThreadedProductStore(catalog.store_url, model_version),
            ThreadedPictures(ImageFolder(catalog.images_dir)),
            recommender.look,
            model_version,
            public_url=self._args.gateway.public_url,
        )

    async def _handle(self, deployment: str) -> DeploymentHandle:
        """A handle, once Serve knows the deployment: both applications start at the same time."""
        told = False
        while True:
            try:
                return await asyncio.to_thread(
                    serve.get_deployment_handle, deployment, self._args.application
                )
            except (RayError, RayServeException, KeyError) as absent:  # KeyError: not deployed yet
                if not told:
                    _log.info("waiting for %s: %s", deployment, absent)
                told = True
                await asyncio.sleep(_LOOK_AGAIN_S)

    async def _canary(self, recommender: Recommender) -> ReadyReply:
        with serving(None):  # the canary is nobody's request
            async with Admission(1).admit(self._args.nats.default_deadline_s):
                return await recommender.ready(canary_photo())


def build(args: WorkerArgs) -> Application:
    """Workers that answer over NATS; replicas stand in `serve_config.yaml` as `worker`.

    Raises: ServiceError where others reach the server, or may, and nobody has a key.
    """
    with suppress(ConnectionRefusedError):  # workers ask a server that comes later themselves
        check_may_open("the NATS server", args.gateway.access, listening_host(args.nats))
    return serve.deployment(WorkerDeployment, name="worker").bind(with_active_model(args))
