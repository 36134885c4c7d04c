"""What is copied: names of files may hold bytes that are no text, and a clipboard takes text."""

from __future__ import annotations

from textual.app import App

from tui.wording import say


class ClipboardApp(App[None]):
    """Copies what can be copied, and says so."""

    def copy_command(self, command: str, tool: str) -> None:
        """Copy a command for `tool`; not one that would name another file than the photo."""
        if _is_text(command):
            self.copy_to_clipboard(command)
            self.notify(say("Copied as {tool}.", tool=tool))
        else:
            refusal = say("This photo's name is not UTF-8: rename it to copy the search.")
            self.notify(refusal, severity="warning")

    def copy_to_clipboard(self, text: str) -> None:
        """Copy it, with a question mark for each byte of a name that is no text."""
        super().copy_to_clipboard(text.encode(errors="replace").decode())


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
