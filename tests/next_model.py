"""A model beside the shipped one, as a shop has it that trains its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lookalike.vision.weights import DEFAULT_MODEL, find_model

NEXT_WEIGHTS: Final = "lookalike-next"
NEXT_VERSION: Final = "next-1"


def write_next_model(models_dir: Path) -> None:
    """The shipped weights under another version: the same features, but far less sure categories.

    `LOOKALIKE_MODELS` has to name the folder.
    """
    shipped = find_model(DEFAULT_MODEL).manifest
    changed = {"name": NEXT_WEIGHTS, "version": NEXT_VERSION, "temperature": 100.0}
    manifest = shipped.model_copy(update=changed)
    (models_dir / f"{NEXT_WEIGHTS}.json").write_text(manifest.model_dump_json())
