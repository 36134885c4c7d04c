"""`lookalike tui`: the terminal UI under the name of this project's command."""

from tui.command import command

__all__ = ["command"]
