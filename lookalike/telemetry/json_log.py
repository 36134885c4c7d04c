"""Log lines as JSON, one object a line, in one stream that several processes write to."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final

from lookalike.telemetry.origin import current_origin

LOG_VARIABLE: Final = "LOOKALIKE_LOG"
"""Environment variable: the file that lines are appended to; none: the standard error stream."""
LOG_LEVEL_VARIABLE: Final = "LOOKALIKE_LOG_LEVEL"
"""Environment variable: the least level of our own lines, INFO if not given."""
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OWN_LOGGERS: Final = ("lookalike", "catalog", "deployments", "worker")
_LONGEST: Final = 16_000
"""Characters of a message or a traceback; what is longer is cut."""
_encode: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JsonFormatter(logging.Formatter):
    """A record as one JSON object.

    `ts` in UTC, `level`, `logger`, `message`, `process` and `pid`; `request_id` and `trace_id`
    of the request that was worked for; what `extra={"fields": {...}}` adds; `error`, a traceback.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line, without its end."""
        line: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
            "process": self._process,
            "pid": record.process,
        }
        if (origin := current_origin()) is not None:
            line["request_id"] = origin.request_id
            if origin.trace_id is not None:
                line["trace_id"] = origin.trace_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)[-_LONGEST:]
        return _encode(line)


class SharedFile(WatchedFileHandler):
    """Appends each line with one write, so that lines of several processes never mix.

    A file that was moved away, as logrotate does, is opened anew; where that fails, at the next
    line again. After a write that failed, or took a part, the next line begins with an end of line:
    what a full disk left of one ends there.
    """

    _may_be_torn = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            self.reopenIfNeeded()
            if self.stream is None:  # reopening failed once, and is not tried by that again
                self.stream = self._open()
                self._statstream()
            line = "\n" * self._may_be_torn + self.format(record) + "\n"
            self._write(self.stream.fileno(), line.encode(errors="backslashreplace"))
        except Exception:  # as every handler of logging: a full disk must not end a request
            self.handleError(record)

    def _write(self, file: int, line: bytes) -> None:
        self._may_be_torn = True
        if os.write(file, line) < len(line):
            raise OSError("a line is there in part: the disk is full")
        self._may_be_torn = False


def log_level(environment: Mapping[str, str]) -> str:
    """What the environment says of the least level that is logged; INFO where it says nothing.

    Raises: ValueError for a level that is none.
    """
    level = (environment.get(LOG_LEVEL_VARIABLE) or "INFO").upper()
    if level not in _LEVELS:
        raise ValueError(f"{LOG_LEVEL_VARIABLE}={level}: only {', '.join(_LEVELS)} are known")
    return level


def log_as_json(process: str, environment: Mapping[str, str] = os.environ) -> logging.Handler:
    """Send what this process logs to the stream that the environment names; the handler.

    Our own lines from INFO on, those of libraries from WARNING on. A second call takes the place
    of the first. Raises: ValueError for a file that can't be written, or a level that is none.
    """
    level = log_level(environment)
    path = environment.get(LOG_VARIABLE)
    handler: logging.Handler
    if path:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            handler = SharedFile(path, encoding="utf-8")
        except OSError as error:
            raise ValueError(f"{LOG_VARIABLE}={path}: {error.strerror}") from None
    else:
        handler = logging.StreamHandler(sys.__stderr__)
    handler.setFormatter(JsonFormatter(process))
    root = logging.getLogger()
    for earlier in [h for h in root.handlers if isinstance(h.formatter, JsonFormatter)]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(handler)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)
    return handler
