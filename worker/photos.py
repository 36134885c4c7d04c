"""Photos above the server's payload limit: they lie in an object store, a request names them."""

from __future__ import annotations

import io
import logging
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ObjectStoreConfig
from nats.js.errors import NotFoundError as NoSuchObjectError

from lookalike.contract.errors import BadRequestError, ImageTooLargeError, UnavailableError
from lookalike.contract.subjects import PHOTO_BUCKET, PHOTO_HEADER, PHOTO_TTL_S

_BUCKET_BYTES: Final = 1 << 30
_log = logging.getLogger(__name__)


async def open_bucket(connection: Client) -> None:
    """Make the bucket where there is none; a server without JetStream goes without."""
    config = ObjectStoreConfig(ttl=PHOTO_TTL_S, max_bytes=_BUCKET_BYTES)
    try:
        await connection.jetstream().create_object_store(PHOTO_BUCKET, config)
    except NatsError as error:
        _log.warning("no object store for large photos: %s", error)


async def stored_photo(
    connection: Client, name: str, max_bytes: int, bucket_name: str = PHOTO_BUCKET
) -> bytes:
    """A photo by its object's name.

    Raises: BadRequestError where there is none, ImageTooLargeError, UnavailableError.
    """
    content = io.BytesIO()
    try:
        bucket = await connection.jetstream().object_store(bucket_name)
        info = await bucket.get_info(name)
        if (info.size or 0) > max_bytes:
            raise ImageTooLargeError(
                f"the photo has {info.size:,} bytes; at most {max_bytes:,} are taken"
            )
        if info.is_link():
            raise BadRequestError(f"{PHOTO_HEADER}: the object is a link")
        await bucket.get(name, writeinto=content)
    except NoSuchObjectError:
        raise BadRequestError(f"{PHOTO_HEADER}: there is no such object in {bucket_name}") from None
    except NatsError:
        raise UnavailableError("the object store does not answer; try again in a moment") from None
    return content.getvalue()
