"""Batches: each photo becomes a job of its own, and the last one to end ends the batch."""

from __future__ import annotations

from lookalike.contract.errors import InternalError
from lookalike.contract.jobs import BatchItem, BatchProgress, JobReply
from worker.jobs.queue import Job, Queue
from worker.jobs.records import Records


class Batches:
    """Takes batches apart and brings them to their end; every method raises nats.errors.Error.

    Every step may be done twice, or begun by one worker and ended by another.
    """

    def __init__(self, queue: Queue, records: Records) -> None:
        self._queue = queue
        self._records = records

    async def spread(self, batch: Job) -> None:
        """Put every photo of a batch into the queue that is not there and has not ended.

        Raises: OverloadedError where the queue is full; what is in it by then is worked at.
        """
        total = len(batch.batch)
        await self._records.begin_batch(batch.id, total)
        # In this order: what ends in between is in the second set at the latest.
        there = await self._queue.places(batch.id) | await self._records.finished_places(batch.id)
        for place in range(total):
            if place not in there:
                await self._queue.put(batch.part(place))
        await self.end_if_complete(batch.id, total)

    async def end_if_complete(self, batch_id: str, total: int) -> None:
        """End a batch of which every photo has ended."""
        if len(await self._records.finished_places(batch_id)) < total:
            return
        ends = [await self._item(f"{batch_id}.{place}") for place in range(total)]
        items = [item for item in ends if item]
        failed = sum(item.status != "done" for item in items)
        progress = BatchProgress(total=total, finished=total, failed=failed, items=items)
        await self._records.settle(JobReply(id=batch_id, status="done", batch=progress))

    async def _item(self, job_id: str) -> BatchItem | None:
        try:
            end = await self._records.get(job_id)
        except InternalError:  # this version can't read it: the others are not kept waiting
            return BatchItem(id=job_id, photo="", status="failed")
        if end is None:
            return None
        return BatchItem(id=job_id, photo=end.photo or "", status=end.status)

    async def progress(self, batch_id: str) -> JobReply | None:
        """How far a batch is that has begun and not ended."""
        total = await self._records.batch_size(batch_id)
        if total is None:
            return None
        finished = len(await self._records.finished_places(batch_id))
        progress = BatchProgress(total=total, finished=finished)
        return JobReply(id=batch_id, status="running", batch=progress)
