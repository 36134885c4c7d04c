"""Hand the photos of a folder in as jobs, none of them twice."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.jobs.photos import Asking
from cli.jobs.results import ResultsFile
from lookalike.client import JobsClient
from lookalike.contract.errors import (
    BadImageError,
    DeadlineError,
    ImageTooLargeError,
    LookalikeError,
    NotFoundError,
    OverloadedError,
)
from lookalike.contract.schemas import MAX_PHOTO_BYTES

_AT_ONCE: Final = 4
"""Photos in memory and on their way."""
_TRIES: Final = 3
"""Of a photo that is not handed in within the deadline."""
_LATE_IN_A_ROW: Final = 16
"""So many photos one after another are late because of the service, not of their size."""


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
    first_failed: str = ""
    """The first of them, and why."""

    def has_failed(self, photo: Path, reason: str) -> None:
        """Count one that has failed."""
        self.failed += 1
        self.first_failed = self.first_failed or f"{photo}: {reason}"


@dataclass(slots=True)
class HandingIn:
    """Hands in over one client; `step` is called after each photo, `tell` with what to know."""

    client: JobsClient
    asking: Asking
    results: ResultsFile
    step: Callable[[], None]
    tell: Callable[[str], None]
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    _late_in_a_row: int = 0
    _told_of_waiting: bool = False

    async def hand_in(self, photos: Sequence[Path]) -> HandedIn:
        """All of them.

        Raises: LookalikeError when the service can't be reached, or is late for one photo after
            another; the next run goes on from there. OSError when the results can't be written.
        """
        done, left = HandedIn(), iter(photos)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(self._some(left, done))
        except* (LookalikeError, OSError, ValueError) as problems:
            raise problems.exceptions[0] from None
        return done

    async def _some(self, left: Iterator[Path], done: HandedIn) -> None:
        for photo in left:
            try:
                await self._one(photo, done)
            except (ImageTooLargeError, BadImageError, DeadlineError) as error:
                done.has_failed(photo, error.message)
                self.results.add_failure(photo, error)
                if self._late_in_a_row >= _LATE_IN_A_ROW:
                    raise
            self.step()

    async def _one(self, photo: Path, done: HandedIn) -> None:
        content = await asyncio.to_thread(_read, photo)
        job_id = self.asking.job_id(content)
        if self.results.has_answered(photo, job_id):
            done.held += 1
            return
        if (reason := self.results.failure(photo, job_id)) is not None:
            done.held += 1
            done.has_failed(photo, reason)
            return
        if job_id in done.photos or not await self._is_new(content, job_id):
            done.known += 1
        else:
            done.new += 1
        done.photos[job_id].append(photo)

    async def _is_new(self, content: bytes, job_id: str) -> bool:
        """Whether this run has handed it in. Raises: DeadlineError after some tries."""
        sent = False
        for _ in range(_TRIES):
            try:
                # What came before a restart, or after the deadline, is not sent again.
                if not await self._is_known(job_id):
                    sent = True
                    await self._with_patience(
                        lambda: self.client.submit(content, self.asking.params, job_id)
                    )
            except DeadlineError as error:
                late = error
            else:
                self._late_in_a_row = 0
                return sent
        self._late_in_a_row += 1
        raise late

    async def _is_known(self, job_id: str) -> bool:
        try:
            await self._with_patience(lambda: self.client.job(job_id))
        except NotFoundError:
            return False
        return True

    async def _with_patience(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Ask for as long as the service has no room: the workers make some."""
        while True:
            try:
                await ask()
            except OverloadedError as error:
                if not self._told_of_waiting:
                    self._told_of_waiting = True
                    self.tell(f"Waiting for room: {error.message}")
                await self.wait(error.retry_after_s)
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
