"""Where a service is looked for when nothing else is said."""

from __future__ import annotations

from typing import Final

DEFAULT_URL: Final = "http://127.0.0.1:8000"
"""The HTTP door of `lookalike up`."""

URL_VARIABLE: Final = "LOOKALIKE_URL"
"""The variable of the environment that names another service."""
