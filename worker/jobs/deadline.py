"""How long one try of a job may take, where the service sets limits of its own."""

from __future__ import annotations

import logging
import re
from typing import Final

from lookalike.contract.errors import BadRequestError
from lookalike.contract.schemas import DEADLINE_HEADER

_LIMIT: Final = re.compile(r"up to (\d+(?:\.\d+)?(?:e[+-]?\d+)?)$")
"""Source: `lookalike.admission.deadline_from_header`."""
_LESS: Final = 0.9
_log = logging.getLogger(__name__)


class TryDeadline:
    """As long as the worker is told, or less: jobs carry no deadline, so none fails by it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def lowered_by(self, refused: BadRequestError, asked_s: float) -> bool:
        """Take the limit that a service names to whom `asked_s` is too much.

        False where it refused something else.
        """
        if not refused.message.startswith(f"{DEADLINE_HEADER}:"):
            return False
        told = _LIMIT.search(refused.message)
        limit = float(told[1]) if told else asked_s
        # A limit is told rounded, so the told one may be refused again.
        lower = limit if limit < asked_s else _LESS * asked_s
        if lower < self.seconds:
            self.seconds = lower
            _log.warning(
                "a try of a job may take %g s from now on: the service refused %g (%s); "
                "give such a --jobs-deadline-s",
                lower,
                asked_s,
                refused,
            )
        return True
