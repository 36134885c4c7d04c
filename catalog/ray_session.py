"""Ray for the length of one bulk run: of this machine's own, or a cluster's."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from lookalike.contract.errors import UnavailableError
from lookalike.processors import usable_processors

_OBJECT_STORE_BYTES: Final = 256 * 1024 * 1024
"""Ray takes 30 % of the memory by default; what lies in it here is ids and finished features."""

_OWN_CLUSTER_ENV: Final = {
    # Ray takes the machine's outward address unless it believes that it can't form a cluster;
    # this is its own switch for that, and puts every port of Ray's core on 127.0.0.1.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
}


@contextmanager
def ray_session(address: str | None = None, cpus: int | None = None) -> Iterator[int]:
    """Ray as long as the context lasts; yields how many processors it has.

    Without an `address` it is started for this process alone, on `cpus` processors (None: all
    that this process may use) and loopback, and every process of it ends with the context; if
    this process is killed, all but two agents of Ray's. With one, that cluster is joined.

    Raises:
        UnavailableError: there is no cluster at `address`.
    """
    if address is None:
        # Read when Ray is imported, and by the processes that it starts.
        os.environ.update({k: v for k, v in _OWN_CLUSTER_ENV.items() if k not in os.environ})
    import ray

    on_terminate = signal.getsignal(signal.SIGTERM)
    try:
        if address is None:
            ray.init(
                "local",
                num_cpus=cpus if cpus is not None else usable_processors(),
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        else:
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError) as error:
        raise UnavailableError(f"There is no Ray cluster at {address}.") from error
    if threading.current_thread() is threading.main_thread():
        # Ray puts its own in place, which ends the process with a stack trace and code -6.
        signal.signal(signal.SIGTERM, on_terminate)
    try:
        yield int(ray.cluster_resources()["CPU"])
    finally:
        ray.shutdown()
