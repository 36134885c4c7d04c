"""Back and forward through a session's searches, as in a browser."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.search.crop_box import Box
from tui.search.photo import Photo
from tui.search.question import Answer, Question


@dataclass(frozen=True, slots=True)
class Search:
    """A question with its answer; `beside` is what of a photo was looked at meanwhile, if any."""

    question: Question
    answer: Answer
    beside: tuple[Photo, Box] | None = None


@dataclass(slots=True)
class History:
    """The searches so far; a new one after going back drops what lay ahead."""

    _searches: list[Search] = field(default_factory=list)
    _at: int = -1

    @property
    def current(self) -> Search | None:
        """The search that is looked at."""
        return self._searches[self._at] if self._searches else None

    @property
    def place(self) -> tuple[int, int]:
        """Which search that is, counted from 1, and how many there are."""
        return self._at + 1, len(self._searches)

    def add(self, search: Search) -> None:
        """Go on to a new search."""
        self._searches[self._at + 1 :] = [search]
        self._at += 1

    def move(self, by: int) -> Search | None:
        """Go back (-1) or forward (+1); None where there is nothing."""
        if not 0 <= self._at + by < len(self._searches):
            return None
        self._at += by
        return self.current
