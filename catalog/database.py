"""Engines for the store's URL: how transactions begin, and what a commit promises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    SQLAlchemyError,
)

from catalog.migrations import NewerStoreError, upgrade
from catalog.store_address import is_ambiguous, shown_address
from lookalike.contract.errors import UnavailableError

BUSY_TIMEOUT_S: Final = 30.0
"""How long a writer waits for the lock where nobody waits for the writer."""
_GIVE_UP: Final = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""What of libpq's connections has no end by itself: a server that the network lost, which says
nothing, is given up after some 10 s. It does not bound a query that the server works on.

Source: https://www.postgresql.org/docs/current/libpq-connect.html"""
_IDLE_WRITER_MS: Final = 60_000
"""After so long without a statement PostgreSQL ends a writer, and the others get its lock: a
machine that was lost would keep it for as long as the server's TCP takes to notice, two hours."""
_ENCODE: Final = "percent-encode the password: %40 is @, %3A is :, %2F is /, %3F is ?"
_POSTGRESQL: Final = "that of PostgreSQL begins with postgresql+psycopg://"
_CHANGE_LOG_LOCK: Final = 0x1F0C_A7A1
"""Key of PostgreSQL's advisory lock that lets one writer at a time number its changes."""


def open_engine(url: str, *, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """An engine on `url` whose tables are those of this release.

    `create` makes an SQLite file that is not there yet. A writer waits `busy_timeout_s` for the
    others. Parameters of libpq in the URL take the place of ours.

    Raises:
        UnavailableError: the database can't be opened, or a newer release wrote it.
    """
    try:
        parsed = make_url(url)
        if _is_sqlite(parsed):
            engine = _sqlite_engine(parsed, create, busy_timeout_s)
        else:
            engine = _server_engine(parsed, busy_timeout_s)
    except ValueError:
        raise UnavailableError(
            "The store's address can't be used: its port is no number, or a part of a password"
            f" is taken for one; {_ENCODE}"
        ) from None
    except (SQLAlchemyError, OSError, ImportError) as error:
        hint = f"; {_POSTGRESQL}" if url.startswith("postgres") else ""
        raise UnavailableError(
            f"The store's address can't be used: {_first_line(error)}{hint}"
        ) from error
    try:
        with write_transaction(engine) as connection:
            upgrade(connection)
    except (SQLAlchemyError, NewerStoreError) as error:
        engine.dispose()
        of_driver = isinstance(error, SQLAlchemyError) and not _is_sqlite(parsed)
        if of_driver and is_ambiguous(url):
            raise UnavailableError(
                f"The store {shown_address(url)} can't be opened ({type(error).__name__}). Which @"
                " in its address ends the password is not sure, so the reason is not shown;"
                f" {_ENCODE}, and any other @ too"
            ) from None
        raise UnavailableError(
            f"The store {shown_address(url)} can't be opened: {_first_line(error)}"
        ) from error
    return engine


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start and commits at the end.

    Writers queue up: a transaction that began as a reader could not wait for the lock in SQLite,
    and on PostgreSQL change numbers would become visible out of order.
    """
    writer = engine.execution_options(lookalike_write=True)
    with writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            patience_ms = connection.get_execution_options()["lookalike_lock_timeout_ms"]
            connection.exec_driver_sql(
                f"SELECT set_config('lock_timeout', '{patience_ms}', true), "
                f"set_config('idle_in_transaction_session_timeout', '{_IDLE_WRITER_MS}', true)"
            )
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CHANGE_LOG_LOCK})")
        yield connection


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the store throughout, whoever writes meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as connection:
        yield connection


def first_row(engine: Engine, statement: str) -> Sequence[Any] | None:
    """The first row that a query without parameters finds; None without a row.

    Past SQLAlchemy's compiler and results: a thread that asks several times a second finds their
    code and its own pages cold each time, and then they take five times as long as the query.

    Raises: DBAPIError, as a transaction does.
    """
    driver_error = engine.dialect.loaded_dbapi.Error
    try:
        with closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            row: Sequence[Any] | None = cursor.fetchone()
            return row
    except driver_error as error:
        raise DBAPIError.instance(statement, None, error, driver_error) from error


@contextmanager
def reached() -> Iterator[None]:
    """Turn a database that is away, locked or broken into UnavailableError.

    What a value is at fault for goes on as it is: the store does answer.
    """
    try:
        yield
    except (DataError, IntegrityError):
        raise
    except DBAPIError as error:
        raise UnavailableError(f"the store can't be reached: {_first_line(error)}") from error


def upsert(connection: Connection, table: Table, key: list[str]) -> Any:
    """A statement that inserts rows of `table`, replacing those with the same `key` columns."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    replaced = {c.name: statement.excluded[c.name] for c in table.c if c.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=replaced)


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _server_engine(url: URL, busy_timeout_s: float) -> Engine:
    bounded = url.set(query={**_GIVE_UP, **url.query})
    # The ping replaces pooled connections that a restart of the server has cut.
    return create_engine(bounded, pool_pre_ping=True).execution_options(
        lookalike_lock_timeout_ms=int(busy_timeout_s * 1000)
    )


def _sqlite_engine(url: URL, create: bool, busy_timeout_s: float) -> Engine:
    if not url.database or url.database == ":memory:":
        raise UnavailableError("The store needs a file: sqlite:///path/to/catalog.sqlite")
    file = Path(url.database).absolute()
    if create:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    # Never made by connecting: a process that comes while the file is moved away would put an
    # empty one in its place, and SQLite would throw away the log of the one that is to come back.
    url = url.set(database=f"file:{quote(str(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(url, connect_args={"timeout": busy_timeout_s})
    _follow_the_path(engine, file)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _follow_the_path(engine: Engine, file: Path) -> None:
    """Give up connections to a file that was moved: what lies at the path is the store."""

    def remember(_connection: SQLiteConnection, record: Any) -> None:
        record.info["inode"] = _inode(file)

    def check(_connection: SQLiteConnection, record: Any, _proxy: Any) -> None:
        if record.info["inode"] != _inode(file):
            raise DisconnectionError(f"{file} is another file now")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    # The driver would begin transactions late and only for writes: _begin_sqlite does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at each commit. NORMAL would survive a kill, yet lose the last
    # acknowledged commits when the machine loses power.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("lookalike_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _first_line(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
