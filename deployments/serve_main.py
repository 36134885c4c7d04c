"""`serve run`, on a Ray of its own without what one machine does not need.

The dashboard would take a dozen processes and half a gigabyte, and its Jobs API runs code for
whoever reaches it. It ends with the process that started it, however that ends: a killed
`lookalike up` leaves no service behind. Everything else is `serve run` itself.
"""

from __future__ import annotations

import os
import signal
import sys

import ray
from ray._private.node import Node

from deployments.parent import end_with_parent
from deployments.transport import METRICS_PORT_VARIABLE

_OBJECT_STORE_BYTES = 100_000_000
"""Photos and cutouts travel by gRPC; the object store is all but unused."""


def main() -> None:
    """Start Ray here, then run Serve on the configuration file that standard input names.

    Ends where that closes without a name.
    """
    end_with_parent(signal.SIGTERM)
    _start_no_idle_processes()
    ray.init(
        "local",  # whatever other Ray runs on this machine
        namespace="serve",
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE_BYTES,
        _metrics_export_port=int(os.environ.get(METRICS_PORT_VARIABLE, "0")) or None,
    )
    # Imported now: Ray's first workers start meanwhile.
    from ray.serve.scripts import cli

    if config_file := sys.stdin.readline().rstrip("\n"):
        cli(["run", config_file], prog_name="serve")


def _start_no_idle_processes() -> None:
    """Of Ray's own processes, leave out two that one machine has no use for.

    `ray.init` starts both whatever it is told, and waits for the first: the dashboard's process
    even where there is no dashboard, for usage statistics that are off, and the autoscaler's
    monitor, which has no second machine to start: 0.13 GB, 1.3 s of processor time.
    """

    def no_api_server(node: Node, **_: object) -> None:
        node._webui_url = None

    Node.start_api_server = no_api_server
    Node.start_monitor = lambda _: None


if __name__ == "__main__":
    main()
