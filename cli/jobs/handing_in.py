"""Hand the photos of a folder in as jobs, none of them twice."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.jobs.photos import Asking
from cli.jobs.results import ResultsFile
from lookalike.client import JobsClient
from lookalike.contract.errors import (
    BadImageError,
    ImageTooLargeError,
    LookalikeError,
    NotFoundError,
    OverloadedError,
)
from lookalike.contract.schemas import MAX_PHOTO_BYTES

_AT_ONCE: Final = 4
"""Photos in memory and on their way."""
_FULL_S: Final = 1.0


@dataclass(slots=True)
class HandedIn:
    """Jobs by their ids, each with the photos that it answers: equal files are one job."""

    photos: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    new: int = 0
    known: int = 0
    """Photos whose jobs were there: an earlier run's, or those of equal files."""
    held: int = 0
    """Photos that the file of results has already."""
    failed: int = 0
    """Photos that have no answer and will not get one in this run."""


@dataclass(frozen=True, slots=True)
class HandingIn:
    """Hands in over one client; `step` is called after each photo."""

    client: JobsClient
    asking: Asking
    results: ResultsFile
    step: Callable[[], None]

    async def hand_in(self, photos: Sequence[Path]) -> HandedIn:
        """All of them. Raises: LookalikeError when the service can't be reached; the next run
        goes on from there.
        """
        done, left = HandedIn(), iter(photos)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(self._some(left, done))
        except* LookalikeError as problems:
            raise problems.exceptions[0] from None
        return done

    async def _some(self, left: Iterator[Path], done: HandedIn) -> None:
        for photo in left:
            try:
                await self._one(photo, done)
            except (ImageTooLargeError, BadImageError) as error:
                done.failed += 1
                self.results.add_failure(photo, error)
            self.step()

    async def _one(self, photo: Path, done: HandedIn) -> None:
        content = await asyncio.to_thread(_read, photo)
        job_id = self.asking.job_id(content)
        if self.results.has_answered(photo, job_id):
            done.held += 1
            return
        if self.results.has_failed(photo, job_id):
            done.held += 1
            done.failed += 1
            return
        if job_id in done.photos or await self._is_known(job_id):
            done.known += 1
        else:
            await self._submit(content, job_id)
            done.new += 1
        done.photos[job_id].append(photo)

    async def _is_known(self, job_id: str) -> bool:
        """A photo that was handed in before a restart is not sent again."""
        while True:
            try:
                await self.client.job(job_id)
            except NotFoundError:
                return False
            except OverloadedError:
                await asyncio.sleep(_FULL_S)
            else:
                return True

    async def _submit(self, content: bytes, job_id: str) -> None:
        while True:
            try:
                await self.client.submit(content, self.asking.params, job_id)
            except OverloadedError:  # the queue is full: the workers make room
                await asyncio.sleep(_FULL_S)
            else:
                return


def _read(photo: Path) -> bytes:
    try:
        with photo.open("rb") as file:
            content = file.read(MAX_PHOTO_BYTES + 1)
    except OSError as error:
        raise BadImageError(f"it can't be read: {error.strerror}") from None
    if len(content) > MAX_PHOTO_BYTES:
        raise ImageTooLargeError(f"it has more than {MAX_PHOTO_BYTES:,} bytes")
    return content
