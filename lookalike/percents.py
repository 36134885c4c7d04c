"""Parts as whole percents that say no more than is so."""

from __future__ import annotations

import math
from typing import Final

_DIGITS: Final = 6
"""Of a percent: what binary fractions miss a whole number by is less."""
_ALL: Final = 100


def reached(part: float) -> int:
    """The whole percents that a part of one has reached: 79 for 0.7996, 80 for 0.8."""
    return math.floor(round(part * _ALL, _DIGITS))


def nearest(part: float) -> int:
    """The whole percents nearest to a part of one; 100 and -100 for all of it alone."""
    percents = round(part * _ALL)
    if abs(part) < 1:
        return max(1 - _ALL, min(_ALL - 1, percents))
    return percents
