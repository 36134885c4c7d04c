"""What counts as the address of a page or picture."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_web_address(text: str) -> bool:
    """Whether a text is an http or https address with a host, and with a port that can be one."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool((parts.hostname or "").strip(".")) and port != 0
    )
