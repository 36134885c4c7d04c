"""What a stage tells of its calls: a line and a span under the request that they serve."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import pytest

from deployments.observed import StageCalls
from lookalike.contract.errors import BadImageError, UnavailableError
from lookalike.telemetry.origin import Origin, current_origin
from lookalike.telemetry.tracing import NoTracer
from tests.telemetry import traced

MINE = Origin("mine", f"00-{'a' * 32}-{'b' * 16}-01")


@pytest.fixture(autouse=True)
def _stages_tell(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "lookalike.stages")


async def fields(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    await asyncio.sleep(0)  # lines are written in the loop's next turn
    return [record.__dict__["fields"] for record in caplog.records]


async def test_a_call_works_for_its_request_and_is_a_span_below_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracer, spans = traced()
    with StageCalls("shard-0", tracer).one("search", MINE):
        assert current_origin() == MINE
    assert current_origin() is None
    (told,) = await fields(caplog)
    assert (told["stage"], told["code"]) == ("shard-0", "ok")
    assert told["ms"] >= 0
    (span,) = spans.get_finished_spans()
    assert span.parent is not None
    assert (span.name, f"{span.parent.span_id:016x}") == ("search", "b" * 16)


async def test_the_line_comes_after_the_answer_and_under_the_requests_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    served: list[Origin | None] = []

    def remember(_record: logging.LogRecord) -> bool:
        served.append(current_origin())
        return True

    caplog.handler.addFilter(remember)
    with StageCalls("encoder", NoTracer()).one("encode", MINE):
        pass
    assert served == []
    assert len(await fields(caplog)) == 1
    assert served == [MINE]


@pytest.mark.parametrize(
    ("error", "code", "is_fault"),
    [
        (BadImageError("broken"), "bad_image", False),
        (UnavailableError("switched"), "unavailable", True),
        (KeyError("a bug"), "KeyError", True),
    ],
)
async def test_a_call_that_fails_is_told_by_its_code(
    caplog: pytest.LogCaptureFixture, error: Exception, code: str, is_fault: bool
) -> None:
    tracer, spans = traced()
    with contextlib.suppress(type(error)), StageCalls("segmenter", tracer).one("segment", MINE):
        raise error
    assert [told["code"] for told in await fields(caplog)] == [code]
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {}).get("error.type") == (code if is_fault else None)


async def test_a_call_that_is_dropped_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    tracer, spans = traced()
    begun = asyncio.Event()

    async def work() -> None:
        with StageCalls("segmenter", tracer).one("segment", MINE):
            begun.set()
            await asyncio.Event().wait()

    call = asyncio.create_task(work())
    await begun.wait()
    call.cancel()
    await asyncio.wait([call])
    assert [told["code"] for told in await fields(caplog)] == ["cancelled"]
    (span,) = spans.get_finished_spans()
    assert span.status.is_unset


async def test_a_call_that_serves_nobody_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with StageCalls("segmenter", NoTracer()).one("segment", None):
        pass
    assert await fields(caplog) == []
