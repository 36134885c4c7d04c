"""Reading a multipart upload: an `image`, and `params` as JSON."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from deployments.upload_form import (
    NO_PICTURE,
    PARAMS_NOT_UTF_8,
    PARAMS_TOO_LONG,
    UploadFormParser,
    is_form,
)
from lookalike.admission import Admission
from lookalike.contract.errors import BadRequestError, ImageTooLargeError, UnavailableError
from lookalike.contract.schemas import MAX_PARAMS_BYTES, Wire
from lookalike.contract.validation import bad_request
from lookalike.vision.images import ImageLimits

_ENVELOPE_BYTES: Final = MAX_PARAMS_BYTES + 16 * 1024

_log = logging.getLogger(__name__)

W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True)
class Upload:
    """What a caller sent: the picture's bytes, if any, and the JSON text of the parameters."""

    picture: bytes | None
    params: str

    @property
    def image(self) -> bytes:
        """The picture that must be there. Raises: BadRequestError."""
        if self.picture is None:
            raise BadRequestError(NO_PICTURE)
        return self.picture

    def params_as(self, wire_type: type[W]) -> W:
        """The parameters as a wire type. Raises: BadRequestError naming the field."""
        try:
            return wire_type.model_validate_json(self.params or "{}")
        except ValidationError as error:
            raise bad_request(error) from None


@asynccontextmanager
async def admitted_upload(
    request: Request, limits: ImageLimits, uploads: Admission, admission: Admission
) -> AsyncIterator[Upload]:
    """A request's upload, and a place of `admission`, taken when all of it is there.

    So one that is sent slowly keeps no place from others, but one of `uploads`; a picture above
    1 MB lies on disk until then. What would get no place is refused before any of it is read, and
    no more is read than the limits allow.

    Raises: OverloadedError, ImageTooLargeError, BadRequestError for what is no such form,
        UnavailableError where it can't be kept on disk.
    """
    admission.check_room()
    with ExitStack() as place:
        with uploads.place():
            form = await _receive_form(request, limits)
        try:
            place.enter_context(admission.place())
            upload = await _upload_in(form)
        finally:
            await form.close()
        yield upload


async def _upload_in(form: FormData) -> Upload:
    image, params = form.get("image"), form.get("params", "{}")
    return Upload(
        await image.read() if isinstance(image, UploadFile) else None,
        params if isinstance(params, str) else await _text_of(params),
    )


async def _text_of(params: UploadFile) -> str:
    """Parameters that have a file's name: browsers give one to JSON with a content type."""
    content = await params.read(MAX_PARAMS_BYTES + 1)
    if len(content) > MAX_PARAMS_BYTES:
        raise BadRequestError(PARAMS_TOO_LONG)
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadRequestError(PARAMS_NOT_UTF_8) from None


async def _receive_form(request: Request, limits: ImageLimits) -> FormData:
    max_bytes = limits.max_bytes + _ENVELOPE_BYTES
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise _too_large(limits)
    if not is_form(request.headers.get("content-type", "")):
        raise BadRequestError(
            "the body: send multipart/form-data, image as a file and params as a field"
        )
    limited = Request(request.scope, _limited(request.receive, max_bytes, limits))
    try:
        async with aclosing(limited.stream()) as stream:
            return await UploadFormParser(request.headers, stream).parse()
    except (MultiPartException, ValueError):
        raise BadRequestError("the form can't be read: one file image, one field params") from None
    except ClientDisconnect:
        raise BadRequestError("the upload was cut off") from None
    except OSError as error:  # the temporary folder's: it is full, say
        _log.error("could not keep an upload: %s", error)
        raise UnavailableError("there is no room for the upload; try again in a moment") from None


def _limited(receive: Receive, max_bytes: int, limits: ImageLimits) -> Receive:
    received = 0

    async def receive_within_limit() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise _too_large(limits)
        return message

    return receive_within_limit


def _too_large(limits: ImageLimits) -> ImageTooLargeError:
    return ImageTooLargeError(f"the picture is over {limits.max_bytes / 1e6:g} MB")
