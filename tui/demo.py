"""The demo's first street photo, where `lookalike up` has drawn it."""

from __future__ import annotations

import json
from pathlib import Path

from tui.search.crop_box import Box


def demo_photo(data: Path) -> tuple[Path, Box] | None:
    """A drawn street photo and the box around its garment; None as long as there is none."""
    folder = data / "street"
    try:
        photo = json.loads((folder / "street.json").read_text(encoding="utf-8"))["photos"][0]
        crop = photo["crop"]
        box = Box(crop["x"], crop["y"], crop["width"], crop["height"])
        return folder / photo["photo"], box
    except (OSError, ValueError, LookupError, TypeError):
        return None
