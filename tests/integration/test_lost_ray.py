"""A service that has lost a process of Ray's own ends, instead of going on half dead."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from deployments.errors import ServiceError
from deployments.local_service import LocalService
from tests.integration.processes import title_of

CONFIG = {
    "applications": [
        {
            "name": "plain",
            "route_prefix": "/",
            "import_path": "tests.integration.plain_stage:build",
        }
    ]
}
ENDED_WITHIN_S = 30


def named(service: LocalService, words: str) -> psutil.Process:
    """The one process of the service whose command line has these words."""
    (found,) = [p for p in service.processes() if words in title_of(p)]
    return found


def reason_of_end(service: LocalService) -> str:
    """What is said of its end, for which this waits."""
    give_up_at = time.monotonic() + ENDED_WITHIN_S
    while time.monotonic() < give_up_at:
        try:
            service.check_alive()
        except ServiceError as error:
            return str(error)
    raise AssertionError("it goes on")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("lost", ["raylet", "gcs_server"])
def test_a_service_that_lost_a_process_of_rays_own_ends_with_the_reason(
    lost: str, tmp_path: Path
) -> None:
    with LocalService(CONFIG, tmp_path / "serve.log", port=0) as service:
        assert service.wait_ready(150) == {"status": "ready"}
        service.check_alive()
        named(service, f"/{lost} ").kill()
        assert reason_of_end(service).endswith(f"has ended, and so does the service: {lost}")
    assert not service.processes()
