"""What a door tells of a request, and who the work meanwhile belongs to."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from deployments.worker_thread import WorkerThread
from lookalike.contract.errors import LookalikeError, NotFoundError, UnavailableError
from lookalike.telemetry.door import AnsweredRequest, Door
from lookalike.telemetry.origin import Origin, current_origin, serving
from tests.telemetry import Told, traced


def test_an_answered_request_is_told_with_the_times_of_its_stages() -> None:
    told = Told()
    with Door("http", told).request("a", "recommend") as request:
        assert told.at_work == 1
        request.answered_with(SimpleNamespace(timings_ms={"total": 9.0, "segment": 5.0}))
    (ended,) = told.requests
    assert (ended.door, ended.operation, ended.code) == ("http", "recommend", "ok")
    assert ended.stages_ms == {"segment": 5.0}
    assert ended.total_ms > 0
    assert told.at_work == 0


@pytest.mark.parametrize("error", [NotFoundError("no"), UnavailableError("down")])
def test_an_error_is_told_by_its_code(error: LookalikeError) -> None:
    told = Told()
    with Door("http", told).request("a", "product") as request:
        request.failed(error)
    assert [ended.code for ended in told.requests] == [error.code]


def test_what_nobody_caught_is_internal_and_goes_on() -> None:
    told = Told()
    with pytest.raises(ZeroDivisionError), Door("http", told).request("a"):
        _ = 1 / 0
    assert [ended.code for ended in told.requests] == ["internal"]


def test_an_error_of_ours_that_goes_on_is_told_by_its_code() -> None:
    told = Told()
    with pytest.raises(NotFoundError), Door("jobs", told).request("a"):
        raise NotFoundError("no")
    with contextlib.suppress(ZeroDivisionError), Door("jobs", told).request("a") as request:
        request.failed(UnavailableError("its store"))
        _ = 1 / 0
    assert [ended.code for ended in told.requests] == ["not_found", "unavailable"]


async def test_a_caller_that_goes_away_is_told_as_cancelled() -> None:
    told, waits = Told(), asyncio.Event()

    async def work() -> None:
        with Door("http", told).request("a"):
            waits.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await waits.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert [ended.code for ended in told.requests] == ["cancelled"]


async def test_tasks_and_threads_work_for_the_request_that_began_them() -> None:
    async def origin() -> Origin | None:
        return current_origin()

    thread = WorkerThread("test")
    with Door("http").request("mine"):
        seen = [
            await asyncio.create_task(origin()),
            await thread.run(current_origin),
            await asyncio.to_thread(current_origin),
        ]
        with serving(None):
            assert current_origin() is None
    assert seen == [Origin("mine")] * 3
    assert current_origin() is None
    assert await thread.run(current_origin) is None


def test_a_request_is_a_span_below_its_callers_and_above_what_is_done_meanwhile() -> None:
    tracer, spans = traced()
    caller = f"00-{'a' * 32}-{'b' * 16}-01"
    with Door("nats", tracer=tracer).request("mine", "recommend", caller) as request:
        origin = current_origin()
        assert origin is not None
        with tracer.span("segment", origin.traceparent):
            pass
        request.failed(NotFoundError("no"))
    below, door = spans.get_finished_spans()
    assert door.parent is not None
    assert (f"{door.parent.span_id:016x}", door.name) == ("b" * 16, "recommend")
    assert below.parent is not None
    assert below.parent.span_id == door.context.span_id
    assert below.context.trace_id == door.context.trace_id == int("a" * 32, 16)
    assert origin.trace_id == "a" * 32
    assert dict(door.attributes or {}) == {
        "lookalike.door": "nats",
        "lookalike.request_id": "mine",
        "lookalike.code": "not_found",
    }
    assert door.status.is_unset, "a caller's mistake is not the service's"


def test_a_fault_of_the_service_is_an_error_of_its_span() -> None:
    tracer, spans = traced()
    with Door("http", tracer=tracer).request("mine", "recommend") as request:
        request.failed(UnavailableError("down"))
    (door,) = spans.get_finished_spans()
    assert not door.status.is_ok
    assert (door.attributes or {})["error.type"] == "unavailable"


@pytest.mark.parametrize("sent", ["", "rubbish", f"00-{'0' * 32}-{'b' * 16}-01", "00-a-b-01"])
def test_a_traceparent_that_can_not_be_read_begins_a_trace_of_its_own(sent: str) -> None:
    tracer, spans = traced()
    with Door("http", tracer=tracer).request("mine", traceparent=sent):
        pass
    (door,) = spans.get_finished_spans()
    assert door.parent is None


def test_an_unsampled_trace_of_the_caller_stays_unsampled() -> None:
    tracer, spans = traced()
    with Door("http", tracer=tracer).request("a", traceparent=f"00-{'a' * 32}-{'b' * 16}-00"):
        origin = current_origin()
    assert spans.get_finished_spans() == ()
    assert origin is not None
    assert (origin.traceparent or "").endswith("-00")


def test_nothing_of_an_answered_request_but_names_and_times_is_told() -> None:
    assert set(AnsweredRequest.__slots__) == {"door", "operation", "code", "total_ms", "stages_ms"}
