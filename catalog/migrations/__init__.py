"""Brings a store's tables up to this release's, in code, from wherever the package lies."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0002"
"""The last migration: a store that has it needs none, and then Alembic need not be loaded."""
_VERSIONS: Final = "alembic_version"

_alembic_lock = threading.Lock()
"""Alembic keeps its environment in a module global, so one thread at a time."""


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for an open connection; needs no alembic.ini."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


class NewerStoreError(Exception):
    """A newer release wrote the store; the message says what to do."""


def upgrade(connection: Connection) -> None:
    """Run the migrations that this store lacks, inside the connection's transaction.

    Raises:
        NewerStoreError: the store was written by a newer release.
    """
    version = _version(connection)
    if version == HEAD:
        return
    from alembic import command
    from alembic.util import CommandError

    with _alembic_lock:
        try:
            command.upgrade(alembic_config(connection), "head")
        except CommandError as error:
            raise NewerStoreError(
                f"a newer release brought it to migration {version}, and this one knows them up to "
                f"{HEAD}: use that release, or restore the backup from before its upgrade"
            ) from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSIONS):
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()
    return version
