"""The store's address as messages may show it."""

from __future__ import annotations

import re
from typing import Final

_PASSWORD: Final = re.compile(r"^([^/]*//[^/:@]*):[^@]*@")
_SECRETS: Final = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)
"""libpq takes `password`, `sslpassword` and others of the kind behind the question mark too."""


def shown_address(url: str) -> str:
    """An SQLAlchemy URL without what lets people in: passwords, wherever it holds them."""
    return _SECRETS.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))
