"""The line above the keys: waiting, trouble, or a hint."""

from __future__ import annotations

from tui.search.trouble import Trouble
from tui.widgets.words import Words
from tui.wording import say


class StatusLine(Words):
    """One thing at a time; trouble stays until the next request."""

    DEFAULT_CSS = """
    StatusLine { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
    StatusLine.-waiting { color: $text-accent; }
    StatusLine.-trouble { color: $text-error; background: $error-muted; }
    """

    def show(self, *, waiting: str = "", trouble: Trouble | None = None, hint: str = "") -> None:
        """Say what is going on."""
        self.set_class(bool(waiting), "-waiting")
        self.set_class(not waiting and trouble is not None, "-trouble")
        if waiting:
            self.tell(f"● {waiting}")
        elif trouble is not None:
            again = f"  {say('Ctrl+R tries again.')}" if trouble.retry else ""
            said = " ".join(filter(None, ("✗", trouble.line, trouble.advice)))
            self.tell(f"{said}{again}")
        else:
            self.tell(hint)
