"""The recommender's ports over Ray Serve handles."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, TypeVar

import grpc
from ray.exceptions import RayError
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentHandle, DeploymentResponse

from deployments.serve_status import Controller
from lookalike.contract.errors import LookalikeError, OverloadedError, UnavailableError
from lookalike.ports import Cutout, Encoded, IndexedProduct, ShardStatus
from lookalike.search import ShardHits, ShardQuery
from lookalike.telemetry.origin import current_origin
from lookalike.vision.crop import CropBoxPx

T = TypeVar("T")
_CONTROLLER: Final = Controller()
_log = logging.getLogger(__name__)


def pickled(handle: DeploymentHandle) -> DeploymentHandle:
    """The same, with arguments and answers pickled by Python's own C code.

    Ray Serve's default is cloudpickle, for what can't be imported; ours are dataclasses of
    modules. Its pickler is a class in Python, made anew for each of them.
    """
    return handle.options(request_serialization="pickle", response_serialization="pickle")


class ServeSegmenter:
    """`Segmenter` over a handle."""

    def __init__(self, handle: DeploymentHandle) -> None:
        # A handle makes a new handle for every access to a method: once is enough.
        pickling = pickled(handle)
        self._cutout, self._garments = pickling.cutout, pickling.garments

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        """Cut out. Raises: BadImageError, UnavailableError, OverloadedError.

        Its response is not handed on to the encoder unawaited: where the segmenter is killed
        meanwhile, Ray Serve 2.60 tries to resolve that response again and again without a pause,
        until the request's deadline, and takes the core that a new segmenter needs to start.
        """
        response = self._cutout.remote(photo, box, origin=current_origin())
        cutout: Cutout = await settle("segmenter", response)
        return cutout

    async def garments(self, photo: bytes) -> list[CropBoxPx]:
        """Suggested boxes. Raises: BadImageError, UnavailableError, OverloadedError."""
        response = self._garments.remote(photo, origin=current_origin())
        boxes: list[CropBoxPx] = await settle("segmenter", response)
        return boxes


class ServeEncoder:
    """`Encoder` over a handle."""

    def __init__(self, handle: DeploymentHandle) -> None:
        self._encode = pickled(handle).encode

    async def encode(self, cutout: Cutout, model_version: str | None = None) -> Encoded:
        """Encode a cutout. Raises: UnavailableError, OverloadedError."""
        response = self._encode.remote(cutout, model_version, origin=current_origin())
        encoded: Encoded = await settle("encoder", response)
        return encoded


class ServeShard:
    """`ShardSearcher` over a handle."""

    def __init__(self, handle: DeploymentHandle) -> None:
        shard = pickled(handle)
        self._search, self._product, self._status = shard.search, shard.product, shard.status

    async def search(self, query: ShardQuery) -> ShardHits:
        """Search. Raises: UnavailableError, OverloadedError."""
        hits: ShardHits = await settle("shard", self._search.remote(query, origin=current_origin()))
        return hits

    async def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> IndexedProduct | None:
        """Look up. Raises: UnavailableError, OverloadedError."""
        response = self._product.remote(product_id, model_version, shards, origin=current_origin())
        found: IndexedProduct | None = await settle("shard", response)
        return found

    async def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> ShardStatus:
        """What it holds. Raises: UnavailableError, OverloadedError."""
        status: ShardStatus = await settle("shard", self._status.remote(model_version, shards))
        return status


async def stages_down(application: str) -> list[str]:
    """The deployments of an application without a running replica, as far as Serve says so."""
    return await _CONTROLLER.stages_down(application)


async def settle(stage: str, response: DeploymentResponse) -> Any:
    """Await a handle's response, with Ray's errors turned into ours.

    When the caller gives up, the call is cancelled.
    """
    try:
        return await response
    except asyncio.CancelledError:
        response.cancel()
        raise
    except BackPressureError:
        raise OverloadedError(f"the {stage} has too much to do; try again later") from None
    except (RayError, RayServeException, grpc.RpcError) as error:
        # Ray wraps what the replica raised in a class of both types; `cause` is the original.
        cause = getattr(error, "cause", None)
        if isinstance(cause, LookalikeError):
            raise type(cause)(cause.message) from None
        if isinstance(cause, BackPressureError):
            raise OverloadedError(f"the {stage} has too much to do; try again later") from None
        if isinstance(cause, Exception) and not isinstance(cause, RayError | RayServeException):
            raise cause from error
        _log.warning("the %s did not answer: %s", stage, error)
        raise UnavailableError(f"the {stage} is down; try again in a moment") from None
