"""Brings a store's tables up to this release's, in code, from wherever the package lies."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_alembic_lock = threading.Lock()
"""Alembic keeps its environment in a module global, so one thread at a time."""


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for an open connection; needs no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Run the migrations that this store lacks, inside the connection's transaction.

    Raises:
        alembic.util.CommandError: the store was written by a newer release.
    """
    with _alembic_lock:
        command.upgrade(alembic_config(connection), "head")
