"""The file of results: a JSON line a photo, written as jobs end, and not asked for again."""

from __future__ import annotations

import contextlib
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
    _failed: dict[tuple[str, str], str] = field(default_factory=dict)
    _not_handed_in: set[tuple[str, str]] = field(default_factory=set)
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
            with contextlib.suppress(OSError):  # `_add` told of a line that could not be written
                self._file.close()

    def has_answered(self, photo: Path, job_id: str) -> bool:
        """Whether a photo has its answer, by this run or another."""
        return (str(photo), same_question(job_id)) in self._answered

    def failure(self, photo: Path, job_id: str) -> str | None:
        """Why a photo has failed in this run; None where it has not."""
        return self._failed.get((str(photo), job_id))

    def add(self, photo: Path, reply: JobReply) -> None:
        """How a photo's job ended."""
        told = reply.model_dump(mode="json", exclude_none=True, exclude={"photo", "batch"})
        self._add({"photo": str(photo), **told})

    def add_failure(self, photo: Path, error: LookalikeError) -> None:
        """A photo that could not be handed in; the next run tries it again.

        It has one line for each reason, however many runs meet it.
        """
        if (str(photo), error.message) in self._not_handed_in:
            return
        self._not_handed_in.add((str(photo), error.message))
        told = {"code": error.code, "message": error.message}
        self._add({"photo": str(photo), "status": "failed", "error": told})

    def _add(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        try:
            self._file.write(json_line(line).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None

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
            reason = told.get("error", {}).get("message", status)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{self.path} holds something else than results") from None
        if job_id is None:
            self._not_handed_in.add((name, reason))
        elif status == "done":
            self._answered.add((name, same_question(job_id)))
        else:
            self._failed[name, job_id] = reason


def json_line(told: dict[str, Any]) -> str:
    """JSON that UTF-8 can hold, whatever a file is called; it reads back to the same name."""
    line = json.dumps(told, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # bytes of a name that are no UTF-8 are lone surrogates
        return json.dumps(told)
    return line
