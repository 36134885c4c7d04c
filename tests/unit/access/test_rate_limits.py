"""How often one caller may ask."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from lookalike.access.rate_limits import RateLimits, holder_of
from lookalike.contract.errors import RateLimitedError


async def granted(limits: RateLimits, caller: str, per_minute: int, asked: int) -> int:
    """How many of so many requests at once are let through."""
    through = 0
    for _ in range(asked):
        try:
            await limits.take(caller, per_minute)
            through += 1
        except RateLimitedError:
            continue
    return through


async def test_a_minutes_worth_is_granted_at_once_and_no_more() -> None:
    limits = RateLimits()
    assert await granted(limits, "a", 5, 9) == 5
    assert await granted(limits, "b", 5, 3) == 3, "others are not held up"
    with pytest.raises(RateLimitedError, match="more than 5 requests a minute") as refused:
        await limits.take("a", 5)
    assert refused.value.retry_after_s == 12


async def test_after_the_time_that_is_told_there_is_room_again() -> None:
    limits = RateLimits()
    assert await granted(limits, "a", 6000, 6500) < 6500
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(60 / 6000, passed.set)
    await passed.wait()
    assert await granted(limits, "a", 6000, 1) == 1


async def test_callers_without_end_take_no_memory_without_end() -> None:
    limits = RateLimits(max_callers=3)
    assert await granted(limits, "a", 1, 2) == 1
    for other in ("b", "c"):
        await limits.take(other, 1)
    assert await granted(limits, "a", 1, 1) == 0
    await limits.take("d", 1)
    assert await granted(limits, "a", 1, 1) == 0, "who asks is remembered"
    assert await granted(limits, "b", 1, 1) == 1, "who was quiet for longest is not"


@pytest.mark.parametrize(
    ("address", "holder"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_with_ipv6_a_network_is_one_caller(address: str, holder: str) -> None:
    assert holder_of(address) == holder


async def test_a_key_has_its_own_limit_or_the_services(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    (own, one), (usual, other) = new_key("a", [Scope.READ], per_minute=2), new_key("b", ["read"])  # type: ignore[list-item]
    file.add(one)
    file.add(other)
    gate = Gate(AccessRules(frozenset(Scope), per_minute=4), KeyRing(file.path))
    for key, limit in ((own, 2), (usual, 4)):
        for _ in range(limit):
            await gate.admit(key, "192.0.2.7", Scope.READ)
        with pytest.raises(RateLimitedError, match=f"more than {limit} requests"):
            await gate.admit(key, "192.0.2.8", Scope.READ)


async def test_without_a_key_an_address_is_counted(tmp_path: Path) -> None:
    gate = Gate(AccessRules(per_minute=2), KeyRing(tmp_path / "none.json"))
    for address in ("192.0.2.7", "2001:db8::1"):
        for _ in range(2):
            await gate.admit(None, address, Scope.READ)
        with pytest.raises(RateLimitedError):
            await gate.admit("no key that counts", address, Scope.READ)
    for _ in range(9):
        await gate.admit(None, None, Scope.READ)
