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
from ray.serve.scripts import cli

from deployments.parent import end_with_parent
from deployments.transport import METRICS_PORT_VARIABLE

_OBJECT_STORE_BYTES = 100_000_000
"""Photos and cutouts travel by gRPC; the object store is all but unused."""


def main() -> None:
    """Start Ray here, then run Serve on the configuration file that the command line names."""
    end_with_parent(signal.SIGTERM)
    ray.init(
        "local",  # whatever other Ray runs on this machine
        namespace="serve",
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE_BYTES,
        _metrics_export_port=int(os.environ.get(METRICS_PORT_VARIABLE, "0")) or None,
    )
    cli(["run", *sys.argv[1:]], prog_name="serve")


if __name__ == "__main__":
    main()
