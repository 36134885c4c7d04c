"""The wire types of durable jobs: searches that are stored first, and answered later."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from lookalike.contract.schemas import ErrorBody, RecommendReply, Wire, storable

MAX_BATCH: Final = 1_000
"""Most photos of one batch."""
RESULTS_KEPT_S: Final = 7 * 24 * 3600.0
"""How long results, and the photos that jobs name, are kept."""
MAX_DELIVERIES: Final = 5
"""How often a job is tried before it becomes a dead letter."""

_MAX_OBJECT_CHARS: Final = 200

NewJobId = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_-]{1,48}$", description="letters, digits, - and _; 48 at most"),
]
"""An id that a caller may give."""
JobId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,48}(\.[0-9]{1,4})?$")]
"""Id of a job, or of a photo of a batch: the batch's id, a point, the photo's place from 0."""
ObjectName = Annotated[
    str, Field(min_length=1, max_length=_MAX_OBJECT_CHARS), AfterValidator(storable)
]
ObjectNames = Annotated[list[ObjectName], Field(min_length=1, max_length=MAX_BATCH)]
"""Of a batch's photos."""

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]
"""queued: waits for its first try, or the next one; running: a worker is at it, or it is a batch of
which photos are still to be done."""


class BatchItem(Wire):
    """One photo of a batch that has ended: a job of its own, with its result."""

    id: JobId
    photo: str
    status: JobStatus


class BatchProgress(Wire):
    """How far a batch is; `items` once it has ended."""

    total: int
    finished: int
    failed: int = 0
    items: list[BatchItem] = Field(default_factory=list)


class JobReply(Wire):
    """A job as it stands; the same for ever once it is done, failed or cancelled.

    A job whose photo or parameters are wrong has failed with the error that `recommend` would have
    answered. One that could not be answered in five deliveries has failed too, and is a dead
    letter, as is one that the worker's version can't read.
    """

    id: JobId
    status: JobStatus
    photo: ObjectName | None = Field(default=None, description="the object that held the photo")
    result: RecommendReply | None = None
    error: ErrorBody | None = None
    deliveries: int = Field(
        default=0, description="how often a worker took it up; 0 while it is queued"
    )
    dead_letter: bool = False
    batch: BatchProgress | None = None

    @property
    def has_ended(self) -> bool:
        """Whether this is its last word."""
        return self.status not in ("queued", "running")


class SubmitReply(Wire):
    """The job is stored, now or by an earlier submit under the same id."""

    request_id: str
    id: JobId
    status: JobStatus
    new: bool
