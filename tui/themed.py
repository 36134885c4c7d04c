"""The colours that were chosen last."""

from __future__ import annotations

from textual.app import App

from tui.settings import DEFAULT_THEME, SettingsFile
from tui.themes import THEMES


class ThemedApp(App[None]):
    """Starts in the remembered theme, and remembers the next one."""

    def take_up_theme(self, settings: SettingsFile) -> None:
        """The remembered theme, before the style sheet is read for another one."""
        for theme in THEMES:
            self.register_theme(theme)
        remembered = settings.now.theme
        known = remembered in self.available_themes
        self.set_reactive(App.theme, remembered if known else DEFAULT_THEME)
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self.set_class(not self.current_theme.dark, "-light-mode", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    def remember_themes(self, settings: SettingsFile) -> None:
        """From now on, whatever chooses them."""

        def remember(name: str) -> None:
            if name != settings.now.theme:
                settings.change(theme=name)

        self.theme_changed_signal.subscribe(self, lambda theme: remember(theme.name))
