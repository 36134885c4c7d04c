"""What is wrong with a request, in a sentence for its caller."""

from __future__ import annotations

import re
import uuid
from typing import Final

from pydantic import ValidationError

from lookalike.contract.errors import BadRequestError, LookalikeError
from lookalike.contract.schemas import ErrorBody, ErrorReply

_SAFE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOLD_AT_MOST: Final = 5
_NAME_CHARS: Final = 60
"""Of a field's name as it was sent, which may be as long as the request."""
_MESSAGE_CHARS: Final = 2_000
_LISTED_AT_MOST: Final = 1_000
"""pydantic lists all mistakes or none, and 100,000 of them take a second."""


def bad_request(error: ValidationError, where: str = "params") -> BadRequestError:
    """A validation error as a short sentence that names the fields, without the values sent."""
    if (mistakes := error.error_count()) > _LISTED_AT_MOST:
        return BadRequestError(f"{where}: {mistakes:,} mistakes are too many to name")
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    told = []
    for problem in problems[:_TOLD_AT_MOST]:
        field = ".".join(str(part)[:_NAME_CHARS] for part in problem["loc"]) or where
        told.append(f"{field}: {problem['msg'].removeprefix('Value error, ')}")
    return BadRequestError("; ".join(told)[:_MESSAGE_CHARS])


def id_bytes(sent: str) -> bytes:
    """An id as it goes over the wire. Raises: BadRequestError for what no UTF-8 can hold."""
    try:
        return sent.encode()
    except UnicodeEncodeError:
        raise BadRequestError("id: must be valid UTF-8") from None


def error_reply(error: LookalikeError, request_id: str) -> ErrorReply:
    """The body that an error becomes, whatever carries it."""
    return ErrorReply(
        error=ErrorBody(code=error.code, message=error.message, request_id=request_id)
    )


def request_id_from(sent: str | None) -> str:
    """The id that a request is logged under: the caller's own where harmless, or a new one."""
    return sent if sent and _SAFE_ID.fullmatch(sent) else uuid.uuid4().hex
