"""The multipart form of an upload: one file `image`, one field `params`, and its end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from lookalike.contract.errors import BadRequestError
from lookalike.contract.schemas import MAX_PARAMS_BYTES

NO_PICTURE: Final = "image: missing, or not sent as a file"
PARAMS_NOT_UTF_8: Final = "params: must be UTF-8"
PARAMS_TOO_LONG: Final = f"params: at most {MAX_PARAMS_BYTES // 1024} KB"
_FIELDS: Final = ("image", "params")


def is_form(content_type: str) -> bool:
    """Whether a request's content type is that of a multipart form, in any case."""
    return content_type.partition(";")[0].strip().lower() == "multipart/form-data"


class UploadFormParser(MultiPartParser):
    """Starlette's parser, which by itself takes a form that breaks off for a shorter one.

    It keeps a part once the next boundary is there. So of a form without its closing boundary the
    last part would be lost: the picture, or what the search was to be narrowed by.
    """

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers, self._to_the_end(stream), max_part_size=MAX_PARAMS_BYTES)
        self._named: set[str] = set()
        self._ended = False

    def on_headers_finished(self) -> None:
        """A part begins. Raises: BadRequestError for one that an upload does not have."""
        super().on_headers_finished()
        name = self._current_part.field_name
        if name not in _FIELDS:
            raise BadRequestError(f"{name[:60]}: unknown form field")
        if name in self._named:
            raise BadRequestError(f"{name}: send one")
        if name == "image" and self._current_part.file is None:
            raise BadRequestError(NO_PICTURE)
        self._named.add(name)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """More of a part. Raises: BadRequestError for parameters that are too long."""
        try:
            super().on_part_data(data, start, end)
        except MultiPartException:  # a picture is a file, and has no limit here
            raise BadRequestError(PARAMS_TOO_LONG) from None

    def on_part_end(self) -> None:
        """All of a part is there. Raises: BadRequestError for parameters that are no UTF-8.

        Starlette would read them as Latin-1, or as what the form says of its own text. JSON that
        is sent between programs is UTF-8 (RFC 8259, 8.1).
        """
        part = self._current_part
        if part.file is not None:
            super().on_part_end()
            return
        try:
            self.items.append((part.field_name, part.data.decode()))
        except UnicodeDecodeError:
            raise BadRequestError(PARAMS_NOT_UTF_8) from None

    def on_end(self) -> None:
        """The closing boundary is there."""
        self._ended = True

    async def _to_the_end(self, stream: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """What comes in. Raises: BadRequestError where it ends before the form does.

        Raised here and not after `parse`, it has the parser close its files.
        """
        async for chunk in stream:
            yield chunk
        if not self._ended:
            raise BadRequestError("the form has no end: its closing boundary is missing")
