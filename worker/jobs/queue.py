"""The work queue: a job is one message on a subject of its own until it is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar
from urllib.parse import quote, unquote

from nats.js import JetStreamContext
from nats.js.api import Header
from nats.js.errors import APIError, NotFoundError
from pydantic import Field, TypeAdapter

from lookalike.client.nats_reader import UNREADABLE_HEADER
from lookalike.contract.errors import ImageTooLargeError, OverloadedError
from lookalike.contract.jobs import MAX_BATCH, JobId, ObjectName, ObjectNames
from lookalike.contract.schemas import RecommendParams
from lookalike.contract.subjects import JOB_ROOM_BYTES, PARAMS_HEADER, PHOTO_HEADER
from worker.jobs.streams import QUEUE_PREFIX, QUEUE_STREAM, wrong_last_sequence

T = TypeVar("T")

_SIZE_HEADER: Final = "Lookalike-Batch-Size"
_FORM_HEADER: Final = "Lookalike-Form"
_TRACE_HEADER: Final = "traceparent"
_BATCH: Final = "batch"
_ID: Final[TypeAdapter[str]] = TypeAdapter(JobId)
_OBJECT: Final[TypeAdapter[str]] = TypeAdapter(ObjectName)
_OBJECTS: Final[TypeAdapter[list[str]]] = TypeAdapter(ObjectNames)
_SIZE: Final[TypeAdapter[int]] = TypeAdapter(Annotated[int, Field(ge=0, le=MAX_BATCH)])
_QUEUE_FULL: Final = 10077
"""Source: nats-server, JSStreamStoreFailedF: "maximum bytes exceeded"."""


@dataclass(frozen=True, slots=True)
class Job:
    """A photo, the name of an object that holds one, or the names of a batch's objects."""

    id: str
    params: RecommendParams
    photo: bytes = b""
    object_name: str | None = None
    batch: tuple[str, ...] = ()
    batch_size: int = 0
    """Of the batch that it is a photo of."""
    traceparent: str | None = None
    """Of the request that handed it in; None where that is not traced."""

    @property
    def batch_id(self) -> str | None:
        """The batch that it is a photo of."""
        batch, point, _ = self.id.partition(".")
        return batch if point else None

    @property
    def own_object(self) -> str | None:
        """The object that is of no use after it: named by its id, or its batch's, and a slash."""
        mine = (self.object_name or "").startswith(f"{self.batch_id or self.id}/")
        return self.object_name if mine else None

    def part(self, place: int) -> Job:
        """One photo of a batch, as a job of its own."""
        return Job(
            id=f"{self.id}.{place}",
            params=self.params,
            object_name=self.batch[place],
            batch_size=len(self.batch),
            traceparent=self.traceparent,
        )

    def to_message(self) -> tuple[bytes, dict[str, str]]:
        """Payload and headers."""
        headers = {PARAMS_HEADER: self.params.model_dump_json(exclude_unset=True)}
        if self.traceparent is not None:
            headers[_TRACE_HEADER] = self.traceparent
        if self.batch:
            return json.dumps(self.batch).encode(), headers | {_FORM_HEADER: _BATCH}
        if self.object_name is not None:
            headers[PHOTO_HEADER] = quote(self.object_name)
        if self.batch_size:
            headers[_SIZE_HEADER] = str(self.batch_size)
        return self.photo, headers

    @classmethod
    def from_message(cls, subject: str, payload: bytes, headers: Mapping[str, str]) -> Job:
        """What `to_message` wrote. Raises: ValueError for what it never writes."""
        _ID.validate_python(job_id := id_in(subject))
        if UNREADABLE_HEADER in headers:
            raise ValueError("its headers can't be read")
        in_batch = headers.get(_FORM_HEADER) == _BATCH
        named = headers.get(PHOTO_HEADER)
        return cls(
            id=job_id,
            params=RecommendParams.model_validate_json(headers.get(PARAMS_HEADER, "{}")),
            photo=b"" if in_batch else payload,
            object_name=None if named is None else _OBJECT.validate_python(unquote(named)),
            batch=tuple(_OBJECTS.validate_json(payload)) if in_batch else (),
            batch_size=_SIZE.validate_strings(headers.get(_SIZE_HEADER, "0")),
            traceparent=headers.get(_TRACE_HEADER),
        )

    @classmethod
    def unread(cls, subject: str, headers: Mapping[str, str]) -> Job:
        """What an end needs to know of a job that `from_message` can't read.

        `batch_size` is 0 where the message does not say it. Its parameters are not its own.
        """
        named = headers.get(PHOTO_HEADER)
        return cls(
            id=id_in(subject),
            params=RecommendParams(),
            object_name=None if named is None else _or_none(_OBJECT, unquote(named)),
            batch_size=_or_none(_SIZE, headers.get(_SIZE_HEADER, "0")) or 0,
        )


def id_in(subject: str) -> str:
    """The job's id in the subject of its message."""
    return subject.removeprefix(f"{QUEUE_PREFIX}.")


def is_job_id(named: str) -> bool:
    """Whether a job can have that id: others send to the queue under whatever name they like."""
    try:
        _ID.validate_python(named)
    except ValueError:
        return False
    return True


def _or_none(what: TypeAdapter[T], written: str) -> T | None:
    try:
        return what.validate_strings(written)
    except ValueError:
        return None


class Queue:
    """Jobs that wait, and those that workers are at; every method raises nats.errors.Error."""

    def __init__(self, jetstream: JetStreamContext, max_payload: int) -> None:
        self._jetstream = jetstream
        self._max_payload = max_payload

    async def put(self, job: Job) -> bool:
        """Store a job; False where it is in the queue already.

        Raises: OverloadedError where the queue is full, ImageTooLargeError.
        """
        payload, headers = job.to_message()
        taken = len(payload) + sum(len(n) + len(v.encode()) for n, v in headers.items())
        if taken > self._max_payload - JOB_ROOM_BYTES:  # more would end the connection
            raise ImageTooLargeError(
                f"photo and parameters have {taken:,} bytes; over NATS a job takes "
                f"{self._max_payload - JOB_ROOM_BYTES:,}, and larger photos by an object's name"
            )
        # Not of the queue's duplicate window alone: that ends after two minutes and is forgotten
        # for jobs that have left the queue.
        headers |= {Header.MSG_ID: job.id, Header.EXPECTED_LAST_SUBJECT_SEQUENCE: "0"}
        try:
            acknowledged = await self._jetstream.publish(
                f"{QUEUE_PREFIX}.{job.id}", payload, stream=QUEUE_STREAM, headers=headers
            )
        except APIError as refused:
            if wrong_last_sequence(refused):
                return False
            if refused.err_code == _QUEUE_FULL:
                raise OverloadedError("the queue of jobs is full; try again later") from None
            raise
        return not acknowledged.duplicate

    async def length(self) -> int:
        """How many wait or are at work; a batch is one until it is spread."""
        return (await self._jetstream.stream_info(QUEUE_STREAM)).state.messages

    async def holds(self, job_id: str) -> bool:
        """Whether a job waits or is at work, be it in its batch that is not spread yet."""
        in_batch = await self._in_batch(job_id)  # first: what has left it since is by itself
        return bool(await self._subjects(job_id)) or in_batch is not None

    async def job(self, job_id: str) -> Job | None:
        """A job of which `holds` is true, None where it is not or this version can't read it."""
        in_batch = await self._in_batch(job_id)
        return await self._read(job_id) or in_batch

    async def places(self, batch_id: str) -> set[int]:
        """The places in a batch of the photos that wait or are at work."""
        subjects = await self._subjects(f"{batch_id}.*")
        places = (subject.rpartition(".")[2] for subject in subjects)
        return {int(place) for place in places if place.isdecimal()}

    async def drop(self, job_id: str) -> None:
        """Take a job out."""
        await self._jetstream.purge_stream(QUEUE_STREAM, subject=f"{QUEUE_PREFIX}.{job_id}")

    async def _in_batch(self, job_id: str) -> Job | None:
        """A photo of a batch that is not spread yet."""
        batch_id, _, place = job_id.partition(".")
        batch = await self._read(batch_id) if place else None
        if batch is None or int(place) >= len(batch.batch):
            return None
        part = batch.part(int(place))
        return part if part.id == job_id else None

    async def _read(self, job_id: str) -> Job | None:
        subject = f"{QUEUE_PREFIX}.{job_id}"
        try:
            message = await self._jetstream.get_last_msg(QUEUE_STREAM, subject)
            return Job.from_message(subject, message.data or b"", message.headers or {})
        except (NotFoundError, ValueError):
            return None

    async def _subjects(self, under: str) -> set[str]:
        info = await self._jetstream.stream_info(
            QUEUE_STREAM, subjects_filter=f"{QUEUE_PREFIX}.{under}"
        )
        return set(info.state.subjects or {})
