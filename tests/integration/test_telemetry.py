"""One request through the real service, seen in the log, in the metrics and as a trace."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from deployments.local_service import LocalService
from lookalike.contract import subjects
from tests.fakes import jpeg
from tests.functional.nats_door import plain_client
from tests.integration.collector import Collector
from tests.integration.conftest import PATIENCE_S
from tests.integration.processes import listening
from tests.metrics_document import documented_metrics

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

SOON_S: Final = 30
LOOK_EVERY_S: Final = 0.2
STAGES: Final = {
    "segmenter": "segment",
    "encoder": "encode",
    "shard-0": "search",
    "shard-1": "search",
}
OF_RAY: Final = {
    "Component",
    "NodeAddress",
    "SessionName",
    "Version",
    "WorkerId",
    "otel_scope_name",
    "otel_scope_schema_url",
    "otel_scope_version",
    "le",
}
TOKEN: Final = "never-to-be-logged"


def until(true: Callable[[], object], what: object) -> None:
    """Look again until it is so; `what` is told where it never is."""
    give_up_at = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < give_up_at, what
        time.sleep(LOOK_EVERY_S)


def unseen_photo() -> bytes:
    """A photo that no cache knows."""
    red, green, blue = secrets.token_bytes(3)
    return jpeg((red, green, blue), (180, 240))


def over_http(
    service: LocalService, photo: bytes, headers: Mapping[str, str], verb: str = "recommend"
) -> None:
    reply = httpx.post(
        f"{service.url}/v1/{verb}",
        files={"image": photo},
        headers={"Lookalike-Deadline": str(PATIENCE_S), **headers},
        timeout=PATIENCE_S + 5,
    )
    reply.raise_for_status()


def over_nats(
    service: LocalService, photo: bytes, headers: Mapping[str, str], verb: str = "recommend"
) -> None:
    async def ask() -> None:
        assert service.nats is not None
        asked = {"Lookalike-Deadline": str(PATIENCE_S), **headers}
        async with plain_client(service.nats) as client:
            reply = await client.request(
                f"{subjects.PREFIX}.{verb}", photo, timeout=PATIENCE_S + 5, headers=asked
            )
        assert subjects.ERROR_HEADER not in (reply.headers or {}), reply.data

    asyncio.run(ask())


DOORS: Final = {"http": ("gateway", over_http), "nats": ("worker", over_nats)}


@pytest.mark.parametrize("door", DOORS)
def test_a_request_is_one_trace_below_its_callers(
    service: LocalService, collector: Collector, door: str
) -> None:
    process, ask = DOORS[door]
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)
    ask(service, unseen_photo(), {"traceparent": f"00-{trace_id}-{caller}-01"})
    spans = collector.trace(trace_id, len(STAGES) + 1, SOON_S)
    assert {span.process: span.name for span in spans} == {process: "recommend", **STAGES}
    (top,) = [span for span in spans if span.process == process]
    assert top.parent_id == caller
    assert {span.parent_id for span in spans if span is not top} == {top.span_id}


@pytest.mark.parametrize("door", DOORS)
def test_a_request_is_a_line_at_its_door_and_one_of_each_stage_and_nothing_secret(
    service: LocalService, door: str
) -> None:
    process, ask = DOORS[door]
    request_id = secrets.token_hex(8)
    ask(service, unseen_photo(), {"X-Request-Id": request_id, "Authorization": f"Bearer {TOKEN}"})

    def lines() -> list[dict[str, Any]]:
        told = map(json.loads, service.lines_path.read_text().splitlines())
        return [line for line in told if line.get("request_id") == request_id]

    until(lambda: len(lines()) > len(STAGES), "the door's line never came")
    assert Counter(line["process"] for line in lines()) == Counter([process, *STAGES])
    (at_door,) = [line for line in lines() if line["process"] == process]
    assert at_door["logger"] == "lookalike.requests"
    assert (at_door["door"], at_door["operation"], at_door["code"]) == (door, "recommend", "ok")
    assert set(at_door["ms"]) == {"total", "segment", "encode", "top_k"}
    assert {line["code"] for line in lines()} == {"ok"}
    assert TOKEN not in service.lines_path.read_text()


def test_the_page_has_the_documented_metrics_and_no_others_of_ours(service: LocalService) -> None:
    for _, ask in DOORS.values():
        ask(service, unseen_photo(), {})
    documented = {metric.name: metric for metric in documented_metrics()}
    found: dict[str, Metric] = {}

    def all_came() -> bool:
        found.update(families(service))  # a gauge may be between two of its reports
        return documented.keys() <= found.keys()

    until(all_came, "some metric never came")
    own = {name for name in found if name.startswith("ray_lookalike_")}
    assert own == {metric.name for metric in documented.values() if metric.is_own}
    for name, metric in documented.items():
        labels = {label for s in found[name].samples for label in s.labels} - OF_RAY
        assert found[name].type == metric.type, name
        if metric.is_own:
            assert labels == metric.labels, name
        else:
            assert metric.labels <= labels | OF_RAY, name


@pytest.mark.parametrize("door", DOORS)
def test_each_request_is_counted_once_at_its_door_by_its_code(
    service: LocalService, door: str
) -> None:
    _, ask = DOORS[door]
    before = requests(service)
    ask(service, unseen_photo(), {}, "classify")
    ask(service, unseen_photo(), {}, "classify")
    expected = Counter({(door, "classify", "ok"): 2})

    def counted() -> Counter[tuple[str, str, str]]:
        return Counter(
            {key: n for key, n in (requests(service) - before).items() if key[1] == "classify"}
        )

    until(lambda: counted() == expected, f"not counted, or not so: {counted()}")


def test_every_replica_of_a_shard_says_what_it_holds(service: LocalService) -> None:
    ready = httpx.get(f"{service.url}/readyz", timeout=PATIENCE_S).json()
    told: dict[str, Any] = {}

    def all_tell() -> bool:
        page = families(service)  # one for all: a gauge may be missing between two of its reports
        products = samples_of(page, "ray_lookalike_products")
        lags = samples_of(page, "ray_lookalike_catalog_lag_changes")
        models = samples_of(page, "ray_lookalike_model_info")
        told["shards"] = sorted(s.labels["shard"] for s in products)
        told["products"] = sum({s.labels["shard"]: s.value for s in products}.values())
        told["lags"] = {s.value for s in lags}
        told["models"] = {s.labels["model_version"] for s in models}
        return told == {
            "shards": ["0", "0", "1"],
            "products": ready["products"],
            "lags": {0},
            "models": {ready["model_version"]},
        }

    until(all_tell, told)


def test_the_page_is_on_loopback_alone(service: LocalService) -> None:
    bound = listening(service.processes())
    assert {one.ip for one in bound if one.port == service.metrics_port} == {"127.0.0.1"}


def families(service: LocalService) -> dict[str, Metric]:
    """The page, by the names that the document uses: a counter's with `_total`."""
    page = httpx.get(service.metrics_url, timeout=SOON_S).text
    return {
        f"{metric.name}_total" if metric.type == "counter" else metric.name: metric
        for metric in text_string_to_metric_families(page)
    }


def samples(service: LocalService, name: str) -> list[Any]:
    """The samples of one metric, of a new page."""
    return samples_of(families(service), name)


def samples_of(page: dict[str, Metric], name: str) -> list[Any]:
    """The samples of one metric."""
    found = page.get(name)
    return [] if found is None else found.samples


def requests(service: LocalService) -> Counter[tuple[str, str, str]]:
    """How many requests ended, by door, operation and code, over all replicas."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for sample in samples(service, "ray_lookalike_requests_total"):
        labels = sample.labels
        counted[labels["door"], labels["operation"], labels["code"]] += int(sample.value)
    return counted
