"""Ray's transport settings: everything on loopback, gRPC between replicas, HAProxy at the door.

Ray reads these from the environment of the process that starts it, before any configuration
file, which is why they can't stand in `serve_config.yaml`. For the nodes of a cluster:

    eval "$(python -m deployments.transport)"
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

MAX_MESSAGE_BYTES = 32 * 1024 * 1024
"""Largest message between replicas: a photo of 15 MB and its envelope, with room."""

_PROCESS_START = Path(__file__).with_name("process_start")
_WITHOUT_PANDAS = _PROCESS_START / "without_pandas"

METRICS_PORT_VARIABLE = "LOOKALIKE_METRICS_PORT"
"""Environment variable: where Ray serves the metrics of this machine."""


def cluster_env(tuning: Mapping[str, str]) -> dict[str, str]:
    """`transport_env` for every node of a Ray cluster: nodes reach one another, with a token.

    `RAY_AUTH_TOKEN`, one for all nodes, is the caller's to set.
    """
    alone = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"  # forbids a second node
    shared = {name: value for name, value in tuning.items() if name != alone}
    # `lookalike catalog ingest` works on a cluster's nodes, and Ray Data imports pandas.
    path = tuning["PYTHONPATH"].split(os.pathsep)
    with_pandas = os.pathsep.join(part for part in path if part != str(_WITHOUT_PANDAS))
    return shared | {"PYTHONPATH": with_pandas, "RAY_AUTH_MODE": "token"}


def transport_env(
    haproxy_stats_port: int = 8404,
    haproxy_metrics_port: int = 9101,
    fallback_port: int = 8500,
    ingress_ports: range = range(30000, 31001),
    gateway_drain_s: float = 5,
) -> dict[str, str]:
    """Environment variables for the process that starts Ray.

    A gateway that is told to stop takes requests for `gateway_drain_s` more.
    """
    return {
        # Ray takes the machine's outward address unless it believes that it can't form a cluster;
        # this is its own switch for that, and puts every port of Ray's core on 127.0.0.1.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray runs its workers at nice 15; these serve shoppers.
        "RAY_worker_niceness": "0",
        # Threads of two replicas share a core: one that waits must sleep, not spin.
        "OMP_WAIT_POLICY": "passive",
        # A photo's bytes go back to the system when it is answered. By default glibc, having seen a
        # few photos, keeps up to 64 MB a thread for the next ones: 200 MB in the gateway alone.
        # Once the first limit is set, it would give back all free memory above 128 KB as well, and
        # take it again page by page for the next request's smaller blocks.
        "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
        "MALLOC_TRIM_THRESHOLD_": str(16 * 1024 * 1024),
        # What every process has before all else. pandas is not there: Ray Serve imports it for a
        # reply that is a data frame, 67 MB and 0.4 s of processor time in each of ten processes.
        # The garbage collector rests while modules are imported (deployments/collector.py).
        "PYTHONPATH": os.pathsep.join(
            [
                str(_WITHOUT_PANDAS),
                str(_PROCESS_START),
                *filter(None, [os.environ.get("PYTHONPATH")]),
            ]
        ),
        # gRPC instead of actor calls between replicas, one event loop a replica, HAProxy for
        # Serve's Python proxy: docs/decisions.md has what each brings.
        "RAY_SERVE_USE_GRPC_BY_DEFAULT": "1",
        "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
        # What Serve does all the time, asked or not: its controller looks at all replicas ten times
        # a second, and each replica and handle sets its figures as often. docs/performance.md has
        # what rarer looks save (benchmarks/idle.py).
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",
        "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "1000",
        "RAY_SERVE_REPLICA_GRPC_MAX_MESSAGE_LENGTH": str(MAX_MESSAGE_BYTES),
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(Path(sys.executable).with_name("lookalike-haproxy")),
        # One thread forwards thousands of requests a second; its own metrics would have a Python
        # process read a log line a request.
        "RAY_SERVE_HAPROXY_NBTHREAD": "1",
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        # A client that neither sends nor takes what it has begun is let go after that; Ray's own is
        # an hour. One that waits for its answer may be silent as long as its deadline has it.
        "RAY_SERVE_HAPROXY_TIMEOUT_CLIENT_S": "75",
        "RAY_SERVE_HAPROXY_STATS_PORT": str(haproxy_stats_port),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(haproxy_metrics_port),
        # Serve binds these two with SO_REUSEPORT: a second service of this machine on the same
        # ones would be dealt every other request of the first.
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback_port),
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(ingress_ports[0]),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(ingress_ports[-1]),
        # HAProxy hears of a stop a moment after the gateway does. A connection that the gateway
        # closes in that moment costs the client whose request comes over it its answer.
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": str(gateway_drain_s),
    }


def haproxy_files_env(folder: Path) -> dict[str, str]:
    """Environment variables for the process that starts Ray: HAProxy's files are below `folder`.

    Ray's own place for them is one folder of /tmp, the first user's, for all services of a machine.
    A socket's path has 108 characters at most, and Ray's and HAProxy's parts of it are some 80.
    """
    return {
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
    }


if __name__ == "__main__":
    for variable, value in cluster_env(transport_env()).items():
        print(f"export {variable}={shlex.quote(value)}")
