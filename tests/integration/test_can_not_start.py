"""A service whose stage can't start says so, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.errors import ServiceError
from deployments.local_service import LocalService


@pytest.mark.timeout(180)
def test_a_stage_whose_constructor_fails_ends_the_service_with_the_reason(tmp_path: Path) -> None:
    config = {
        "applications": [
            {
                "name": "unwilling",
                "route_prefix": "/",
                "import_path": "tests.integration.unwilling_stages:build",
            }
        ]
    }
    service = LocalService(config, tmp_path / "serve.log", port=0)
    with pytest.raises(ServiceError, match="the weights are of another kind") as raised, service:
        service.wait_ready(150)
    assert "the service ended" in str(raised.value)
    assert any("unwilling, Broken: " in line for line in service.still_starting())
    assert (tmp_path / "serve.yaml").stat().st_mode & 0o777 == 0o600
    assert not service.processes()
