"""The file of results: a JSON line a photo, written as jobs end, and not asked for again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from cli.jobs.photos import same_question
from lookalike.contract.errors import LookalikeError
from lookalike.contract.jobs import JobReply

_BEGINS: Final = b'{"photo": '


@dataclass(slots=True)
class ResultsFile:
    """Appends lines; a line that a kill has torn is dropped. A context manager.

    Raises: OSError; ValueError for a file that holds something else.
    """

    path: Path
    _answered: set[tuple[str, str]] = field(default_factory=set)
    _failed: set[tuple[str, str]] = field(default_factory=set)
    _file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        whole = self._read() if self.path.exists() else 0
        self._file = self.path.open("ab")
        self._file.truncate(whole)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def has_answered(self, photo: Path, job_id: str) -> bool:
        """Whether a photo has its answer, by this run or another."""
        return (str(photo), same_question(job_id)) in self._answered

    def has_failed(self, photo: Path, job_id: str) -> bool:
        """Whether a photo has failed in this run."""
        return (str(photo), job_id) in self._failed

    def add(self, photo: Path, reply: JobReply) -> None:
        """How a photo's job ended."""
        told = reply.model_dump(mode="json", exclude_none=True, exclude={"photo", "batch"})
        self._add({"photo": str(photo), **told})

    def add_failure(self, photo: Path, error: LookalikeError) -> None:
        """A photo that could not be handed in; the next run tries it again."""
        told = {"code": error.code, "message": error.message}
        self._add({"photo": str(photo), "status": "failed", "error": told})

    def _add(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self) -> int:
        """Take note of all lines; the bytes of those that are whole."""
        whole = 0
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    self._note(line)
                    whole += len(line)
                elif not line.startswith(_BEGINS[: len(line)]):
                    raise ValueError(f"{self.path} holds something else than results")
        return whole

    def _note(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            name, job_id, status = told["photo"], told.get("id"), told["status"]
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{self.path} holds something else than results") from None
        if job_id is None:
            return
        if status == "done":
            self._answered.add((name, same_question(job_id)))
        else:
            self._failed.add((name, job_id))
