"""Stages that do not run yet: the lines in the service's log that say so, written and read."""

from __future__ import annotations

from typing import Final

_MARK: Final = "Still starting: "


def still_starting_line(application: str, stage: str, message: str) -> str:
    """What the log has of a stage that does not run yet, with what Serve says of it."""
    return f"{_MARK}{application}, {stage}: {message}"


def still_starting_lines(log: str) -> list[str]:
    """All such lines of a log, oldest first; of a message of many lines the first."""
    return [line for line in log.splitlines() if line.startswith(_MARK)]
