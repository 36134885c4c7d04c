"""What the command palette offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from textual.app import App, SystemCommand
from textual.screen import Screen

from tui.wording import LANGUAGES, Language, say

_NAMES: dict[Language, str] = {"en": "English", "ko": "한국어"}


class MenuCommands(App[None]):
    """The palette's commands, in the reader's language; the actions are the application's."""

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Everything that can be done from anywhere."""
        offered = (
            ("Choose photo", "Another photo to search with", "choose"),
            ("Search", "Ask with the photo, box and filters as they are", "retry"),
            ("Previous search", "Go back through this session's searches", "travel(-1)"),
            ("Next search", "Go forward again", "travel(1)"),
            ("Copy as curl", "The search as a command for a shell", "copy_request('curl')"),
            ("Copy as nats req", "The search as a command for NATS", "copy_request('nats')"),
            ("Theme", "Other colours", "change_theme"),
            ("Help", "The keys that work here", "help"),
            ("Quit", "Leave lookalike", "quit"),
        )
        for title, about, action in offered:
            yield SystemCommand(say(title), say(about), self._runs(action))
        for language in LANGUAGES:
            yield SystemCommand(
                say("Language: {name}", name=_NAMES[language]),
                say("The interface in another language"),
                self._speaks(language),
            )

    def _runs(self, action: str) -> Callable[[], Awaitable[bool]]:
        return lambda: self.run_action(action, self)

    def _speaks(self, language: Language) -> Callable[[], Awaitable[None]]:
        return lambda: self.choose_language(language)

    async def choose_language(self, language: Language) -> None:
        """Say everything in another language."""
        raise NotImplementedError
