"""The error tree and the one table that maps it to HTTP and NATS.

    LookalikeError
    ├── BadRequestError       bad_request       422
    │   └── MethodNotAllowedError   bad_request 405
    ├── BadImageError         bad_image         422
    │   └── UnsupportedFormatError  bad_image   415
    ├── ImageTooLargeError    image_too_large   413
    ├── BadCropError          bad_crop          422
    ├── UnauthorizedError     unauthorized      401
    ├── ForbiddenError        forbidden         403
    ├── NotFoundError         not_found         404
    ├── OverloadedError       overloaded        429
    │   └── RateLimitedError        rate_limited 429
    ├── DeadlineError         deadline          504
    ├── UnavailableError      unavailable       503
    └── InternalError         internal          500

Every error is built from one message, so it survives pickling between processes.
"""

from __future__ import annotations

from typing import ClassVar, Final, Self

_FIRST_FAULT: Final = 500
"""Source: RFC 9110, 15.6: server errors."""


class LookalikeError(Exception):
    """Base of all errors that a caller may see; `message` is safe to show to anyone.

    `request_id` is what the service logs the request under, where the service answered with it.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    request_id: str | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def is_fault(self) -> bool:
        """Whether the service failed, not its caller."""
        return self.http_status >= _FIRST_FAULT


class BadRequestError(LookalikeError):
    """A parameter is missing, unknown or out of range; the message names the field."""

    code = "bad_request"
    http_status = 422


class MethodNotAllowedError(BadRequestError):
    """The address exists, but not for this HTTP method."""

    http_status = 405


class BadImageError(LookalikeError):
    """The bytes are of a picture format, but they can't be decoded."""

    code = "bad_image"
    http_status = 422


class UnsupportedFormatError(BadImageError):
    """The bytes are no picture of a supported format."""

    http_status = 415


class ImageTooLargeError(LookalikeError):
    """The picture is above the limit of bytes or of pixels."""

    code = "image_too_large"
    http_status = 413


class BadCropError(LookalikeError):
    """The crop box lies outside the photo, is too small, or is no box at all."""

    code = "bad_crop"
    http_status = 422


class UnauthorizedError(LookalikeError):
    """The request carries no API key, or one that does not count, where one is asked for."""

    code = "unauthorized"
    http_status = 401


class ForbiddenError(LookalikeError):
    """The key lacks the scope, no changes are taken, or the service is not asked by its name."""

    code = "forbidden"
    http_status = 403


class NotFoundError(LookalikeError):
    """No such product, picture or path."""

    code = "not_found"
    http_status = 404


class OverloadedError(LookalikeError):
    """More requests wait than may be queued; try again after `retry_after_s`."""

    code = "overloaded"
    http_status = 429
    retry_after_s: int = 1


class RateLimitedError(OverloadedError):
    """This caller asks more often than it may; the service itself may be idle."""

    code = "rate_limited"

    @classmethod
    def after(cls, retry_after_s: int, per_minute: int) -> Self:
        """The error of a caller that has used up its `per_minute` requests."""
        error = cls(f"more than {per_minute} requests a minute; try again in {retry_after_s} s")
        error.retry_after_s = retry_after_s
        return error


class DeadlineError(LookalikeError):
    """The request's deadline passed before the answer was there."""

    code = "deadline"
    http_status = 504


class UnavailableError(LookalikeError):
    """A stage of the service is down."""

    code = "unavailable"
    http_status = 503


class InternalError(LookalikeError):
    """Something that should not happen did; the log has it under the request id."""


ERROR_TYPES: tuple[type[LookalikeError], ...] = (
    BadRequestError,
    MethodNotAllowedError,
    BadImageError,
    UnsupportedFormatError,
    ImageTooLargeError,
    BadCropError,
    UnauthorizedError,
    ForbiddenError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
    DeadlineError,
    UnavailableError,
    InternalError,
)
"""Every concrete error, most general first where two share a code."""


def error_from_wire(
    code: str,
    http_status: int,
    message: str,
    retry_after: str | None = None,
    request_id: str | None = None,
) -> LookalikeError:
    """The error that a reply's code and HTTP status stand for; InternalError where unknown.

    `retry_after` is the reply's Retry-After, in seconds.
    """
    same_code = [t for t in ERROR_TYPES if t.code == code]
    exact = [t for t in same_code if t.http_status == http_status]
    error = (exact or same_code or [InternalError])[0](message)
    error.request_id = request_id
    if isinstance(error, OverloadedError) and retry_after is not None and retry_after.isdecimal():
        error.retry_after_s = int(retry_after)
    return error
