"""From a message to the job that it hands in or asks after."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.types import Base64Bytes

from lookalike.contract.errors import BadRequestError
from lookalike.contract.jobs import JobId, NewJobId, ObjectName, ObjectNames
from lookalike.contract.schemas import RecommendParams, Wire
from lookalike.contract.subjects import JOB_HEADER
from lookalike.contract.validation import bad_request
from worker.messages import Message, decoded_picture

_NEW_ID: TypeAdapter[str] = TypeAdapter(NewJobId)
_ID: TypeAdapter[str] = TypeAdapter(JobId)
_OBJECT: TypeAdapter[str] = TypeAdapter(ObjectName)


class SubmitMessage(Wire):
    """JSON payload of a submit: a photo, or the names of objects that hold photos."""

    id: NewJobId | None = Field(default=None, description="none: one is made")
    image: Base64Bytes | None = Field(default=None, description="the photo, in base64")
    photos: ObjectNames | None = Field(
        default=None, description="a batch: names of objects in lookalike-job-photos, each once"
    )
    params: RecommendParams = Field(default_factory=RecommendParams)


class JobMessage(Wire):
    """JSON payload of a question about a job."""

    id: JobId


class _Submit(Wire):
    id: NewJobId | None = None
    image: str | None = None
    photos: ObjectNames | None = None
    params: Any = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What a submit asks for: one of photo, object_name and batch."""

    id: str | None
    params: RecommendParams
    photo: bytes = b""
    object_name: str | None = None
    batch: tuple[str, ...] = ()


def submission(message: Message) -> Submission:
    """What a message hands in. Raises: BadRequestError."""
    named = message.header(JOB_HEADER)
    job_id = None if named is None else _checked(_NEW_ID, named, JOB_HEADER)
    object_name = message.stored_photo
    if not message.is_json:
        photo, params = message.photo(RecommendParams)
        if object_name is not None:
            object_name = _checked(_OBJECT, object_name, "Lookalike-Photo")
        _one_of(photo=photo, object_name=object_name)
        return Submission(job_id, params, photo, object_name)
    sent = message.body(_Submit)
    _one_of(image=sent.image, photos=sent.photos, object_name=object_name)
    if named is not None and sent.id is not None:
        raise BadRequestError(f"id: in the payload and in {JOB_HEADER}; send one")
    job_id = sent.id if named is None else job_id
    _check_each_once(sent.photos or [])
    return Submission(
        job_id,
        message.params(RecommendParams, sent.params),
        b"" if sent.image is None else decoded_picture(sent.image),
        object_name,
        tuple(sent.photos or ()),
    )


def names_job(message: Message) -> bool:
    """Whether a submit has an id, by which it is the same job when it is sent again."""
    with suppress(BadRequestError):
        return submission(message).id is not None
    return False


def job_id_of(message: Message) -> str:
    """The id of the job that a message is about. Raises: BadRequestError."""
    if message.is_json:
        return message.body(JobMessage).id
    return _checked(_ID, message.text().rstrip("\r\n"), "id")


def _one_of(**sent: object) -> None:
    if sum(bool(value) for value in sent.values()) != 1:
        raise BadRequestError("image: send a photo, an object's name, or a list of them as photos")


def _check_each_once(names: list[str]) -> None:
    """Else a short request is as much work as the largest batch, and one object goes too soon."""
    if len(set(names)) < len(names):
        raise BadRequestError("photos: an object is named twice")


def _checked(what: TypeAdapter[str], value: str, field: str) -> str:
    try:
        return what.validate_python(value)
    except ValidationError as error:
        raise bad_request(error, field) from None
