"""Where the NATS server of a door listens: what is not known counts as "others may reach it"."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from deployments.access import is_loopback
from deployments.errors import ServiceError
from deployments.nats_server import listens_on
from deployments.settings import REQUIRE_KEYS, AccessArgs
from lookalike.contract.errors import LookalikeError
from lookalike.contract.subjects import without_login
from worker.http_backend import HttpBackend
from worker.settings import NatsArgs

UNKNOWN: Final = ""
_ASK_AGAIN_S: Final = 0.25
_log = logging.getLogger(__name__)


def listening_host(args: NatsArgs) -> str:
    """The host as settings tell it, else as the server does; UNKNOWN where neither says.

    Raises: ConnectionRefusedError where no server is there to be asked; UnavailableError for no
    address.
    """
    try:
        return args.bound_to or listens_on(args.server)
    except ConnectionRefusedError:
        raise
    except (OSError, ValueError):
        return UNKNOWN


async def listening_host_once_there(args: NatsArgs) -> str:
    """As `listening_host`; a server that nobody has started yet is waited for."""
    told = False
    while True:
        try:
            return await asyncio.to_thread(listening_host, args)
        except ConnectionRefusedError as away:
            if not told:
                _log.info("waiting for NATS at %s: %s", without_login(args.server), away)
            told = True
        await asyncio.sleep(_ASK_AGAIN_S)


async def check_may_hand_on(args: NatsArgs, backend: HttpBackend) -> None:
    """Refuse a door that others reach, to a service elsewhere that lets everybody change it.

    A service that is away is waited for: it might be open.
    Raises: ServiceError that says what to do.
    """
    if AccessArgs().require_keys == "never" or is_loopback(await listening_host_once_there(args)):
        return
    if await _lets_strangers_write(backend):
        raise ServiceError(
            f"others reach the NATS server at {without_login(args.server)}, and the service asks "
            f"nobody for an API key: have it ask ({REQUIRE_KEYS}=always there), or let everybody "
            f"in with {REQUIRE_KEYS}=never here"
        )


async def _lets_strangers_write(backend: HttpBackend) -> bool:
    told = False
    while True:
        try:
            return await backend.lets_strangers_write()
        except LookalikeError as away:
            if not told:
                _log.info("waiting for the service to say whom it asks for keys: %s", away)
            told = True
        await asyncio.sleep(_ASK_AGAIN_S)
