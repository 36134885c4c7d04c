"""Photos above the server's payload limit: they lie in an object store, a request names them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from hashlib import sha256
from typing import Annotated, Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError as NoSuchObjectError
from pydantic import BaseModel, Field, ValidationError

from lookalike.contract.errors import BadRequestError, ImageTooLargeError, UnavailableError
from lookalike.contract.subjects import PHOTO_BUCKET, PHOTO_HEADER

_NOT_WHOLE: Final = f"{PHOTO_HEADER}: the object is not as it was put, or lacks a part"


class _Options(BaseModel):
    link: object = None


class _Described(BaseModel):
    """What an object's metadata says of it. Source: NATS ADR-20."""

    nuid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    """Names the subject of its parts."""
    size: Annotated[int, Field(strict=True, ge=0)]
    digest: str
    deleted: bool = False
    options: _Options | None = None


async def stored_photo(
    connection: Client, name: str, max_bytes: int, bucket_name: str = PHOTO_BUCKET
) -> bytes:
    """As `read_photo`. Raises: UnavailableError, rather than nats.errors.Error."""
    try:
        return await read_photo(connection, name, max_bytes, bucket_name)
    except NatsError:
        raise UnavailableError("the object store does not answer; try again in a moment") from None


async def read_photo(connection: Client, name: str, max_bytes: int, bucket_name: str) -> bytes:
    """A photo by its object's name; never much more is read than `max_bytes`.

    Raises: BadRequestError where there is none or it is not whole, ImageTooLargeError,
        nats.errors.Error.
    """
    jetstream = connection.jetstream()
    try:
        told = (await jetstream.get_last_msg(_stream(bucket_name), _about(bucket_name, name))).data
        described = _Described.model_validate_json(told or b"")
        if described.options is not None and described.options.link is not None:
            raise BadRequestError(f"{PHOTO_HEADER}: the object is a link")
        if described.size > max_bytes:
            raise ImageTooLargeError(
                f"the photo has {described.size:,} bytes; at most {max_bytes:,} are taken"
            )
        if not described.deleted:
            return await _content(jetstream, bucket_name, described)
    except ValidationError:
        raise BadRequestError(_NOT_WHOLE) from None
    except NoSuchObjectError:
        pass
    raise BadRequestError(f"{PHOTO_HEADER}: there is no such object in {bucket_name}")


async def delete_photo(connection: Client, name: str, bucket_name: str) -> None:
    """Take a photo out, with its parts, if it is there. Raises: nats.errors.Error."""
    jetstream, stream = connection.jetstream(), _stream(bucket_name)
    about = _about(bucket_name, name)
    with contextlib.suppress(NoSuchObjectError):
        told = await jetstream.get_last_msg(stream, about)
        with contextlib.suppress(ValidationError):
            described = _Described.model_validate_json(told.data or b"")
            await jetstream.purge_stream(stream, subject=_parts(bucket_name, described))
        # Up to what was read: one that is put again meanwhile keeps its metadata.
        await jetstream.purge_stream(stream, seq=(told.seq or 0) + 1, subject=about)


async def _content(jetstream: JetStreamContext, bucket_name: str, described: _Described) -> bytes:
    """An object's parts, one question for each: whoever breaks off leaves nothing behind."""
    content, place, task = bytearray(), 1, asyncio.current_task()
    subject = _parts(bucket_name, described)
    while len(content) < described.size:
        try:
            part = await jetstream.get_msg(_stream(bucket_name), place, subject, next=True)
        except NoSuchObjectError:
            break
        # Python 3.11's wait_for, in nats-py, forgets a cancellation that comes with the answer.
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        content += part.data or b""
        place = (part.seq or place) + 1
    digest = base64.urlsafe_b64encode(sha256(content).digest()).decode()
    if len(content) != described.size or described.digest != f"SHA-256={digest}":
        raise BadRequestError(_NOT_WHOLE)
    return bytes(content)


def _stream(bucket_name: str) -> str:
    return f"OBJ_{bucket_name}"


def _parts(bucket_name: str, described: _Described) -> str:
    """The subject of an object's parts. Source: NATS ADR-20."""
    return f"$O.{bucket_name}.C.{described.nuid}"


def _about(bucket_name: str, name: str) -> str:
    """The subject of an object's metadata. Source: NATS ADR-20."""
    encoded = base64.urlsafe_b64encode(name.encode(errors="surrogateescape"))
    return f"$O.{bucket_name}.M.{encoded.decode()}"
