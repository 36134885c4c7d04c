"""The browser that pages open in."""

from __future__ import annotations

import webbrowser
from pathlib import PurePath
from typing import Final

_IN_THE_TERMINAL: Final = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})
"""Source: Python's webbrowser.py, which calls them console browsers."""


def has_window() -> bool:
    """Whether a page would open in a window: there may be no browser, or one of terminals alone.

    One of these would write over what is shown here, and take the keys until it ends.
    """
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return PurePath(getattr(browser, "name", "")).name not in _IN_THE_TERMINAL
