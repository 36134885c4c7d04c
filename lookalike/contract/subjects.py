"""What the service is called over NATS: subjects, headers, buckets.

A request about a photo has the photo as its payload and its parameters, as JSON, in the header
`Lookalike-Params`; or a JSON payload `{"image": base64, "params": {...}}`. A request about a
product has the product's id as its payload, or `{"id": ..., "params": {...}}`. A put has the
picture as its payload (empty: the product keeps its own) and the id in the header
`Lookalike-Product`; or `{"id": ..., "image": base64, "params": {...}}`. A job has a photo as its
payload and its id, if the caller gives one, in `Lookalike-Job`; or `{"id": ..., "image": base64}`
or `{"id": ..., "photos": [names of objects]}` with `"params"`. An API key goes in the header
`Authorization` or `X-API-Key`, as over HTTP. Answers go to inboxes: a request whose reply subject
does not begin with `_INBOX`, or with the server's own `_R_`, is dropped. An error is answered with
the headers `Nats-Service-Error` and `Nats-Service-Error-Code` and the same JSON body as over HTTP.
"""

from __future__ import annotations

import re
from typing import Final

SERVICE: Final = "lookalike"
"""Name of the NATS micro service. Source: NATS ADR-32."""
QUEUE_GROUP: Final = "lookalike"
"""Each request goes to one member of it."""
PREFIX: Final = "lookalike.v1"

RECOMMEND: Final = f"{PREFIX}.recommend"
CLASSIFY: Final = f"{PREFIX}.classify"
CROPS: Final = f"{PREFIX}.crops"
PRODUCTS_GET: Final = f"{PREFIX}.products.get"
PRODUCTS_SIMILAR: Final = f"{PREFIX}.products.similar"
PRODUCTS_PUT: Final = f"{PREFIX}.products.put"
PRODUCTS_DELETE: Final = f"{PREFIX}.products.delete"
READY: Final = f"{PREFIX}.ready"
JOBS_SUBMIT: Final = f"{PREFIX}.jobs.submit"
JOBS_GET: Final = f"{PREFIX}.jobs.get"
JOBS_CANCEL: Final = f"{PREFIX}.jobs.cancel"

PARAMS_HEADER: Final = "Lookalike-Params"
"""Parameters of a request as JSON."""
PRODUCT_HEADER: Final = "Lookalike-Product"
"""Id of the product that a put is about; its payload is the picture."""
PHOTO_HEADER: Final = "Lookalike-Photo"
"""Over NATS: name of an object in the object store `lookalike-photos` (of a job's photo:
`lookalike-job-photos`) that stands in for the payload, which is empty then."""
PHOTO_BUCKET: Final = "lookalike-photos"
"""Object store of photos above the server's payload limit; they are deleted by themselves."""
PHOTO_TTL_S: Final = 600.0

JOB_HEADER: Final = "Lookalike-Job"
"""Id that a caller gives a job; submitted again under it, it is the same job."""
JOB_PHOTO_BUCKET: Final = "lookalike-job-photos"
"""Object store of the photos that jobs name. One whose name begins with the job's id, or its
batch's, and a slash is deleted as the job ends, unless that is a dead letter; any other after a
week."""
JOB_ROOM_BYTES: Final = 4096
"""Of the server's payload limit, for what queue and dead letter add to a job's own bytes."""

TAKEN_HEADER: Final = "Lookalike-Taken"
"""An inbox of the caller's, where the worker that takes a request says so.

It publishes its id, by which `$SRV.PING.lookalike.<id>` asks whether it is still there; or nothing
where it is about to stop: it answers before, but can't be asked any more.
"""

ERROR_HEADER: Final = "Nats-Service-Error"
"""Message of an error, its first 500 characters. Source: NATS ADR-32."""
ERROR_CODE_HEADER: Final = "Nats-Service-Error-Code"
"""Its HTTP status. Source: NATS ADR-32; the numbers are those of `contract/errors.py`."""
RETRY_AFTER_HEADER: Final = "Retry-After"
"""Seconds to wait after `overloaded` and `rate_limited`, as over HTTP."""

DEFAULT_NATS_URL: Final = "nats://127.0.0.1:4222"
NATS_URL_VARIABLE: Final = "LOOKALIKE_NATS_URL"
"""Environment variable that names the server to the workers, with the login where one is needed."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def presence(instance: str) -> str:
    """Subject on which one worker answers that it is there. Source: NATS ADR-32."""
    return f"$SRV.PING.{SERVICE}.{instance}"


def job_done(job_id: str) -> str:
    """Subject on which a job's end is published; `job_id` may be "*", or "*.*": photos of batches.

    A photo's may come more than once; of a batch that is called off only its own is published.
    """
    return f"{PREFIX}.jobs.{job_id}.done"


def without_login(url: str) -> str:
    """A server's address as it may be shown and logged.

    To its last @: a login with a slash or a question mark ends early for what reads addresses.
    """
    scheme = _SCHEME.match(url)
    begins = scheme[0] if scheme else ""
    return begins + url[len(begins) :].rpartition("@")[2]
