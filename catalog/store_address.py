"""The store's address as messages may show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_PASSWORD: Final = re.compile(r"^([^/]*//[^/:]*):.*@")
"""From the first colon, for names may hold an @ ("shop@server"), to the last @: of a password that
holds one, SQLAlchemy takes the rest for the host."""
_SECRETS: Final = re.compile(r"([?&][^=&]*(?:pass|pwd|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)
"""libpq takes `password`, `sslpassword` and others of the kind behind the question mark too."""


def shown_address(url: str) -> str:
    """An SQLAlchemy URL without what lets people in: passwords, wherever it holds them."""
    return _SECRETS.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))


def is_ambiguous(url: str) -> bool:
    """Whether parts of a password may be taken for others, which a driver's errors would show.

    An @ behind a question mark counts, for the question mark may be the password's.
    """
    return url.count("@") > 1


def store_place(url: URL) -> str:
    """Where the store at an SQLAlchemy URL lies, whoever asks it and how: another's is another.

    libpq takes the parts of the place behind the question mark too, and before the others.
    """
    host = url.query.get("host") or url.host or ""
    port = url.query.get("port") or url.port
    database = url.query.get("dbname") or url.database or ""
    return f"{url.get_backend_name()}://{host}{f':{port}' if port else ''}/{database}"
