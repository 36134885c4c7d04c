"""When OpenTelemetry's own variables turn traces on."""

from __future__ import annotations

import pytest

from deployments.errors import ServiceError
from deployments.tracing import is_traced

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environment", "traced"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", **ENDPOINT}, False),
        ({"OTEL_SDK_DISABLED": "true", **ENDPOINT}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_SERVICE_NAME": "shop"}, False),
    ],
)
def test_an_endpoint_or_an_exporter_turns_traces_on(
    environment: dict[str, str], traced: bool
) -> None:
    assert is_traced(environment) is traced


def test_an_exporter_that_is_not_there_is_refused() -> None:
    with pytest.raises(ServiceError, match="zipkin"):
        is_traced({"OTEL_TRACES_EXPORTER": "zipkin"})
