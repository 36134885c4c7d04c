"""How jobs ended, in the key-value bucket: what is written first stands."""

from __future__ import annotations

from typing import Final

from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from lookalike.contract.errors import InternalError
from lookalike.contract.jobs import JobReply
from worker.jobs.streams import RESULTS_BUCKET, RESULTS_PREFIX, RESULTS_STREAM

_SIZE_KEY: Final = "all"
"""Under a batch's id, beside its photos' places: how many photos it has."""


class Records:
    """The last word on each job, at most one for an id; every method raises nats.errors.Error."""

    def __init__(self, jetstream: JetStreamContext) -> None:
        self._jetstream = jetstream
        self._bucket = KeyValue(
            RESULTS_BUCKET, RESULTS_STREAM, f"{RESULTS_PREFIX}.", jetstream, direct=False
        )

    async def get(self, job_id: str) -> JobReply | None:
        """How a job ended, None where it has not. Raises: InternalError."""
        stored = await self._read(job_id)
        try:
            return None if stored is None else JobReply.model_validate_json(stored)
        except ValidationError:
            raise InternalError("this version can't read how the job ended") from None

    async def has(self, job_id: str) -> bool:
        """Whether a job has ended, be it in a way that this version can't read."""
        return await self._read(job_id) is not None

    async def settle(self, record: JobReply) -> JobReply:
        """Write how a job ended, unless that is known; what stands then."""
        written = await self._create(record.id, record.model_dump_json().encode())
        stands = record if written else await self.get(record.id)
        return stands or record  # it can be gone only where the bucket is full

    async def begin_batch(self, batch_id: str, total: int) -> None:
        """Write down how many photos a batch has."""
        await self._create(f"{batch_id}.{_SIZE_KEY}", str(total).encode())

    async def batch_size(self, batch_id: str) -> int | None:
        """How many photos a batch has, None where it has not begun."""
        stored = await self._read(f"{batch_id}.{_SIZE_KEY}")
        return None if stored is None else int(stored)

    async def finished_places(self, batch_id: str) -> set[int]:
        """The places in a batch of the photos that have ended."""
        under = f"{RESULTS_PREFIX}.{batch_id}."
        info = await self._jetstream.stream_info(RESULTS_STREAM, subjects_filter=f"{under}*")
        places = (subject.removeprefix(under) for subject in info.state.subjects or {})
        return {int(place) for place in places if place.isdecimal()}

    async def _read(self, key: str) -> bytes | None:
        try:
            return (await self._bucket.get(key)).value or b""
        except KeyNotFoundError:
            return None

    async def _create(self, key: str, value: bytes) -> bool:
        try:
            await self._bucket.create(key, value)
        except KeyWrongLastSequenceError:
            return False
        return True
