"""A window that ends by itself."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import ModalScreen

Result = TypeVar("Result")


class EndingWindow(ModalScreen[Result]):
    """Its end may come when it is closed already, or while another window is above it."""

    _ended_with: tuple[Result | None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is there, in front or not; a window that is being closed is not."""
        return self in self.app.screen_stack

    def end(self, result: Result | None = None) -> None:
        """Dismiss it, once it is in front; nothing where it is closed: dismissing takes the top."""
        if self.is_active:
            self.dismiss(result)
        elif self.is_open:
            self._ended_with = (result,)

    def stay(self) -> None:
        """What it was to end with holds no more."""
        self._ended_with = None

    def on_screen_resume(self) -> None:
        """What was above it is gone."""
        if self._ended_with is not None:
            self.end(*self._ended_with)
