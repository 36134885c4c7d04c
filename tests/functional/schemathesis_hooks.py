"""What schemathesis asks with, where the document alone does not say it well."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

from lookalike.contract.schemas import DEADLINE_HEADER
from tests.fakes import jpeg
from tests.integration.hostile_uploads import odd_pictures

PICTURES = (*odd_pictures().values(), jpeg(), jpeg((20, 20, 180)))
BROKEN = tuple(picture[: len(picture) // 2] for picture in PICTURES)

for media_type in ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"):
    schemathesis.openapi.media_type(
        media_type, st.sampled_from(PICTURES) | st.sampled_from(BROKEN) | st.binary(max_size=64)
    )


@schemathesis.hook
def before_call(
    _: schemathesis.HookContext, case: schemathesis.Case[Any], __: dict[str, Any]
) -> None:
    """Deadlines that may be are long ones: short ones are answered with 504, and rightly."""
    asked = case.headers.get(DEADLINE_HEADER, "")
    try:
        may_be = float(asked) > 0
    except ValueError:
        return
    if may_be:
        case.headers[DEADLINE_HEADER] = "30"
