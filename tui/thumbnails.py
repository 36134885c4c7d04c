"""Product pictures, fetched once each and a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from lookalike.contract.errors import LookalikeError

if TYPE_CHECKING:
    from PIL import Image

    from lookalike.client.pictures import PictureClient

_AT_ONCE: Final = 4
_KEPT: Final = 400
_PICTURE_PX: Final = 480


class Thumbnails:
    """Pictures by their address, at most 480 px long; the ones asked for last are kept."""

    def __init__(self, client: Callable[[], Awaitable[PictureClient]]) -> None:
        """`client` gives the client to fetch with, which may be made late."""
        self._client = client
        self._kept: dict[str, Image.Image] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def kept(self, image_url: str | None) -> Image.Image | None:
        """The picture, if it is there already."""
        return self._kept.get(image_url or "")

    async def fetch(self, image_url: str | None) -> Image.Image | None:
        """The picture; None where there is none, or none that can be shown."""
        if not image_url:
            return None
        if image_url not in self._kept:
            async with self._slots:
                try:
                    content = await (await self._client()).picture(image_url)
                    picture = await asyncio.to_thread(_decoded, content)
                except LookalikeError:
                    return None
            self._kept[image_url] = picture
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[image_url]


def _decoded(content: bytes) -> Image.Image:
    from tui.search.photo_file import upright_rgb

    return upright_rgb(content, _PICTURE_PX)
