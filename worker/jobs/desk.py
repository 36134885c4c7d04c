"""Where jobs are handed in, asked after and called off."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from nats.errors import Error as NatsError

from lookalike.contract.errors import NotFoundError, UnavailableError
from lookalike.contract.jobs import JobReply, SubmitReply
from lookalike.telemetry.origin import current_origin
from worker.jobs.messages import Submission
from worker.jobs.queue import Job
from worker.jobs.storage import JobStorage, storage_answers

_NO_JOB = (
    "there is no such job, or its result has been deleted: they are kept for a week, the last GB"
    " of them at most"
)


class JobDesk:
    """Answers about jobs, over the storage that the worker's connection has at the time.

    Every method raises UnavailableError where the storage does not answer.
    """

    def __init__(self) -> None:
        self._storage: JobStorage | None = None
        self._answered = True
        self._waits = 0

    @property
    def store_answers(self) -> bool:
        """Whether the storage did when `waiting` was last asked for; True where there is none.

        One that tells its length may still take nothing, as on a full disk: while a job waits for
        it to, it does not answer.
        """
        return self._answered and not self._waits

    @contextmanager
    def told_of_an_outage(self) -> Iterator[None]:
        """Around the wait of a job whose end, or the like, the storage did not take."""
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1

    def open(self, storage: JobStorage) -> None:
        """Take up service."""
        self._storage = storage

    async def submit(self, sent: Submission, request_id: str) -> SubmitReply:
        """Store a job; the same id again is the same job, whatever comes with it.

        Raises: OverloadedError where the queue is full, ImageTooLargeError.
        """
        storage = self._open_storage()
        job_id = sent.id or uuid.uuid4().hex
        origin = current_origin()
        job = Job(
            job_id,
            sent.params,
            sent.photo,
            sent.object_name,
            sent.batch,
            traceparent=None if origin is None else origin.traceparent,
        )
        with storage_answers():
            known = await self._known(storage, job_id) if sent.id else None
            new = known is None and await storage.queue.put(job)
            if known is not None and known.has_ended and not job.batch:
                await storage.clear_away(job)  # its photo may have been stored again for nothing
        status = known.status if known else "queued"
        return SubmitReply(request_id=request_id, id=job_id, status=status, new=new)

    async def get(self, job_id: str) -> JobReply:
        """A job as it stands. Raises: NotFoundError."""
        storage = self._open_storage()
        with storage_answers():
            known = await self._known(storage, job_id)
            if known is None:
                known = await storage.records.get(job_id)  # it may have ended in between
        if known is None:
            raise NotFoundError(_NO_JOB)
        return known

    async def cancel(self, job_id: str) -> JobReply:
        """Call a job off, unless it has ended; as it stands then. Raises: NotFoundError.

        A worker that is at it lets it go with its next sign of life. Photos of a batch leave the
        queue as their turn comes.
        """
        storage = self._open_storage()
        known = await self.get(job_id)
        if known.has_ended:
            return known
        batch_id, _, place = job_id.partition(".")
        with storage_answers():
            job = await storage.queue.job(job_id)
            photo = None if job is None else job.object_name
            called_off = JobReply(id=job_id, status="cancelled", photo=photo)
            stands = await storage.settle(called_off)
            if job is not None and not job.batch:
                await storage.clear_away(job)
                await storage.queue.drop(job_id)
            total = await storage.records.batch_size(batch_id) if place else None
            if total is not None:
                await storage.batches.end_if_complete(batch_id, total)
        return stands

    async def waiting(self) -> int | None:
        """How many jobs wait or are at work; None while that can't be told."""
        if self._storage is None:
            return None
        try:
            length = await self._storage.queue.length()
        except NatsError:
            self._answered = False
            return None
        self._answered = True
        return length

    async def _known(self, storage: JobStorage, job_id: str) -> JobReply | None:
        """A job as it stands, None where there is none in sight."""
        ended = await storage.records.get(job_id) or await storage.batches.progress(job_id)
        if ended is not None:
            return ended
        batch_id, _, place = job_id.partition(".")
        if place:
            batch = await storage.records.get(batch_id)
            if batch is not None and batch.status != "done":  # its photos' turn comes no more
                return JobReply(id=job_id, status=batch.status, error=batch.error)
        if not await storage.queue.holds(job_id):
            return None
        delivery = await storage.at_work.delivery(job_id)
        if delivery is None:
            return JobReply(id=job_id, status="queued")
        return JobReply(id=job_id, status="running", deliveries=delivery)

    def _open_storage(self) -> JobStorage:
        if self._storage is None:
            raise UnavailableError(
                "jobs are not taken yet, or not at all: the NATS server needs JetStream"
            )
        return self._storage
