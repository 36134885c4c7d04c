"""Dashboard, alerts and scrape configuration ask for metrics that docs/metrics.md names."""

from __future__ import annotations

import json
import operator
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import promql_parser
import pytest
import yaml
from ray.serve.schema import DeploymentStatus

from cli.up import METRICS_PORT
from deployments.metrics import REQUEST_BUCKETS_S, STAGE_BUCKETS_S
from tests.metrics_document import CHECKOUT, documented_alerts, documented_metrics

DEPLOY = CHECKOUT / "deploy"
DASHBOARD: dict[str, Any] = json.loads(
    (DEPLOY / "grafana" / "lookalike-dashboard.json").read_text()
)
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [
    *((panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]),
    *((rule["alert"], rule["expr"]) for rule in RULES),
]
OF_PROMETHEUS = {"up"}
SCRAPED = {"instance", "job", "le"}
OF_RAY = {"SessionName"}


def selectors(expression: object) -> Iterator[promql_parser.VectorSelector]:
    """Every selector of a parsed query, however deep."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    parts = ("expr", "lhs", "rhs", "vector_selector", "param")
    for part in (getattr(expression, name, None) for name in parts):
        if part is not None:
            yield from selectors(part)
    for argument in getattr(expression, "args", []):
        yield from selectors(argument)


def groupings(expression: object) -> Iterator[tuple[set[str], object]]:
    """The labels of every `by` in a parsed query, however deep, and what is grouped."""
    if isinstance(expression, promql_parser.AggregateExpr) and expression.modifier is not None:
        yield set(expression.modifier.labels), expression.expr
    for part in (getattr(expression, name, None) for name in ("expr", "lhs", "rhs")):
        if part is not None:
            yield from groupings(part)
    for argument in getattr(expression, "args", []):
        yield from groupings(argument)


def holds(expression: object, value: float) -> bool:
    """Whether a chain of comparisons of one figure with numbers lets `value` through."""
    if not isinstance(expression, promql_parser.BinaryExpr):
        return True
    compare = {"<": operator.lt, ">=": operator.ge}[str(expression.op)]
    assert isinstance(expression.rhs, promql_parser.NumberLiteral)
    return holds(expression.lhs, value) and compare(value, expression.rhs.val)


def parsed(query: str) -> object:
    """A query as Prometheus reads it, with Grafana's variables filled in."""
    return promql_parser.parse(query.replace("$__rate_interval", "1m").replace("$instance", ".*"))


@pytest.mark.parametrize(("where", "query"), EXPRESSIONS)
def test_a_query_names_metrics_and_labels_that_are_documented(where: str, query: str) -> None:
    by_sample = {sample: metric for metric in documented_metrics() for sample in metric.samples}
    found = list(selectors(parsed(query)))
    assert found, f"{where}: {query}"
    for selector in found:
        if selector.name in OF_PROMETHEUS:
            continue
        assert selector.name in by_sample, f"{where}: {selector.name}"
        named = {matcher.name for matcher in selector.matchers.matchers} - SCRAPED
        assert named <= by_sample[selector.name].labels, f"{where}: {named}"


@pytest.mark.parametrize(("where", "query"), EXPRESSIONS)
def test_a_query_groups_by_labels_that_its_metrics_have(where: str, query: str) -> None:
    by_sample = {sample: metric for metric in documented_metrics() for sample in metric.samples}
    for labels, grouped in groupings(parsed(query)):
        for selector in selectors(grouped):
            assert selector.name in by_sample, f"{where}: {selector.name}"
            known = by_sample[selector.name].labels | SCRAPED | OF_RAY
            assert labels <= known, f"{where}: {labels} of {selector.name}"


def test_what_a_deployment_is_in_wakes_somebody_warns_or_does_neither() -> None:
    told = {
        status.name: [
            (rule["labels"]["severity"], rule["for"])
            for rule in RULES
            if rule["alert"] in ("LookalikeStageUnhealthy", "LookalikeStageChanges")
            and holds(parsed(rule["expr"]), status.to_numeric())
        ]
        for status in DeploymentStatus
    }
    waking, warning = [("critical", "1m")], [("warning", "15m")]
    assert told == {
        "DEPLOY_FAILED": waking,
        "UNHEALTHY": waking,
        "UPDATING": warning,
        "UPSCALING": warning,
        "DOWNSCALING": warning,
        "HEALTHY": [],
    }


def test_every_own_metric_is_on_the_dashboard() -> None:
    shown = {s.name for _, query in EXPRESSIONS for s in selectors(parsed(query))}
    assert [m.name for m in documented_metrics() if not m.samples & shown] == []


def test_the_alerts_are_those_that_the_document_explains() -> None:
    assert [rule["alert"] for rule in RULES] == documented_alerts()


def test_panels_ask_the_chosen_data_source_and_do_not_lie_on_each_other() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not own & cells, panel["title"]
        cells |= own
    sources = {t["datasource"]["uid"] for panel in PANELS for t in panel["targets"]}
    assert sources == {"${datasource}"}
    variables = {variable["name"]: variable["type"] for variable in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource": "datasource", "instance": "query"}
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_scrapes_the_port_that_lookalike_up_opens() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"127.0.0.1:{METRICS_PORT}"]}]
    assert [DEPLOY / name for name in config["rule_files"]] == [DEPLOY / "prometheus-rules.yml"]


@pytest.mark.parametrize("buckets", [REQUEST_BUCKETS_S, STAGE_BUCKETS_S])
def test_no_bucket_from_10_ms_to_10_s_ends_at_over_2_5_times_its_beginning(
    buckets: list[float],
) -> None:
    """A quantile is right to its bucket."""
    assert buckets == sorted(set(buckets))
    steps = [b / a for a, b in pairwise(buckets) if 0.01 <= a < 10]
    assert max(steps) <= 2.5
