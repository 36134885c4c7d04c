"""The service that is asked, over HTTP or NATS."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.options import Options

if TYPE_CHECKING:
    from lookalike.client import SearchClient
    from lookalike.client.pictures import PictureClient


@dataclass(frozen=True, slots=True)
class Clients:
    """One for searches, one for pictures."""

    search: SearchClient
    pictures: PictureClient


class Connection:
    """Clients for the addresses given, made when one is needed first."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._clients: Clients | None = None
        self._making = asyncio.Lock()
        self._open = AsyncExitStack()

    async def search(self) -> SearchClient:
        """The client that searches. Raises: UnavailableError."""
        return (await self._made()).search

    async def pictures(self) -> PictureClient:
        """The client that fetches pictures. Raises: UnavailableError."""
        return (await self._made()).pictures

    async def aclose(self) -> None:
        """Close both."""
        await self._open.aclose()

    async def _made(self) -> Clients:
        async with self._making:
            if self._clients is None:
                made = await asyncio.to_thread(clients_for, self._options)
                await self._open.enter_async_context(made.search)
                await self._open.enter_async_context(made.pictures)
                self._clients = made
            return self._clients


def clients_for(options: Options) -> Clients:
    """Clients for the addresses given; nothing is sent yet.

    Raises: UnavailableError for what is no address, UnauthorizedError for what can't be a key.

    Call it on a thread: it loads what speaks to the service, which the first screen does without.
    """
    from lookalike.client import client_for
    from lookalike.client.pictures import PictureClient

    return Clients(
        client_for(options.url, deadline_s=options.deadline_s, api_key=options.api_key),
        PictureClient(options.images_url, deadline_s=options.deadline_s),
    )
