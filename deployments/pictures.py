"""A product picture as the HTTP front door hands it out, piece by piece."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from typing import BinaryIO, Final

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

PIECE_BYTES: Final = 64 * 1024
"""The most that is read ahead of a client that does not read."""


class PictureResponse(StreamingResponse):
    """The rest of an open file, read as the client takes it; closed when answered or given up."""

    def __init__(self, picture: BinaryIO, media_type: str, headers: Mapping[str, str]) -> None:
        length = {"Content-Length": str(os.fstat(picture.fileno()).st_size)}
        super().__init__(_pieces(picture), media_type=media_type, headers={**headers, **length})
        self._picture = picture

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; to HEAD what is told of it alone."""
        with self._picture:
            if scope["method"] == "HEAD":
                self._picture.seek(0, os.SEEK_END)
            await super().__call__(scope, receive, send)


async def _pieces(picture: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(picture.read, PIECE_BYTES):
        yield piece
