"""Durable jobs over NATS, from their caller's side."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError as NoSuchObjectError
from pydantic import ValidationError

from lookalike.client.nats_messages import Headers, check_size, id_payload, params_header
from lookalike.client.nats_object_store import not_stored, put_whole
from lookalike.client.nats_questions import AsksOverNats
from lookalike.contract import schemas, subjects
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ImageTooLargeError,
    NotFoundError,
    OverloadedError,
    UnavailableError,
)
from lookalike.contract.jobs import JobReply, NewJobId, ObjectNames, SubmitReply
from lookalike.contract.validation import bad_request

_LOOK_AGAIN_S: Final = 10.0
"""An end that was published while nobody heard it is asked after, after so long."""
_LOOK_AT_MOST: Final = 200
_ASK_AT_ONCE: Final = 4
_SUBJECTS_AT_MOST: Final = 100
"""Ends of more jobs than that are heard among everybody's."""
_HEARD_AT_MOST: Final = 1_000
_FOR_NOW: Final = (DeadlineError, OverloadedError, UnavailableError)


class _Sent(schemas.Wire):
    """What a submit names, within the service's limits."""

    id: NewJobId
    photos: ObjectNames | None = None


class NatsJobsClient(AsksOverNats):
    """Hands jobs in and hears of their ends; use it as an async context manager.

    Methods raise as those of `SearchClient`. Every job has its id before it is sent, so all of
    them are safe to be asked again, and are where a connection breaks. The deadline is for each
    question, and for each photo that has to be stored first.
    """

    async def submit(
        self,
        photo: bytes,
        params: schemas.RecommendParams | None = None,
        job_id: str | None = None,
    ) -> SubmitReply:
        """Store a search of one photo; it is on disk when this returns.

        `job_id`: up to 48 letters, digits, - and _; none: one is made. The same id again is the
        same job, whatever comes with it. Raises: OverloadedError where the queue, or the store of
        photos above the server's limit, is full; BadRequestError, before anything is sent.
        """
        check_size(photo)
        one = _checked({"id": job_id or uuid.uuid4().hex})
        named = params_header(params) | {subjects.JOB_HEADER: one.id}
        if len(photo) <= await self._room(named):
            return await self._submit(photo, named)
        name = f"{one.id}/photo"
        await self._store({name: photo}, job_id)
        return await self._submit(b"", named | {subjects.PHOTO_HEADER: name})

    async def submit_batch(
        self,
        photos: Mapping[str, bytes],
        params: schemas.RecommendParams | None = None,
        job_id: str | None = None,
    ) -> SubmitReply:
        """Store a search of up to 1,000 photos, by their names; each ends as a job of its own.

        The photo in place n has the id `<batch>.<n>`, and as its `photo` the batch's id, a slash
        and its name: 200 characters at most. Raises: as `submit`.
        """
        batch_id = job_id or uuid.uuid4().hex
        objects = {f"{batch_id}/{name}": photo for name, photo in photos.items()}
        sent = _checked({"id": batch_id, "photos": list(objects)})
        payload, headers = sent.model_dump_json().encode(), params_header(params)
        for photo in photos.values():
            check_size(photo)
        if len(payload) > (room := await self._room(headers)):
            raise BadRequestError(
                f"photos: their names have {len(payload):,} bytes; the NATS server takes {room:,}"
            )
        await self._store(objects, job_id)
        return await self._submit(payload, headers)

    async def job(self, job_id: str) -> JobReply:
        """A job as it stands. Raises: NotFoundError."""
        return await self._about(subjects.JOBS_GET, job_id)

    async def cancel(self, job_id: str) -> JobReply:
        """Call a job off, unless it has ended; as it stands then. Raises: NotFoundError."""
        return await self._about(subjects.JOBS_CANCEL, job_id)

    async def ends(self, job_ids: Collection[str]) -> AsyncIterator[JobReply]:
        """The last word on each of these jobs, as they end, whoever is away in between.

        Raises: NotFoundError for a job that nobody handed in, or whose result has been deleted.
        """
        left = set(job_ids)
        turns = deque(sorted(left))
        connection = await self._questions.link.connection()
        async with _heard(connection, left) as heard:
            breaks = -1
            while left:
                broke = breaks != (breaks := connection.stats["reconnects"])
                looked_at = _next_of(turns, left, len(left) if broke else _LOOK_AT_MOST)
                async for reply in self._ended_of(looked_at):
                    left.discard(reply.id)
                    yield reply
                until = asyncio.get_running_loop().time() + _LOOK_AGAIN_S
                while left and (told := await _next_heard(heard, until)):
                    async for reply in self._ended_by(told, left):
                        left.discard(reply.id)
                        yield reply

    async def _about(self, subject: str, job_id: str) -> JobReply:
        return await self._questions.timed(
            lambda: self._questions.ask(subject, id_payload(job_id), {}, JobReply)
        )

    async def _room(self, headers: Headers) -> int:
        """Bytes that a job's payload may have beside these headers."""
        room = await self._questions.timed(partial(self._questions.room, headers))
        return room - subjects.JOB_ROOM_BYTES

    async def _submit(self, payload: bytes, headers: Headers) -> SubmitReply:
        return await self._questions.timed(
            lambda: self._questions.ask(subjects.JOBS_SUBMIT, payload, headers, SubmitReply)
        )

    async def _store(self, photos: Mapping[str, bytes], job_id: str | None) -> None:
        """Put photos where their job looks for them, unless it is known: it may need none."""
        if job_id:
            with contextlib.suppress(NotFoundError):
                await self.job(job_id)
                return
        for name, photo in photos.items():
            await self._questions.timed(partial(self._store_one, name, photo))

    async def _store_one(self, name: str, photo: bytes) -> None:
        """Put a photo into the store, unless it is there."""
        connection = await self._questions.link.connection()
        try:
            bucket = await connection.jetstream().object_store(subjects.JOB_PHOTO_BUCKET)
            with contextlib.suppress(NoSuchObjectError):
                if (await bucket.get_info(name)).size == len(photo):
                    return
            await put_whole(bucket, name, photo)
        except NatsError as refused:
            no_store = ImageTooLargeError(
                f"the photo has {len(photo):,} bytes; the NATS server takes messages of "
                f"{connection.max_payload:,} bytes and keeps no larger photos of jobs"
            )
            raise not_stored(refused, len(photo), no_store) from None

    async def _ended_by(self, told: JobReply, left: Collection[str]) -> AsyncIterator[JobReply]:
        """Those of these jobs that have ended by what was heard.

        Of a batch that is called off or given up its own end alone is published, and no photo's.
        """
        if told.id in left:
            yield told
        if told.status != "done":
            photos = [job_id for job_id in left if _batch_of(job_id) == told.id]
            async for reply in self._ended_of(photos):
                yield reply

    async def _ended_of(self, job_ids: Sequence[str]) -> AsyncIterator[JobReply]:
        """Those of these jobs that have ended; a service that is away says so of none."""
        for begin in range(0, len(job_ids), _ASK_AT_ONCE):
            asked = (self.job(job_id) for job_id in job_ids[begin : begin + _ASK_AT_ONCE])
            for answer in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(answer, JobReply):
                    if answer.has_ended:
                        yield answer
                elif not isinstance(answer, _FOR_NOW):
                    raise answer


def _checked(sent: dict[str, object]) -> _Sent:
    """What a submit names. Raises: BadRequestError."""
    try:
        return _Sent.model_validate(sent)
    except ValidationError as error:
        raise bad_request(error) from None


def _next_of(turns: deque[str], left: Collection[str], number: int) -> list[str]:
    """The ids whose turn it is, at most `number` of those that are left; they come last again."""
    for _ in range(len(turns)):
        job_id = turns.popleft()
        if job_id in left:
            turns.append(job_id)
    taken = list(islice(turns, number))
    turns.rotate(-len(taken))
    return taken


def _batch_of(job_id: str) -> str | None:
    """The batch that a job is a photo of."""
    batch_id, point, _ = job_id.partition(".")
    return batch_id if point else None


@contextlib.asynccontextmanager
async def _heard(connection: Client, job_ids: Collection[str]) -> AsyncIterator[asyncio.Queue[Msg]]:
    """Ends that are published from now on, of these jobs and their batches or of all."""
    heard: asyncio.Queue[Msg] = asyncio.Queue(_HEARD_AT_MOST)
    named = {*job_ids, *filter(None, map(_batch_of, job_ids))}
    if len(named) > _SUBJECTS_AT_MOST:
        named = {"*.*" if _batch_of(job_id) else "*" for job_id in named}
    subscriptions: list[Subscription] = [
        await connection.subscribe(subjects.job_done(job_id), cb=heard.put) for job_id in named
    ]
    try:
        yield heard
    finally:
        for subscription in subscriptions:
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()


async def _next_heard(heard: asyncio.Queue[Msg], until: float) -> JobReply | None:
    """The next end that is heard, None where there is none until then.

    What can't be read is passed over, be it of a later version or a deleted result: whoever waits
    for that one asks after it.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(until):
            while True:
                message = await heard.get()
                with contextlib.suppress(ValidationError):
                    return JobReply.model_validate_json(message.data)
    return None
