"""A PostgreSQL that no longer answers, though its connections are open."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from catalog.database import open_engine, read_transaction, write_transaction
from catalog.following import StoreFollower, index_of
from catalog.index import LiveIndex
from catalog.records import FeatureRow
from catalog.shard_source import ShardSource
from catalog.store import open_store
from tests.postgres import PostgresCluster
from tests.tcp_relay import TcpRelay
from tests.unit.catalog.making import MODEL, product, unit_features

SOON_S = 20
LATE_S = 0.05


@pytest.fixture
def direct(postgres: PostgresCluster) -> Iterator[str]:
    """The address of a store."""
    with postgres.database() as url:
        open_store(url).close()
        yield url


@pytest.fixture
def relay(direct: str) -> Iterator[TcpRelay]:
    """A wire to that store's server."""
    with TcpRelay(Path(str(make_url(direct).query["host"])) / ".s.PGSQL.5432") as wire:
        yield wire


def by_wire(direct: str, relay: TcpRelay, **query: str) -> str:
    """The same store's address, by way of the wire."""
    url = make_url(direct).set(host="127.0.0.1", port=relay.port, query=query)
    return url.render_as_string(hide_password=False)


def until(true: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + SOON_S
    while not true():
        assert time.monotonic() < give_up_at, "it never came"


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url, busy_timeout_s=2.5)
    try:
        yield engine
    finally:
        engine.dispose()


def connection_of(engine: Engine) -> tuple[socket.socket, dict[str, str]]:
    """A copy of a connection's socket, and the parameters that it was made with."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return socket.socket(fileno=os.dup(driver.fileno())), driver.info.get_parameters()


def test_a_shard_says_how_long_the_database_has_not_answered_and_goes_on_when_it_does(
    direct: str, relay: TcpRelay
) -> None:
    source = ShardSource(by_wire(direct, relay), 0, 1, MODEL)
    index = LiveIndex(index_of(source.load()))
    follower = StoreFollower(source, index, poll_s=0.001, late_s=LATE_S)
    follower.start()
    try:
        relay.stall()
        with open_store(direct) as store:
            item = product("a")
            row = FeatureRow(item.id, item.image_key or "", unit_features(0))
            store.replace_product(item, MODEL, row, keeps_image=False)
        until(lambda: follower.out_of_reach_s > LATE_S)
        assert index.product("a") is None
        relay.go_on()
        until(lambda: index.product("a") is not None)
        until(lambda: follower.out_of_reach_s == 0)
    finally:
        relay.go_on()
        follower.stop()
        source.close()


def test_a_connection_gives_up_a_server_that_the_network_lost(direct: str, relay: TcpRelay) -> None:
    with opened(by_wire(direct, relay)) as engine:
        wire, parameters = connection_of(engine)
    with wire:
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, interval, count = (
            wire.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + interval * count <= 15
    assert 2 <= int(parameters["connect_timeout"]) <= 10


def test_an_address_has_the_last_word_on_that(direct: str, relay: TcpRelay) -> None:
    url = by_wire(direct, relay, tcp_user_timeout="7000", connect_timeout="3")
    with opened(url) as engine:
        wire, parameters = connection_of(engine)
    with wire:
        assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000
    assert parameters["connect_timeout"] == "3"


def test_a_writer_that_the_server_lost_does_not_keep_the_others_out(direct: str) -> None:
    limits = ("lock_timeout", "idle_in_transaction_session_timeout")
    with opened(direct) as engine:
        with write_transaction(engine) as connection:
            inside = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in limits]
        with read_transaction(engine) as connection:
            outside = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in limits]
    assert inside == ["2500ms", "1min"]
    assert outside == ["0", "0"]
