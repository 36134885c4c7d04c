"""What the screens that questions are asked from have in common."""

from __future__ import annotations

from tui.screens.session_screen import SessionScreen
from tui.search.session import SearchSession
from tui.wording import say


class AskingScreen(SessionScreen):
    """Where answers are shown, or covered by them."""

    def take_typed(self) -> bool:
        """Have the session ask with what stands in the fields.

        False where one of them can't be read: it has the keys then, and nothing is to be asked.
        """
        raise NotImplementedError

    @staticmethod
    def waiting(session: SearchSession) -> str:
        """What to say of an answer that is not shown yet."""
        if session.running is None:
            return ""
        if session.arrived is not None:
            return say("The answer is here: Esc shows it.")
        return f"{say('Looking …')}  {say('Esc cancels.')}"
