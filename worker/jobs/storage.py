"""What a connection gives access to of the jobs that JetStream keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from nats.aio.client import Client
from nats.errors import Error as NatsError

from lookalike.contract.errors import InternalError, UnavailableError
from lookalike.contract.jobs import JobReply
from lookalike.contract.subjects import JOB_PHOTO_BUCKET, job_done
from worker.jobs.at_work import AtWork
from worker.jobs.batches import Batches
from worker.jobs.dead_letters import DeadLetters
from worker.jobs.queue import Job, Queue
from worker.jobs.records import Records
from worker.jobs.streams import open_streams
from worker.photos import delete_photo, read_photo


@dataclass(frozen=True, slots=True)
class JobStorage:
    """Queue, records, batches, dead letters and who is at what, over one connection."""

    connection: Client
    queue: Queue
    records: Records
    batches: Batches
    dead_letters: DeadLetters
    at_work: AtWork

    async def has_ended(self, job_id: str) -> bool:
        """Whether a job has, or the batch that it is a photo of.

        Raises: nats.errors.Error.
        """
        batch_id, _, place = job_id.partition(".")
        if await self.records.has(job_id):
            return True
        return bool(place) and await self.records.has(batch_id)

    async def settle(self, end: JobReply) -> JobReply:
        """Write how a job ended, unless that is known, and tell it; what stands then.

        Raises: nats.errors.Error.
        """
        stands = await self.records.settle(end)
        await self._tell(stands)
        return stands

    async def tell_again(self, job_id: str) -> None:
        """Tell how a job ended: who wrote that may have died before. Raises: nats.errors.Error."""
        with suppress(InternalError):  # of a later version, whose workers tell it
            end = await self.records.get(job_id)
            if end is not None:
                await self._tell(end)

    async def _tell(self, end: JobReply) -> None:
        """Publish the end of a photo of a batch; any other the server does, as it stores it.

        A stream can republish keys of one length only.
        """
        if "." in end.id:
            await self.connection.publish(job_done(end.id), end.model_dump_json().encode())

    async def photo(self, object_name: str, max_bytes: int) -> bytes:
        """A photo that a job names. Raises: as `read_photo`."""
        return await read_photo(self.connection, object_name, max_bytes, JOB_PHOTO_BUCKET)

    async def clear_away(self, job: Job) -> None:
        """Delete the objects that are its own of a job that has ended; dead letters keep theirs.

        Raises: nats.errors.Error.
        """
        for one in [job.part(place) for place in range(len(job.batch))] or [job]:
            if one.own_object is not None and not await self._is_dead_letter(one):
                await delete_photo(self.connection, one.own_object, JOB_PHOTO_BUCKET)

    async def _is_dead_letter(self, job: Job) -> bool:
        """Whether it is one, or its batch; what can't be read may be."""
        try:
            ends = [await self.records.get(name) for name in (job.id, job.batch_id) if name]
        except InternalError:
            return True
        return any(end is not None and end.dead_letter for end in ends)


async def open_storage(connection: Client, ack_wait_s: float) -> JobStorage:
    """The storage, made where it is not there yet. Raises: nats.errors.Error."""
    jetstream = connection.jetstream()
    await open_streams(jetstream, ack_wait_s)
    queue, records = Queue(jetstream, connection.max_payload), Records(jetstream)
    return JobStorage(
        connection,
        queue,
        records,
        Batches(queue, records),
        DeadLetters(jetstream, connection.max_payload),
        AtWork(jetstream),
    )


@contextmanager
def storage_answers() -> Iterator[None]:
    """Around requests to the storage. Raises: UnavailableError where it does not answer."""
    try:
        yield
    except NatsError:
        raise UnavailableError("the store of jobs does not answer; try again") from None
