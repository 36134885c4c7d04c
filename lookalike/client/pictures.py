"""The pictures that products name, over HTTP."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

import httpx

from lookalike.client.address import checked, is_on_this_machine, leads_somewhere
from lookalike.client.http_connections import http_connections
from lookalike.client.unreachable import what_broke
from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.errors import DeadlineError, NotFoundError, UnavailableError

_MAX_BYTES: Final = 15_000_000


class PictureClient:
    """Fetches product pictures; use it as an async context manager.

    A service that is asked over NATS has an HTTP door for its pictures too.
    """

    def __init__(self, url: str = DEFAULT_URL, *, deadline_s: float = 10.0) -> None:
        """`url` is what relative addresses are relative to. Raises: UnavailableError."""
        self._deadline_s = deadline_s
        self._url = checked(url)
        self._http = {is_on_this_machine(url): http_connections(url)}
        """Of pictures on this machine, and of others: a proxy may be for these."""

    async def picture(self, image_url: str) -> bytes:
        """The encoded picture at a product's `image_url`, relative to the service or absolute.

        Raises: NotFoundError where there is none, or too large a one; DeadlineError,
            UnavailableError.
        """
        if "://" in image_url and not leads_somewhere(image_url):
            raise NotFoundError("the picture's address leads nowhere")
        content = bytearray()
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                self._connections(image_url).stream("GET", image_url) as response,
            ):
                if not response.is_success:
                    raise NotFoundError(f"there is no such picture (status {response.status_code})")
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > _MAX_BYTES:
                        raise NotFoundError(f"the picture is larger than {_MAX_BYTES:,} bytes")
        except TimeoutError:
            raise DeadlineError("the picture did not come in time") from None
        except httpx.InvalidURL:
            raise NotFoundError("the picture's address leads nowhere") from None
        except httpx.RequestError as error:
            raise UnavailableError(f"the picture can't be fetched: {what_broke(error)}") from None
        return bytes(content)

    def _connections(self, image_url: str) -> httpx.AsyncClient:
        """Those that lead there. Raises: UnavailableError, httpx.InvalidURL."""
        absolute = httpx.URL(image_url).is_absolute_url
        here = is_on_this_machine(image_url if absolute else self._url)
        if here not in self._http:
            self._http[here] = http_connections(image_url)
        return self._http[here]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connections in self._http.values():
            await connections.aclose()
