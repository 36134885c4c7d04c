"""What is said of a service that does not come to run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ray import serve
from ray.serve.schema import ApplicationStatus

from deployments import started

RUNNING, DEPLOYING, FAILED = (
    ApplicationStatus.RUNNING,
    ApplicationStatus.DEPLOYING,
    ApplicationStatus.DEPLOY_FAILED,
)


def status(**applications: tuple[ApplicationStatus, str]) -> Any:
    """What Serve says of applications, each with a deployment `stage` and its message."""
    return SimpleNamespace(
        applications={
            name: SimpleNamespace(
                status=state, deployments={"stage": SimpleNamespace(message=message)}
            )
            for name, (state, message) in applications.items()
        }
    )


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(started, "LOOK_EVERY_S", 0.0)


def test_it_waits_for_all_and_says_each_reason_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = iter(
        [
            status(doors=(DEPLOYING, ""), workers=(DEPLOYING, "no CPU is left")),
            status(doors=(RUNNING, ""), workers=(DEPLOYING, "no CPU is left")),
            status(doors=(RUNNING, "fine"), workers=(RUNNING, "fine")),
        ]
    )
    monkeypatch.setattr(serve, "status", lambda: next(seen))
    started.wait_until_running()
    assert capsys.readouterr().out == "Still starting: workers, stage: no CPU is left\n"
    assert next(seen, None) is None


def test_one_that_serve_gives_up_is_an_error_though_others_still_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = status(doors=(DEPLOYING, ""), workers=(FAILED, "its constructor raised"))
    monkeypatch.setattr(serve, "status", lambda: found)
    with pytest.raises(RuntimeError, match="workers"):
        started.wait_until_running()
    assert capsys.readouterr().out == "Still starting: workers, stage: its constructor raised\n"
