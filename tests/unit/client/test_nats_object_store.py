"""What callers are told where the object store did not take a photo: whether to come again."""

from __future__ import annotations

import pytest
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import (
    APIError,
    BucketNotFoundError,
    NoStreamResponseError,
    ServiceUnavailableError,
)

from lookalike.client.nats_object_store import not_stored
from lookalike.contract.errors import (
    ImageTooLargeError,
    LookalikeError,
    OverloadedError,
    UnavailableError,
)

NO_STORE = ImageTooLargeError("there is no object store for larger photos")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BucketNotFoundError(), ImageTooLargeError),
        (ServiceUnavailableError(), ImageTooLargeError),
        (ServiceUnavailableError(503, "JetStream not enabled", 10039), ImageTooLargeError),
        (ServiceUnavailableError(503, "maximum bytes exceeded", 10077), OverloadedError),
        (APIError(400, "maximum bytes exceeded", 10077), OverloadedError),
        (ServiceUnavailableError(503, "temporarily unavailable", 10008), UnavailableError),
        (APIError(500, "insufficient resources", 10023), UnavailableError),
        (NoStreamResponseError(), UnavailableError),
        (NatsTimeoutError(), UnavailableError),
        (ConnectionClosedError(), UnavailableError),
    ],
)
def test_only_what_stays_so_is_for_good(error: NatsError, told: type[LookalikeError]) -> None:
    assert type(not_stored(error, 9_000_000, NO_STORE)) is told
