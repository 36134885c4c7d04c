"""What schemathesis uploads where the document says that a picture is wanted."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

from tests.fakes import jpeg
from tests.integration.hostile_uploads import odd_pictures

PICTURES = (*odd_pictures().values(), jpeg(), jpeg((20, 20, 180)))
BROKEN = tuple(picture[: len(picture) // 2] for picture in PICTURES)

for media_type in ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"):
    schemathesis.openapi.media_type(
        media_type, st.sampled_from(PICTURES) | st.sampled_from(BROKEN) | st.binary(max_size=64)
    )
