"""Where the NATS server of a door listens: what is not known counts as "others may reach it"."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from deployments.nats_server import listens_on
from lookalike.contract.subjects import without_login
from worker.settings import NatsArgs

UNKNOWN: Final = ""
_ASK_AGAIN_S: Final = 0.25
_log = logging.getLogger(__name__)


def listening_host(args: NatsArgs) -> str:
    """The host as settings tell it, else as the server does; UNKNOWN where neither says.

    Raises: ConnectionRefusedError where no server is there to be asked.
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
