"""What is done beside the interface; each ends in the one message that tells how it went."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lookalike.contract.errors import LookalikeError
from tui.connection import Connection
from tui.messages import (
    Answered,
    Failed,
    PhotoLoaded,
    PhotoRefused,
    Suggested,
    SuggestionsFailed,
)
from tui.search.crop_box import Box, of_reply
from tui.search.photo import Photo
from tui.search.question import Question, ask


async def load(path: Path, box: Box | None) -> PhotoLoaded | PhotoRefused:
    """Read and decode a photo."""
    try:
        photo = await asyncio.to_thread(_load, path)
    except (OSError, LookalikeError) as error:
        return PhotoRefused(path, error)
    except ValueError as error:  # a name that can't be one, with a NUL byte in it
        return PhotoRefused(path, OSError(str(error)))
    return PhotoLoaded(photo, box)


async def suggest(connection: Connection, photo: Photo) -> Suggested | SuggestionsFailed:
    """Ask the service for boxes around garments."""
    try:
        client = await connection.search()
        reply = await client.crops(photo.content)
    except LookalikeError as error:
        return SuggestionsFailed(photo, error)
    return Suggested(photo, [of_reply(box) for box in reply.crops])


async def search(connection: Connection, question: Question) -> Answered | Failed:
    """Ask the service what looks like it."""
    try:
        return Answered(question, await ask(await connection.search(), question))
    except LookalikeError as error:
        return Failed(question, error)


def _load(path: Path) -> Photo:
    """The photo, by a path that holds wherever it is asked from: the working folder may go."""
    from tui.search.photo_file import load_photo

    return load_photo(path.absolute())
