"""What `serve run` does, on a Ray of its own without what one machine does not need.

The dashboard would take a dozen processes and half a gigabyte, and its Jobs API runs code for
whoever reaches it. It ends with the process that started it, however that ends: a killed
`lookalike up` leaves no service behind. `deployments.configured` says what is done otherwise.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import ray
import yaml
from ray._private import worker
from ray._private.node import Node

from deployments.parent import end_with_parent
from deployments.transport import METRICS_PORT_VARIABLE

_OBJECT_STORE_BYTES = 100_000_000
"""Photos and cutouts travel by gRPC; the object store is all but unused."""
_LOOK_EVERY_S: Final = 2.0


def main() -> None:
    """Start Ray here, then Serve and the applications of the file that standard input names.

    The id of the process that starts this one is the first argument, modules that the applications
    will want are the others. Ends where standard input closes without a name,
    where a stage can't start, where a process of Ray's own ends, and by a signal.
    """
    end_with_parent(signal.SIGTERM, int(sys.argv[1]))
    _start_no_idle_processes()
    with ThreadPoolExecutor(1) as pool:
        # Ray waits seconds for its own processes, in which there is nothing else to do here.
        imported = pool.submit(_import, sys.argv[2:])
        started = ray.init(
            "local",  # whatever other Ray runs on this machine
            namespace="serve",
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE_BYTES,
            _metrics_export_port=int(os.environ.get(METRICS_PORT_VARIABLE, "0")) or None,
        )
        print(f"What Ray's processes print: {started.address_info['session_dir']}/logs", flush=True)
        start = imported.result()
    stopping = threading.Event()
    threading.Thread(
        target=_end_with_ray, args=[worker._global_node, stopping], daemon=True
    ).start()
    try:
        if config_file := sys.stdin.readline().rstrip("\n"):
            _start_or_exit(start, yaml.safe_load(Path(config_file).read_text()))
            _wait_or_exit()
            while True:
                signal.pause()
    finally:
        stopping.set()


def _import(modules: list[str]) -> Callable[[Mapping[str, Any]], None]:
    """Import the applications' `modules`, and what starts them."""
    from deployments.configured import start

    for module in modules:
        importlib.import_module(module)
    return start


def _start_or_exit(start: Callable[[Mapping[str, Any]], None], config: Mapping[str, Any]) -> None:
    """Start the applications; what says itself what to do needs no traceback."""
    # Imported here: by now this process has them.
    from pydantic import ValidationError

    from deployments.errors import ServiceError, first_problem
    from lookalike.contract.errors import LookalikeError
    from lookalike.vision.weights import WeightsError

    try:
        start(config)
    except (ServiceError, LookalikeError, WeightsError) as error:
        sys.exit(str(error))
    except ValidationError as error:
        sys.exit(f"The configuration does not fit: {first_problem(error)}")


def _wait_or_exit() -> None:
    # Imported here: by now this process has Ray Serve.
    from deployments.started import wait_until_running

    try:
        wait_until_running()
    except RuntimeError as error:
        sys.exit(str(error))


def _end_with_ray(node: Node, stopping: threading.Event) -> None:
    """End this process as soon as one of Ray's own has ended, unless all of it is `stopping`.

    Without its raylet the doors and stages that run go on answering, and nothing takes the place of
    one that ends; without its GCS all of it ends a minute later, whatever is at work.
    """
    while not stopping.wait(_LOOK_EVERY_S):
        ended = ", ".join(name for name, _ in node.dead_processes())
        if ended and not stopping.is_set():
            print(f"a process of Ray's own has ended, and so does the service: {ended}", flush=True)
            # Not in order: Ray's way would wait a minute for a GCS that is gone, and print pages
            # below the reason for a raylet. `LocalService` ends what is left.
            os._exit(1)


def _start_no_idle_processes() -> None:
    """Of Ray's own processes, leave out three that one machine has no use for.

    `ray.init` starts them whatever it is told, and waits for the first: the dashboard's process
    even where there is no dashboard, for usage statistics that are off; the autoscaler's monitor,
    which has no second machine to start; and the one that reads what the other processes print
    ten times a second, to print it here as well. That lies in Ray's log folder anyway, where
    `main` says, and log lines are `lookalike.telemetry`'s.
    """

    def no_api_server(node: Node, **_: object) -> None:
        node._webui_url = None

    Node.start_api_server = no_api_server
    Node.start_monitor = lambda _: None
    Node.start_log_monitor = lambda _: None


if __name__ == "__main__":
    main()
