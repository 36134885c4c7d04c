"""What the NATS client sends and what it makes of an answer."""

from __future__ import annotations

import json
from typing import Final, TypeVar

from nats.aio.msg import Msg
from pydantic import BaseModel

from lookalike.contract import schemas, subjects
from lookalike.contract.errors import ImageTooLargeError, InternalError, error_from_wire
from lookalike.contract.validation import id_bytes

_ROOM_FOR_OWN_HEADERS: Final = 256
"""Bytes of a message's headers beside its parameters; they count towards the payload limit."""

Headers = dict[str, str]
R = TypeVar("R", bound=BaseModel)


def params_header(params: BaseModel | None) -> Headers:
    """The header with a request's parameters, none where there are none."""
    if params is None:
        return {}
    written = params.model_dump_json(exclude_unset=True)
    # Escaped, since by itself it is what a header holds whose sender wrote no UTF-8.
    return {subjects.PARAMS_HEADER: written.replace("\ufffd", "\\ufffd")}


def id_payload(product_id: str) -> bytes:
    """An id by itself, or in JSON where it would be taken for that or lose its last line end.

    Raises: BadRequestError for what no UTF-8 can hold.
    """
    by_itself = id_bytes(product_id)
    in_json = by_itself.startswith(b"{") or by_itself.endswith((b"\r", b"\n"))
    return json.dumps({"id": product_id}).encode() if in_json else by_itself


def check_size(photo: bytes) -> None:
    """Raises: ImageTooLargeError, before a photo is sent for nothing."""
    if len(photo) > schemas.MAX_PHOTO_BYTES:
        raise ImageTooLargeError(
            f"the photo has {len(photo):,} bytes; at most {schemas.MAX_PHOTO_BYTES:,} are taken"
        )


def header_bytes(headers: Headers) -> int:
    """What headers take of the server's payload limit, at most."""
    values = sum(len(name) + len(value.encode()) for name, value in headers.items())
    return values + _ROOM_FOR_OWN_HEADERS


def read_answer(answer: Msg, reply_type: type[R]) -> R:
    """A typed reply. Raises: the LookalikeError that it is, InternalError where it is neither."""
    headers = answer.headers or {}
    status = headers.get(subjects.ERROR_CODE_HEADER)
    try:
        if status is None:
            return reply_type.model_validate_json(answer.data)
        failed = schemas.ErrorReply.model_validate_json(answer.data).error
        http_status = int(status)
    except ValueError:  # pydantic's ValidationError is one
        raise InternalError(
            f"what answers on {answer.subject} is no lookalike service of this version"
        ) from None
    again = headers.get(subjects.RETRY_AFTER_HEADER)
    raise error_from_wire(failed.code, http_status, failed.message, again, failed.request_id)
