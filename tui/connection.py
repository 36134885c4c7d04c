"""The service that is asked, over HTTP or NATS."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tui.options import Options

if TYPE_CHECKING:
    from lookalike.client import SearchClient
    from lookalike.client.pictures import PictureClient


@dataclass(slots=True)
class Connection:
    """A client for searches and one for pictures, closed together."""

    search: SearchClient
    pictures: PictureClient

    async def entered(self, resources: AsyncExitStack) -> Self:
        """Both, open until `resources` is closed."""
        await resources.enter_async_context(self.search)
        await resources.enter_async_context(self.pictures)
        return self


def connect(options: Options) -> Connection:
    """Clients for the addresses given; nothing is sent yet.

    Raises: ValueError for a wrong address, UnauthorizedError for what can't be a key.

    Call it on a thread: it loads what speaks to the service, which the first screen does without.
    """
    import httpx

    from lookalike.client import client_for
    from lookalike.client.pictures import PictureClient

    if urlsplit(options.url).scheme not in ("http", "https", "nats", "tls"):
        raise ValueError(f"{options.url} is no address of a service")
    try:
        return Connection(
            client_for(options.url, deadline_s=options.deadline_s, api_key=options.api_key),
            PictureClient(options.images_url, deadline_s=options.deadline_s),
        )
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from None
