"""What a caller is told where the NATS server's object store did not take a photo."""

from __future__ import annotations

from typing import Final

from nats.errors import Error as NatsError
from nats.js.errors import APIError, BucketNotFoundError, ServiceUnavailableError

from lookalike.contract.errors import LookalikeError, OverloadedError, UnavailableError

_FULL: Final = 10077
"""Source: nats-server, JSStreamStoreFailedF: "maximum bytes exceeded"."""
_NO_JETSTREAM: Final = frozenset({None, 10039, 10076})
"""Nobody answers, JSNotEnabledForAccountErr, JSNotEnabledErr. Source: nats-server."""


def not_stored(error: NatsError, size: int, no_store: LookalikeError) -> LookalikeError:
    """The error for a photo of `size` bytes; `no_store` where there is no bucket or JetStream."""
    if isinstance(error, APIError) and error.err_code == _FULL:
        return OverloadedError("the NATS server's store of photos is full; try again later")
    off = isinstance(error, ServiceUnavailableError) and error.err_code in _NO_JETSTREAM
    if off or isinstance(error, BucketNotFoundError):
        return no_store
    return UnavailableError(f"a photo of {size:,} bytes can't be stored for now: {error}")
