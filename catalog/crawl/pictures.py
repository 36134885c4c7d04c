"""Product pictures: each fetched once, checked, and kept in the image folder."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor

from scrapy import Request
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from catalog.crawl.downloads import DOWNLOAD_ERRORS, failure_reason
from catalog.crawl.frontier import Frontier, KnownPicture
from catalog.crawl.robots import is_refusal, refusal
from catalog.images import ImageFolder
from catalog.importers.pictures import keep
from lookalike.contract.errors import LookalikeError
from lookalike.vision.images import DEFAULT_LIMITS

Download = Callable[[Request], Awaitable[Response]]


class PictureError(Exception):
    """A picture can't be had; the message goes on from "picture URL …"."""


class PictureFetcher:
    """Fetches pictures by address into the image folder.

    A picture that a former crawl fetched is asked for again by its ETag or date; without either
    it is taken to be the same. One wish for a picture waits for another's answer.
    """

    def __init__(
        self,
        frontier: Frontier,
        images: ImageFolder,
        download: Download,
        pool: Executor,
        robots_troubles: Mapping[str, str],
    ) -> None:
        self._frontier = frontier
        self._images = images
        self._download = download
        self._pool = pool
        self._robots_troubles = robots_troubles
        self._under_way: dict[str, asyncio.Future[str]] = {}
        self.fetched = 0

    async def key_of(self, url: str | None) -> str:
        """The image folder's key of the picture at an address.

        Raises:
            PictureError: there is no address, nothing can be fetched from it, or what comes is no
                picture within the limits.
        """
        if url is None:
            raise PictureError("is not named")
        if (known := self._known(url)) and (known.fresh or not (known.etag or known.last_modified)):
            return known.image_key
        if url not in self._under_way:
            self._under_way[url] = asyncio.ensure_future(self._fetch(url, known))
        try:
            return await asyncio.shield(self._under_way[url])
        finally:
            self._under_way.pop(url, None)

    def _known(self, url: str) -> KnownPicture | None:
        known = self._frontier.picture(url)
        return known if known and known.image_key in self._images else None

    async def _fetch(self, url: str, known: KnownPicture | None) -> str:
        response = await self._answer(url, known)
        etag, last_modified = _header(response, "ETag"), _header(response, "Last-Modified")
        if response.status == 304 and known is not None:
            image_key = known.image_key
            # Many servers say no more than "unchanged": what was known holds on.
            etag, last_modified = etag or known.etag, last_modified or known.last_modified
        elif response.status != 200:
            raise PictureError(f"is answered {response.status}")
        else:
            image_key = await self._keep(response.body)
            self.fetched += 1
        self._frontier.keep_picture(url, image_key, etag, last_modified)
        return image_key

    async def _answer(self, url: str, known: KnownPicture | None) -> Response:
        headers = {"Accept": "image/webp,image/png,image/jpeg,image/*;q=0.8"}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        try:
            request = Request(
                url,
                headers=headers,
                callback=NO_CALLBACK,
                meta={"download_maxsize": DEFAULT_LIMITS.max_bytes},
            )
            return await self._download(request)
        except DOWNLOAD_ERRORS as error:
            refused = refusal(url, self._robots_troubles) if is_refusal(error) else None
            raise PictureError(refused or failure_reason(error)) from None

    async def _keep(self, body: bytes) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._checked, body)

    def _checked(self, body: bytes) -> str:
        try:
            return keep(self._images, body)
        except LookalikeError as error:
            raise PictureError(f"can't be used: {error.message}") from None


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
