"""From a NATS message to what it asks for."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import Field, ValidationError
from pydantic.types import Base64Bytes

from lookalike.contract.credentials import API_KEY_HEADER, AUTHORIZATION_HEADER, sent_key
from lookalike.contract.errors import BadRequestError
from lookalike.contract.listing import NewProductId, PutProductParams, new_product_id
from lookalike.contract.schemas import MAX_PARAMS_BYTES, Wire
from lookalike.contract.subjects import (
    PARAMS_HEADER,
    PHOTO_HEADER,
    PRODUCT_HEADER,
)
from lookalike.contract.validation import bad_request

_JSON_BEGINS: Final = b"{"
"""No picture begins so; a product id that does is sent as JSON."""
_NO_UTF_8: Final = "\ufffd"
"""nats-py reads it out of a header's other bytes; who means it writes it escaped."""
_ALL_DEFAULTS: Final[Any] = {}
"""Parameters that were not sent, of a type that requires none."""

W = TypeVar("W", bound=Wire)
P = TypeVar("P", bound=Wire)


class PhotoMessage(Wire, Generic[P]):
    """JSON payload of a request about a photo."""

    image: Base64Bytes = Field(description="the photo, in base64")
    params: P = Field(default=_ALL_DEFAULTS, validate_default=True)


class ProductMessage(Wire, Generic[P]):
    """JSON payload of a request about a product."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    params: P = Field(default=_ALL_DEFAULTS, validate_default=True)


class PutMessage(Wire):
    """JSON payload of a put."""

    id: NewProductId
    image: Base64Bytes | None = Field(
        default=None, description="the picture, in base64; none: the product keeps its own"
    )
    params: PutProductParams


class _Put(Wire):
    id: str
    image: str | None = None
    params: Any = None


class _Photo(Wire):
    image: str
    params: Any = None


class _Product(Wire):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    params: Any = None


class Message:
    """Payload and headers of one request, read strictly; every method raises BadRequestError."""

    def __init__(self, payload: bytes, headers: Mapping[str, str] | None) -> None:
        self._payload = payload
        self._headers = {name.lower(): value for name, value in (headers or {}).items()}

    @property
    def key(self) -> str | None:
        """The API key that it carries."""
        return sent_key(self.header(AUTHORIZATION_HEADER), self.header(API_KEY_HEADER))

    def header(self, name: str) -> str | None:
        """A header's value, whatever the case of its name."""
        return self._headers.get(name.lower())

    @property
    def is_json(self) -> bool:
        """Whether the payload is JSON rather than a photo or an id."""
        return self._payload.startswith(_JSON_BEGINS)

    @property
    def stored_photo(self) -> str | None:
        """Name of the object that holds the photo, where it is not the payload."""
        return self.header(PHOTO_HEADER)

    def photo(self, params_type: type[W]) -> tuple[bytes, W]:
        """The photo and its parameters."""
        if not self.is_json:
            return self._payload, self.params(params_type, None)
        sent = self.body(_Photo)
        return decoded_picture(sent.image), self.params(params_type, sent.params)

    def put(self) -> tuple[str, bytes | None, PutProductParams]:
        """A product's id, its picture, None to keep the one that it has, and what is listed."""
        if not self.is_json:
            product_id = new_product_id(self.header(PRODUCT_HEADER) or "")
            return product_id, self._payload or None, self.params(PutProductParams, None)
        sent = self.body(_Put)
        picture = None if sent.image is None else decoded_picture(sent.image)
        return new_product_id(sent.id), picture, self.params(PutProductParams, sent.params)

    def product(self, params_type: type[W]) -> tuple[str, W]:
        """A product's id and the parameters."""
        if self.is_json:
            sent = self.body(_Product)
            return sent.id, self.params(params_type, sent.params)
        try:
            named = _Product(id=self.text().rstrip("\r\n"))
        except ValidationError as error:
            raise bad_request(error) from None
        return named.id, self.params(params_type, None)

    def text(self) -> str:
        """The payload as an id."""
        try:
            return self._payload.decode()
        except UnicodeDecodeError:
            raise BadRequestError("id: must be valid UTF-8") from None

    def body(self, envelope: type[W]) -> W:
        """The payload as that type."""
        try:
            return envelope.model_validate_json(self._payload)
        except ValidationError as error:
            raise bad_request(error, "payload") from None

    def params(self, params_type: type[W], in_payload: object) -> W:
        """The parameters, from the header or from a JSON payload's own."""
        sent = self.header(PARAMS_HEADER)
        if in_payload is not None:
            if sent is not None:
                raise BadRequestError(f"params: in the payload and in {PARAMS_HEADER}; send one")
            # As our clients write it: limits count bytes, and ASCII takes twice as many of some.
            sent = json.dumps(in_payload, ensure_ascii=False, separators=(",", ":"))
        elif sent is not None and _NO_UTF_8 in sent:
            raise BadRequestError("params: must be UTF-8")
        if sent is not None and len(sent.encode()) > MAX_PARAMS_BYTES:
            raise BadRequestError(f"params: at most {MAX_PARAMS_BYTES:,} bytes are taken")
        try:
            return params_type.model_validate_json(sent or "{}")
        except ValidationError as error:
            raise bad_request(error) from None


def decoded_picture(image: str) -> bytes:
    """A picture sent in base64. Raises: BadRequestError."""
    try:
        return base64.b64decode(image, validate=True)
    except ValueError:
        raise BadRequestError("image: must be base64") from None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way: what was sent, its id, and the photo where it lies elsewhere."""

    message: Message
    request_id: str
    photo: bytes | None = None

    def photo_and(self, params_type: type[W]) -> tuple[bytes, W]:
        """The photo, wherever it came from, and the parameters. Raises: BadRequestError."""
        sent, params = self.message.photo(params_type)
        return self._one_of(sent) or b"", params

    def put(self) -> tuple[str, bytes | None, PutProductParams]:
        """As `Message.put`, with the picture wherever it came from."""
        product_id, sent, params = self.message.put()
        return product_id, self._one_of(sent), params

    def _one_of(self, sent: bytes | None) -> bytes | None:
        if self.photo is None:
            return sent
        if sent:
            raise BadRequestError(f"image: in the payload and in {PHOTO_HEADER}; send one")
        return self.photo
