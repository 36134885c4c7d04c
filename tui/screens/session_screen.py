"""What the screens of a session have in common."""

from __future__ import annotations

from dataclasses import dataclass

from textual.screen import Screen
from textual.signal import Signal

from tui.messages import InFront
from tui.search.session import SearchSession
from tui.thumbnails import Thumbnails
from tui.widgets.picture_box import Canvas


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every screen is given: the state, when it changes, and how pictures are shown."""

    session: SearchSession
    changed: Signal[SearchSession]
    canvas: Canvas
    thumbnails: Thumbnails
    address: str


class SessionScreen(Screen[None]):
    """Shows the session, anew whenever it changes."""

    AUTO_FOCUS = ""

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__()
        self.given = surroundings

    def on_mount(self) -> None:
        """Show the session, now and after every change."""
        self.given.changed.subscribe(self, self._show_again)
        self._show_unless_closing()

    def on_screen_resume(self) -> None:
        """What changed while another screen was in front."""
        if self.is_mounted:
            self._show_unless_closing()
        self.post_message(InFront())

    def changed(self) -> None:
        """Tell everyone that the session is another one now."""
        self.given.changed.publish(self.given.session)

    def _show_again(self, session: SearchSession) -> None:
        if self.is_current:
            self.show_session(session)

    def _show_unless_closing(self) -> None:
        if self.is_attached:
            self.show_session(self.given.session)

    def show_session(self, session: SearchSession) -> None:
        """Show it, without waiting: nothing may come between, such as the screen's end."""
        raise NotImplementedError
