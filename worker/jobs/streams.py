"""What JetStream keeps for jobs: queue, results, dead letters, who is at what, large photos.

All of it together stays below the 8 GB of deploy/nats.conf. A server where a stream exists with
other limits keeps those: they are its operator's. Only how long a note of a job at work is kept is
no limit, but the workers' setting.
"""

from __future__ import annotations

import logging
from logging import DEBUG, INFO, WARNING
from typing import Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RePublish,
    RetentionPolicy,
    StreamConfig,
)
from nats.js.errors import APIError
from nats.js.errors import BadRequestError as RefusedError

from lookalike.contract.jobs import RESULTS_KEPT_S
from lookalike.contract.subjects import JOB_PHOTO_BUCKET, PREFIX, job_done

QUEUE_STREAM: Final = "LOOKALIKE_JOBS"
QUEUE_PREFIX: Final = f"{PREFIX}.queue.jobs"
DEAD_STREAM: Final = "LOOKALIKE_DEAD_JOBS"
DEAD_PREFIX: Final = f"{PREFIX}.dead.jobs"
RESULTS_BUCKET: Final = "lookalike-jobs"
RESULTS_STREAM: Final = f"KV_{RESULTS_BUCKET}"
RESULTS_PREFIX: Final = f"$KV.{RESULTS_BUCKET}"
AT_WORK_BUCKET: Final = "lookalike-jobs-at-work"
AT_WORK_STREAM: Final = f"KV_{AT_WORK_BUCKET}"
AT_WORK_PREFIX: Final = f"$KV.{AT_WORK_BUCKET}"
CONSUMER: Final = "workers"
EXISTS_OTHERWISE: Final = 10058
"""A stream of that name has other limits. Source: nats-server, JSStreamNameExistErr."""

_GIB: Final = 1 << 30
_QUEUE_BYTES: Final = 2 * _GIB
_PHOTO_BYTES: Final = 2 * _GIB
_RESULT_BYTES: Final = 1 * _GIB
_DEAD_BYTES: Final = _GIB // 2
_AT_WORK_BYTES: Final = 4 * 1024 * 1024
_DEAD_KEPT_S: Final = 14 * 24 * 3600.0
_MAX_UNANSWERED: Final = 10_000
"""Jobs that may wait for their next try at once; above it nothing new is handed out."""
_log = logging.getLogger(__name__)


def stream_configs(ack_wait_s: float) -> tuple[StreamConfig, ...]:
    """The streams, each with its bounds; `ack_wait_s` without a sign of life end a job's work."""
    return (
        StreamConfig(
            name=QUEUE_STREAM,
            description="jobs that are not answered yet; full, it refuses more",
            subjects=[f"{QUEUE_PREFIX}.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            discard=DiscardPolicy.NEW,
            max_bytes=_QUEUE_BYTES,
        ),
        StreamConfig(
            name=RESULTS_STREAM,
            description="how each job ended; the oldest go first",
            subjects=[f"{RESULTS_PREFIX}.>"],
            discard=DiscardPolicy.OLD,
            max_bytes=_RESULT_BYTES,
            max_age=RESULTS_KEPT_S,
            max_msgs_per_subject=1,
            allow_rollup_hdrs=True,
            allow_direct=True,
            deny_delete=True,
            # The server itself says that a job is done, as it stores the result: a worker that
            # dies in between can't keep it secret. Photos of a batch, whose keys have two parts,
            # are told by the workers (`JobStorage.settle`).
            republish=RePublish(src=f"{RESULTS_PREFIX}.*", dest=job_done("{{wildcard(1)}}")),
        ),
        StreamConfig(
            name=AT_WORK_STREAM,
            description="the jobs that workers are at",
            subjects=[f"{AT_WORK_PREFIX}.>"],
            discard=DiscardPolicy.OLD,
            max_bytes=_AT_WORK_BYTES,
            max_age=ack_wait_s,
            max_msgs_per_subject=1,
            allow_rollup_hdrs=True,
        ),
        StreamConfig(
            name=DEAD_STREAM,
            description="jobs given up, with the reason",
            subjects=[f"{DEAD_PREFIX}.>"],
            discard=DiscardPolicy.OLD,
            max_bytes=_DEAD_BYTES,
            max_age=_DEAD_KEPT_S,
        ),
        StreamConfig(
            name=f"OBJ_{JOB_PHOTO_BUCKET}",
            description="photos that jobs name",
            subjects=[f"$O.{JOB_PHOTO_BUCKET}.C.>", f"$O.{JOB_PHOTO_BUCKET}.M.>"],
            discard=DiscardPolicy.NEW,
            max_bytes=_PHOTO_BYTES,
            max_age=RESULTS_KEPT_S,
            allow_rollup_hdrs=True,
            allow_direct=True,
        ),
    )


async def open_streams(
    jetstream: JetStreamContext, ack_wait_s: float, *, again: bool = False
) -> None:
    """Make what is not there yet; `again`: what stays as it is has been logged before.

    Raises: nats.errors.Error, as where JetStream is off.
    """
    for config in stream_configs(ack_wait_s):
        try:
            await jetstream.add_stream(config)
        except RefusedError as refused:
            if refused.err_code != EXISTS_OTHERWISE:
                raise
            if config.name != AT_WORK_STREAM:  # whose age is set below
                level = DEBUG if again else INFO
                _log.log(level, "the stream %s keeps its own limits", config.name)
    await _keep_notes(jetstream, ack_wait_s, DEBUG if again else WARNING)
    consumer = ConsumerConfig(
        durable_name=CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ack_wait_s,
        # Deliveries are counted by the workers: what the server alone gives up would stay in the
        # queue for ever, told of by an advisory that nobody may hear.
        max_deliver=-1,
        max_ack_pending=_MAX_UNANSWERED,
    )
    await jetstream.add_consumer(QUEUE_STREAM, consumer)


async def _keep_notes(jetstream: JetStreamContext, ack_wait_s: float, level: int) -> None:
    """Have notes of jobs at work kept as long as a worker may be silent, where that is allowed."""
    kept = (await jetstream.stream_info(AT_WORK_STREAM)).config
    if kept.max_age != ack_wait_s:
        window_s = min(kept.duplicate_window or ack_wait_s, ack_wait_s)  # no longer, or it refuses
        try:
            await jetstream.update_stream(kept, max_age=ack_wait_s, duplicate_window=window_s)
        except NatsError as refused:
            _log.log(
                level,
                "the stream %s can't be changed (%s): jobs at work are told of for %g s after a "
                "worker's last sign of life, not for %g s",
                *(AT_WORK_STREAM, refused, kept.max_age, ack_wait_s),
            )


def wrong_last_sequence(refused: APIError) -> bool:
    """Whether a message was refused because its subject has one.

    Source: nats-server, JSStreamWrongLastSequenceErrF and JSStreamWrongLastSequenceConstantErr.
    """
    return refused.err_code in (10071, 10164)
