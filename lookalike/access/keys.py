"""One API key: what its holder carries, and what is kept of it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MARK: Final = "lk"
"""How every key begins, so that scanners for leaked secrets can tell it."""
FOR_GOOD: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""From when a key does not count that was revoked at once: no clock is before it, be it set back or
another machine's. Versions that only compare moments understand it."""
_ID_BYTES: Final = 4
_SECRET_BYTES: Final = 32
"""256 random bits: a plain SHA-256 of them can't be searched, so it needs neither salt nor time."""


class Scope(StrEnum):
    """What a key may be used for."""

    READ = "read"
    WRITE = "write"


class StoredKey(BaseModel):
    """What is kept of a key: its holder's name and rights, and a hash that it is known by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$", description="part of the key, no secret")]
    name: Annotated[str, Field(min_length=1, max_length=100, description="whose it is")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the whole key")]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    created: AwareDatetime
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None
    per_minute: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="its own rate limit; none: the service's"
    )

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked is not None and self.revoked <= now:
            return "revoked"
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "active"

    def is_that_of(self, sent: str) -> bool:
        """Whether this is the key that somebody sent; takes as long for a near miss as for any."""
        return hmac.compare_digest(self.sha256, digest_of(sent))


def new_key(
    name: str,
    scopes: Sequence[Scope],
    *,
    expires: datetime | None = None,
    per_minute: int | None = None,
) -> tuple[str, StoredKey]:
    """A key, to be told its holder once, and what is to be kept of it.

    Raises: pydantic.ValidationError.
    """
    key_id = secrets.token_hex(_ID_BYTES)
    key = f"{MARK}_{key_id}_{secrets.token_hex(_SECRET_BYTES)}"
    stored = StoredKey(
        id=key_id,
        name=name,
        sha256=digest_of(key),
        scopes=tuple(sorted(set(scopes))),
        created=datetime.now(UTC).replace(microsecond=0),
        expires=expires,
        per_minute=per_minute,
    )
    return key, stored


def id_in(sent: str) -> str:
    """The id that something sent as a key claims; anything at all where it is none."""
    return sent.removeprefix(f"{MARK}_").partition("_")[0]


def digest_of(key: str) -> str:
    """What a key is known by: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
