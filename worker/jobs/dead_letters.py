"""Jobs that could not be answered, kept with the reason."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import Header
from nats.js.errors import APIError

from lookalike.client.nats_messages import header_bytes
from lookalike.contract.errors import LookalikeError
from worker.jobs.queue import is_job_id
from worker.jobs.streams import DEAD_PREFIX, DEAD_STREAM, wrong_last_sequence

REASON_HEADER: Final = "Lookalike-Reason"
CODE_HEADER: Final = "Lookalike-Code"
DELIVERIES_HEADER: Final = "Lookalike-Deliveries"
BYTES_HEADER: Final = "Lookalike-Bytes"
"""How many bytes its content had, where not all of it and its headers could be kept."""
_REASON_CHARS: Final = 300
_OF_THE_SERVER: Final = "Nats-"
"""What such headers asked of the queue is not asked of the dead letters."""
_CUT_CHARS: Final = 48
_HASH_CHARS: Final = 16
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_SENDABLE: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""Names of headers; nats-py reads others and sends none of them. Source: RFC 9110, 5.6.2."""


class DeadLetters:
    """The stream of jobs given up."""

    def __init__(self, jetstream: JetStreamContext, max_payload: int) -> None:
        self._jetstream = jetstream
        self._max_payload = max_payload

    async def bury(self, job_id: str, message: Msg, error: LookalikeError, deliveries: int) -> None:
        """Keep a job as it was sent, with the reason; once, however often it is called.

        What no job can be called is kept under the beginning of that and a hash of all of it; of
        one that leaves no room for the reason what fits is kept, without its headers.
        Raises: nats.errors.Error.
        """
        sent = message.headers or {}
        own = {name: sent[name] for name in sent if _is_kept(name)}
        reason = {
            REASON_HEADER: " ".join(error.message.split())[:_REASON_CHARS],
            CODE_HEADER: error.code,
            DELIVERIES_HEADER: str(deliveries),
            Header.EXPECTED_LAST_SUBJECT_SEQUENCE: "0",
        }
        payload, headers = message.data, own | reason
        if len(payload) + header_bytes(headers) > self._max_payload:
            headers = reason | {BYTES_HEADER: str(len(payload))}
            payload = payload[: self._max_payload - header_bytes(headers)]
        try:
            await self._jetstream.publish(
                f"{DEAD_PREFIX}.{_kept_under(job_id)}",
                payload,
                stream=DEAD_STREAM,
                headers=headers,
            )
        except APIError as refused:
            if not wrong_last_sequence(refused):
                raise


def _is_kept(header: str) -> bool:
    return not header.startswith(_OF_THE_SERVER) and _SENDABLE.fullmatch(header) is not None


def _kept_under(job_id: str) -> str:
    """A name that fits: the server closes a connection on which a subject has over 4,000 bytes.

    No job has it, as what follows the point is no place in a batch.
    """
    if is_job_id(job_id):
        return job_id
    beginning = _UNSAFE.sub("_", job_id[:_CUT_CHARS])
    return f"{beginning}.{hashlib.sha256(job_id.encode()).hexdigest()[:_HASH_CHARS]}"
