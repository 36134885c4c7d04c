"""schemathesis asks the live API whatever its document allows, and what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from tests.functional.live_door import ask, live_door

SECONDS = 25
"""How long it asks at random here; `make fuzz` asks for longer."""
WHOLE = ("--phases", "examples,coverage")
"""What the document names, once each: however slow the machine, all of it is asked."""
AT_RANDOM = ("--phases", "fuzzing,stateful", "--max-time", str(SECONDS), "--seed", "1")


@pytest.mark.timeout(240)
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    key, stored = new_key("schemathesis", list(Scope))
    keys = KeyFile(tmp_path / "keys.json")
    keys.add(stored)
    gate = Gate(AccessRules(frozenset(Scope)), KeyRing(keys.path))
    with live_door(tmp_path, gate=gate) as url:
        whole, at_random = (
            ask(url, tmp_path, *how, "-H", f"Authorization: Bearer {key}")
            for how in (WHOLE, AT_RANDOM)
        )
    for done in (whole, at_random):
        assert done.returncode == 0, done.stdout[-6000:]
        assert " passed" in done.stdout
        assert key not in done.stdout + done.stderr
    assert "Tested: 10" in whole.stdout
