"""The application that `serve_config.yaml` names: `deployments.app:build`.

No `from __future__ import annotations` here: Ray Serve reads the type of the builder's argument.
"""

import time
from dataclasses import dataclass
from typing import Any

from ray import serve
from ray.serve import Application

from deployments.access import check_may_open
from deployments.active_model import with_active_model
from deployments.encoder import EncoderDeployment
from deployments.gateway import GatewayDeployment
from deployments.held_models import check_segmenter
from deployments.observed import observed, observed_shard
from deployments.segmenter import SegmenterDeployment
from deployments.settings import EncoderArgs, ServiceArgs
from deployments.shard import ShardDeployment
from lookalike.ports import Cutout, Encoded, Segmenter


@dataclass(frozen=True, slots=True)
class StageClasses:
    """The classes behind the stages; benchmarks put empty ones in their place.

    `in_gateway` is a segmenter that runs inside the gateway instead of a deployment of its own.
    """

    segmenter: type[Any] = SegmenterDeployment
    encoder: type[Any] = EncoderDeployment
    shard: type[Any] = ShardDeployment
    in_gateway: Segmenter | None = None


def build(args: ServiceArgs) -> Application:
    """The whole service: gateway, segmenter, encoder and one deployment a shard.

    The model is the one that the catalogue's store names, if it names one.

    Replicas, CPU shares and queue lengths stand in `serve_config.yaml`, by the names given here:
    `gateway`, `segmenter`, `encoder`, `shard-0`, `shard-1`, ...

    Raises:
        ServiceError: others reach it and nobody has a key, or the segmenter is not the model's.
        UnavailableError: the store can't say which model searches use.
        WeightsError: that model can't be found.
    """
    access = args.gateway.access
    check_may_open("the HTTP door", access, access.bound_to)
    args = with_active_model(args)
    check_segmenter(args)
    return compose(args, StageClasses())


def compose(args: ServiceArgs, stages: StageClasses) -> Application:
    """The service over given stage classes."""
    segmenter = observed(
        stages.segmenter, "segmenter", {"cutout": "segment", "garments": "garments"}
    )
    encoder = observed(batching(stages.encoder, args.encoder), "encoder", {"encode": "encode"})
    return serve.deployment(serve.ingress()(GatewayDeployment), name="gateway").bind(
        args,
        stages.in_gateway or serve.deployment(segmenter, name="segmenter").bind(args.segmenter),
        serve.deployment(encoder, name="encoder").bind(args.encoder),
        [
            serve.deployment(
                observed_shard(stages.shard, f"shard-{shard}", shard), name=f"shard-{shard}"
            ).bind(args.catalog, shard, args.encoder.held)
            for shard in range(args.catalog.shards)
        ],
    )


def batching(encoder: type[Any], args: EncoderArgs) -> type[Any]:
    """`encoder` with an `encode` of one cutout that gathers calls for its `encode_batch`."""

    class BatchingEncoder(encoder):  # type: ignore[misc]
        @serve.batch(  # type: ignore[untyped-decorator]
            max_batch_size=args.max_batch_size, batch_wait_timeout_s=args.batch_wait_s
        )
        async def _gather(
            self,
            cutouts: list[Cutout],
            model_versions: list[str | None],
            arrived: list[float],
        ) -> list[Any]:
            return list(await self.encode_batch(cutouts, model_versions, arrived))

        async def encode(self, cutout: Cutout, model_version: str | None = None) -> Encoded:
            answer = await self._gather(cutout, model_version, time.perf_counter())
            if isinstance(answer, Exception):
                raise answer
            assert isinstance(answer, Encoded)
            return answer

    return BatchingEncoder
