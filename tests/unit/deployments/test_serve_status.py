"""What a door asks Serve's controller, without Ray: answers, and a controller that hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from ray.exceptions import RayError
from ray.serve.schema import (
    ApplicationStatus,
    ApplicationStatusOverview,
    DeploymentStatus,
    DeploymentStatusOverview,
    DeploymentStatusTrigger,
    ReplicaState,
    ServeStatus,
)

from deployments.serve_status import Controller

HANG_FOR_AT_MOST_S = 30


class HangingStatus:
    """`serve.status` of a controller that does not answer until `go` is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.called = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> ServeStatus:
        self.calls += 1
        self.called.set()
        self.go.wait(HANG_FOR_AT_MOST_S)
        return ServeStatus()


@pytest.fixture
def hanging() -> Iterator[HangingStatus]:
    status = HangingStatus()
    yield status
    status.go.set()


def deployment(**replicas: int) -> DeploymentStatusOverview:
    return DeploymentStatusOverview(
        status=DeploymentStatus.HEALTHY,
        status_trigger=DeploymentStatusTrigger.UNSPECIFIED,
        replica_states={ReplicaState[state]: count for state, count in replicas.items()},
        message="",
    )


def lookalike_with(**deployments: DeploymentStatusOverview) -> ServeStatus:
    application = ApplicationStatusOverview(
        status=ApplicationStatus.RUNNING,
        message="",
        last_deployed_time_s=0,
        deployments=deployments,
    )
    return ServeStatus(applications={"lookalike": application})


async def test_stages_without_a_running_replica_are_named() -> None:
    status = lookalike_with(
        encoder=deployment(STARTING=1), shard=deployment(), segmenter=deployment(RUNNING=1)
    )
    controller = Controller(lambda: status)
    assert await controller.stages_down("lookalike") == ["encoder", "shard"]
    assert await controller.stages_down("another") == ["another"]


async def test_a_controller_that_hangs_keeps_one_thread_and_none_of_the_default_pool(
    hanging: HangingStatus,
) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    controller = Controller(hanging, timeout_s=0.01)
    for _ in range(3):
        asked = await asyncio.gather(*(controller.stages_down("lookalike") for _ in range(4)))
        assert asked == [[]] * 4
    assert hanging.called.wait(HANG_FOR_AT_MOST_S / 2)
    assert hanging.calls == 1
    async with asyncio.timeout(HANG_FOR_AT_MOST_S / 2):
        assert await asyncio.to_thread(lambda: "served") == "served"


async def test_a_controller_that_answers_late_is_heard_by_the_next_who_ask(
    hanging: HangingStatus,
) -> None:
    controller = Controller(hanging, timeout_s=0.01, fresh_s=60)
    assert await controller.stages_down("lookalike") == []
    hanging.go.set()
    async with asyncio.timeout(HANG_FOR_AT_MOST_S / 2):
        while not (down := await controller.stages_down("lookalike")):
            pass
    assert down == ["lookalike"]
    assert hanging.calls == 1


async def test_an_answer_is_remembered_for_a_while() -> None:
    calls = 0

    def status() -> ServeStatus:
        nonlocal calls
        calls += 1
        return ServeStatus()

    controller = Controller(status, fresh_s=60)
    await asyncio.gather(*(controller.stages_down("lookalike") for _ in range(5)))
    assert calls == 1
    stale = Controller(status, fresh_s=-1)
    await stale.stages_down("lookalike")
    await stale.stages_down("lookalike")
    assert calls == 3


async def test_a_controller_that_is_gone_names_nothing() -> None:
    def gone() -> ServeStatus:
        raise RayError("the controller died")

    assert await Controller(gone).stages_down("lookalike") == []
