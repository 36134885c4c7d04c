"""Whether what was started came to run: a stage that can't start is told, not waited for."""

from __future__ import annotations

import time
from typing import Final

from ray import serve
from ray.serve.schema import ApplicationStatus

from deployments.still_starting import still_starting_line

LOOK_EVERY_S: Final = 1.0


def wait_until_running() -> None:
    """Wait until every application runs, and print what Serve says of stages that don't yet.

    Serve gives up a deployment whose replica has failed three times in its constructor, and waits
    for ever for one that asks for more than the machine has; it says so after half a minute. Its
    own wait for applications, which is private, tells the first and not the second.

    Raises:
        RuntimeError: Serve has given one up.
    """
    told: set[str] = set()
    while True:
        applications = serve.status().applications
        waiting = {
            name: overview
            for name, overview in applications.items()
            if overview.status is not ApplicationStatus.RUNNING
        }
        said = [
            still_starting_line(name, stage, deployment.message)
            for name, overview in waiting.items()
            for stage, deployment in overview.deployments.items()
            if deployment.message
        ]
        for line in said:
            if line not in told:
                print(line, flush=True)
        told.update(said)
        if failed := [
            name
            for name, overview in waiting.items()
            if overview.status is ApplicationStatus.DEPLOY_FAILED
        ]:
            raise RuntimeError(f"can't start: {', '.join(failed)}")
        if not waiting:
            return
        time.sleep(LOOK_EVERY_S)
