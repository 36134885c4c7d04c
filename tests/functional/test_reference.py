"""The reference says what the service does now."""

from __future__ import annotations

from tests.functional.reference_document import REFERENCE, document


def test_the_reference_is_that_of_the_contract() -> None:
    assert REFERENCE.read_text() == document(), (
        "write it anew: python -m tests.functional.reference_document"
    )
