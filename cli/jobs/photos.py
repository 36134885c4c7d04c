"""The photos of a folder as jobs, under ids that are the same at every run."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lookalike.contract.errors import BadRequestError
from lookalike.contract.schemas import RecommendParams

_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})
_QUESTION_CHARS: Final = 32
_RUN: Final = re.compile(r"[A-Za-z0-9_-]{1,15}")


def photos_in(paths: list[Path]) -> list[Path]:
    """The files named, and all pictures in the folders named, in order; each once.

    Raises: FileNotFoundError.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES)
            found |= dict.fromkeys(p for p in inside if p.is_file())
        elif path.exists():
            found[path] = None
        else:
            raise FileNotFoundError(2, "there is no such file or folder", str(path))
    return list(found)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked about each photo, and the name of the run."""

    params: RecommendParams
    run: str = ""

    def __post_init__(self) -> None:
        """Raises: BadRequestError."""
        if self.run and not _RUN.fullmatch(self.run):
            raise BadRequestError("--run takes up to 15 letters, digits, - and _")

    def job_id(self, photo: bytes) -> str:
        """The id of the question about a photo: of its bytes, the parameters and the run."""
        asked = self.params.model_dump_json(exclude_defaults=True).encode()
        question = hashlib.sha256(asked + b"\0" + hashlib.sha256(photo).digest()).hexdigest()
        return question[:_QUESTION_CHARS] + (f"-{self.run}" if self.run else "")


def same_question(job_id: str) -> str:
    """The part of an id that is the same in every run."""
    return job_id[:_QUESTION_CHARS]
