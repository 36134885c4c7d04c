"""What can go wrong with the processes of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class ServiceError(Exception):
    """The service did not come up, or went down; the message says so in one sentence."""


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong with what was given, and where."""
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
