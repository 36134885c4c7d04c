"""One delivery of a job: worked at, and then answered, tried again later, or given up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from pydantic import ValidationError

from lookalike.contract.errors import (
    BadCropError,
    BadImageError,
    BadRequestError,
    ImageTooLargeError,
    InternalError,
    LookalikeError,
    NotFoundError,
)
from lookalike.contract.jobs import MAX_DELIVERIES, JobReply
from lookalike.contract.schemas import ErrorBody, RecommendReply
from lookalike.contract.validation import bad_request
from lookalike.telemetry.door import Door
from lookalike.vision.images import ImageLimits
from worker.endpoints import Backend
from worker.jobs.outage import ServiceWatch
from worker.jobs.queue import Job, id_in, is_job_id
from worker.jobs.storage import JobStorage
from worker.jobs.store_outage import StoreOutages
from worker.jobs.streams import open_streams
from worker.jobs.tries import OUR_SIDE, JobTries, store_is_away
from worker.settings import JobArgs

_FOR_GOOD: Final = (
    BadRequestError,
    BadImageError,
    ImageTooLargeError,
    BadCropError,
    NotFoundError,
)
"""What is wrong with a job itself: no try later would end otherwise."""
_SIGNS_OF_LIFE: Final = 3
"""In the time after which a job would go to another worker."""
_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job as it came from the queue, for the `number`th time."""

    message: Msg
    number: int

    @classmethod
    def of(cls, message: Msg) -> Delivery:
        """What the server says of a message."""
        return cls(message, message.metadata.num_delivered)


class JobWorker:
    """Works at deliveries, any number at once; each is acknowledged after its answer is stored.

    A worker that dies before that, wherever, leaves the job to another one: every step is done
    once or may be done twice.
    """

    def __init__(
        self,
        args: JobArgs,
        backend: Callable[[float], Backend],
        service: ServiceWatch,
        limits: ImageLimits,
        door: Door,
        outages: StoreOutages,
    ) -> None:
        """`door` is told of each try, under the job's id."""
        self._args = args
        self._outages = outages
        self._tries = JobTries(args.deadline_s, backend, service, door)
        self._limits = limits

    async def work(self, storage: JobStorage, message: Msg) -> LookalikeError | None:
        """Bring one delivery to its end; what made it fail for now, None where nothing did.

        When it is cancelled, the job goes back to the queue.
        """
        delivery = Delivery.of(message)
        try:
            problem = await self._end_unless_ended(storage, delivery)
        except asyncio.CancelledError:
            with suppress(NatsError):
                await message.nak()
            raise
        except LookalikeError as error:
            problem = error
        except NatsError as error:
            problem = store_is_away(error)
        except Exception:  # one job must not end the worker: it is given up after its tries
            _log.exception("%s, delivery %d failed", message.subject, delivery.number)
            problem = InternalError(OUR_SIDE)
        with suppress(NatsError):  # what is not acknowledged is delivered again
            if problem is None:
                await message.ack()
            else:
                _log.warning("%s, delivery %d: %s", message.subject, delivery.number, problem)
                await message.nak(self._wait_after(delivery.number))
        return problem

    async def _end_unless_ended(
        self, storage: JobStorage, delivery: Delivery
    ) -> LookalikeError | None:
        """As `_end`, which is broken off where the job is called off, or ended elsewhere."""
        if not is_job_id(id_in(delivery.message.subject)):  # nobody can ask after it
            return await self._end(storage, delivery)
        try:
            async with (
                asyncio.timeout(None) as until_ended,
                self._alive(storage, delivery, until_ended),
            ):
                return await self._end(storage, delivery)
        except TimeoutError:
            if not until_ended.expired():
                raise
        return await self._end(storage, delivery)  # finds that it has ended

    async def _end(self, storage: JobStorage, delivery: Delivery) -> LookalikeError | None:
        """Store how the job ended; the problem where it is to be tried again."""
        message = delivery.message
        try:
            job = Job.from_message(message.subject, message.data, message.headers or {})
        except ValueError as error:  # of another version, or not ours at all
            await self._end_unread(storage, delivery, _unread(error))
            return None
        if await self._has_ended(storage, job):
            return None
        if delivery.number > MAX_DELIVERIES:
            died = InternalError(f"{MAX_DELIVERIES} tries ended without an answer")
            await self._give_up(storage, job, delivery, died)
            return None
        try:
            if job.batch:
                await self._stored(storage, job, lambda: storage.batches.spread(job))
            else:
                reply = await self._tries.answer(job, partial(self._photo, storage, job))
                await self._settle(storage, job, _done(job, delivery, reply))
        except _FOR_GOOD as error:
            await self._settle(storage, job, _failed(job, delivery, error))
        except LookalikeError as error:
            if delivery.number < MAX_DELIVERIES:
                return error
            await self._give_up(storage, job, delivery, error)
        return None

    async def _end_unread(
        self, storage: JobStorage, delivery: Delivery, error: BadRequestError
    ) -> None:
        """Give up what can't be read; who handed in a job, or waits for its batch, is answered."""
        message = delivery.message
        job = Job.unread(message.subject, message.headers or {})
        if not is_job_id(job.id):  # nobody can ask after it
            await storage.dead_letters.bury(job.id, message, error, delivery.number)
        elif not await self._has_ended(storage, job):
            await self._give_up(storage, job, delivery, error)

    async def _has_ended(self, storage: JobStorage, job: Job) -> bool:
        if not await self._stored(storage, job, lambda: storage.has_ended(job.id)):
            return False
        await storage.tell_again(job.id)
        await self._after_end(storage, job)  # who wrote that may have died before
        return True

    async def _give_up(
        self, storage: JobStorage, job: Job, delivery: Delivery, error: LookalikeError
    ) -> None:
        tries = min(delivery.number, MAX_DELIVERIES)
        _log.error("%s is given up after %d deliveries: %s", job.id, tries, error)
        await self._stored(
            storage,
            job,
            lambda: storage.dead_letters.bury(job.id, delivery.message, error, tries),
        )
        failed = _failed(job, delivery, error)
        dead = failed.model_copy(update={"dead_letter": True, "deliveries": tries})
        await self._settle(storage, job, dead)

    async def _settle(self, storage: JobStorage, job: Job, record: JobReply) -> None:
        try:
            await self._stored(storage, job, lambda: storage.settle(record))
        except MaxPayloadError:
            error = InternalError("the result is above the server's payload limit")
            failed = ErrorBody(code=error.code, message=error.message, request_id=job.id)
            end = JobReply(id=job.id, status="failed", photo=job.object_name, error=failed)
            await self._stored(storage, job, lambda: storage.settle(end))
        await self._after_end(storage, job)

    async def _photo(self, storage: JobStorage, job: Job) -> bytes:
        name = job.object_name
        if name is None:
            return job.photo
        return await self._stored(storage, job, lambda: storage.photo(name, self._limits.max_bytes))

    async def _stored(self, storage: JobStorage, job: Job, step: Callable[[], Awaitable[T]]) -> T:
        """A step of the storage's, however long that is away: it costs a job no delivery."""
        jetstream = storage.connection.jetstream()
        mend = partial(open_streams, jetstream, self._args.ack_wait_s, again=True)
        return await self._outages.once_it_answers(job.id, step, mend)

    async def _after_end(self, storage: JobStorage, job: Job) -> None:
        if job.batch_id and job.batch_size:
            await storage.batches.end_if_complete(job.batch_id, job.batch_size)
        await storage.clear_away(job)

    @asynccontextmanager
    async def _alive(
        self, storage: JobStorage, delivery: Delivery, until_ended: asyncio.Timeout
    ) -> AsyncIterator[None]:
        """Tell again and again that the job is at work: the server, and whoever asks after it.

        `until_ended` is over as soon as the job is seen to have ended, by whomever.
        """
        message, job_id = delivery.message, id_in(delivery.message.subject)
        pause_s = self._args.ack_wait_s / _SIGNS_OF_LIFE

        async def tell() -> None:
            while True:
                await asyncio.sleep(pause_s)
                with suppress(NatsError):
                    await message.in_progress()
                with suppress(NatsError, LookalikeError, TimeoutError):
                    async with asyncio.timeout(pause_s):  # the next sign of life is not to be late
                        await storage.at_work.note(job_id, delivery.number)
                        ended = await storage.has_ended(job_id)
                    if ended:
                        until_ended.reschedule(asyncio.get_running_loop().time())
                        return

        telling = asyncio.create_task(tell())
        try:
            await storage.at_work.note(job_id, delivery.number)
            yield
        finally:
            telling.cancel()
            await storage.at_work.drop(job_id)

    def _wait_after(self, deliveries: int) -> float:
        waits = self._args.back_off_s
        return waits[min(deliveries, len(waits)) - 1]


def _unread(error: ValueError) -> BadRequestError:
    why = bad_request(error, "job").message if isinstance(error, ValidationError) else error
    return BadRequestError(f"this version can't read the job: {why}")


def _done(job: Job, delivery: Delivery, reply: RecommendReply) -> JobReply:
    return JobReply(
        id=job.id,
        status="done",
        photo=job.object_name,
        result=reply,
        deliveries=delivery.number,
    )


def _failed(job: Job, delivery: Delivery, error: LookalikeError) -> JobReply:
    return JobReply(
        id=job.id,
        status="failed",
        photo=job.object_name,
        error=ErrorBody(code=error.code, message=error.message, request_id=job.id),
        deliveries=delivery.number,
    )
