"""The gate of a front door: every request passes it before anything of it is read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, StoredKey
from lookalike.access.rate_limits import RateLimits, holder_of
from lookalike.contract.errors import ForbiddenError, UnauthorizedError

_MAY_NOT = {
    Scope.READ: "this key may not search: it lacks the scope read",
    Scope.WRITE: "this key may not change the catalogue: it lacks the scope write",
}


@dataclass(frozen=True, slots=True)
class AccessRules:
    """`guarded`: for what a key is asked; `per_minute`: requests of one caller, None: any."""

    guarded: Collection[Scope] = ()
    per_minute: int | None = None


class Gate:
    """Lets a request through, or raises why not; one a door and process."""

    def __init__(self, rules: AccessRules, keys: KeyRing) -> None:
        self._rules = rules
        self._keys = keys
        self._limits = RateLimits()

    async def admit(self, sent: str | None, address: str | None, scope: Scope) -> None:
        """Let a request through that carries the key `sent` and comes from `address`.

        Without a key it is counted by its address, where that is known.
        Raises: UnauthorizedError, ForbiddenError, RateLimitedError.
        """
        key = None if sent is None else await self._keys.find(sent)
        if scope in self._rules.guarded:
            _check(sent, key, scope)
        if key is not None:
            per_minute = key.per_minute or self._rules.per_minute
            if per_minute is not None:
                await self._limits.take(f"key {key.id}", per_minute)
        elif address is not None and self._rules.per_minute is not None:
            await self._limits.take(holder_of(address), self._rules.per_minute)


def _check(sent: str | None, key: StoredKey | None, scope: Scope) -> None:
    if sent is None:
        raise UnauthorizedError("this needs an API key: the header Authorization: Bearer KEY")
    if key is None:
        raise UnauthorizedError("this API key is unknown, revoked or expired")
    if scope not in key.scopes:
        raise ForbiddenError(_MAY_NOT[scope])
