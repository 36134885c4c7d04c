"""`lookalike tui`: the terminal UI under the name of this project's command."""

from tui.command import tui

__all__ = ["tui"]
