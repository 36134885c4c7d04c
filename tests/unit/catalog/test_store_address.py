"""What messages show of the store's address, and what they don't."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy.engine import make_url

from catalog.store import open_store
from catalog.store_address import shown_address, store_place
from cli.settings import Settings
from lookalike.contract.errors import UnavailableError

_SECRET = "s3cr-t"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://shop:{_SECRET}@db/shop", "postgresql://shop:***@db/shop"),
        (f"postgresql://shop:?{_SECRET}@db/shop", "postgresql://shop:***@db/shop"),
        (
            f"postgresql+psycopg://db/shop?user=shop&password={_SECRET}&sslmode=require",
            "postgresql+psycopg://db/shop?user=shop&password=***&sslmode=require",
        ),
        (f"postgresql://db/shop?PassWord={_SECRET}", "postgresql://db/shop?PassWord=***"),
        (
            f"postgresql://a:{_SECRET}@db/shop?sslkey=k.pem&sslpassword={_SECRET}&passfile=p",
            "postgresql://a:***@db/shop?sslkey=k.pem&sslpassword=***&passfile=***",
        ),
        ("postgresql://shop:p@ss:w/o?rd@db/shop", "postgresql://shop:***@db/shop"),
        (f"postgresql://shop@db1:{_SECRET}@db/shop", "postgresql://shop@db1:***@db/shop"),
        (f"postgresql://shop@db1:{_SECRET}@x@db/shop", "postgresql://shop@db1:***@db/shop"),
        ("postgresql://shop@db/shop", "postgresql://shop@db/shop"),
        ("sqlite:////srv/a:b@c/catalog.sqlite", "sqlite:////srv/a:b@c/catalog.sqlite"),
        ("sqlite:///data/50%25%3Fshop.sqlite", "sqlite:///data/50%25%3Fshop.sqlite"),
    ],
)
def test_addresses_are_shown_without_passwords(url: str, shown: str) -> None:
    assert shown_address(url) == shown
    assert Settings(store_url=url).shown_store_url == shown


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql+psycopg://anna:s@db/shop?sslmode=require", "postgresql://db/shop"),
        ("postgresql://bert@db/shop?connect_timeout=5&tcp_user_timeout=1", "postgresql://db/shop"),
        ("postgresql+psycopg://db:5433/shop", "postgresql://db:5433/shop"),
        ("postgresql+psycopg://?host=db&port=5433&dbname=shop", "postgresql://db:5433/shop"),
        ("postgresql+psycopg:///shop?host=/run/pg", "postgresql:///run/pg/shop"),
        ("sqlite:////srv/shop.sqlite?timeout=9", "sqlite:////srv/shop.sqlite"),
    ],
)
def test_a_store_is_where_it_lies_whoever_asks_it_and_how(url: str, place: str) -> None:
    assert store_place(make_url(url)) == place


def test_a_store_that_can_not_be_opened_is_named_without_its_password() -> None:
    with socket.socket() as nobody:  # it does not listen: whoever connects is refused
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        url = f"postgresql+psycopg://127.0.0.1:{port}/shop?user=anna&password={_SECRET}"
        with pytest.raises(UnavailableError, match=r"user=anna.* can't be opened") as refused:
            open_store(url)
    assert _SECRET not in refused.value.message


@pytest.mark.parametrize("between", ["@", "@:", "@w:", "@w/", "@w?"])
def test_a_password_that_is_taken_for_other_parts_is_told_without_a_part_of_it(
    between: str,
) -> None:
    with pytest.raises(UnavailableError, match="percent-encode the password") as refused:
        open_store(f"postgresql+psycopg://shop:be{_SECRET}{between}{_SECRET}@host.invalid/shop")
    assert _SECRET not in refused.value.message
    assert refused.value.__cause__ is None


def test_of_an_address_with_several_at_signs_the_kind_of_failure_is_told() -> None:
    url = f"postgresql+psycopg://shop@db1:{_SECRET}@host.invalid/shop"
    with pytest.raises(
        UnavailableError, match=r"shop@db1:\*\*\*@host.*OperationalError"
    ) as refused:
        open_store(url)
    assert _SECRET not in refused.value.message


def test_a_port_that_is_no_number_is_told_and_not_shown() -> None:
    with pytest.raises(UnavailableError, match=r"port is no number.* the password") as refused:
        open_store(f"postgresql+psycopg://shop:{_SECRET}")
    assert _SECRET not in refused.value.message


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg2"])
def test_an_address_of_postgresql_that_can_t_be_used_is_told_with_one_that_can(scheme: str) -> None:
    with pytest.raises(UnavailableError, match=r"begins with postgresql\+psycopg://") as refused:
        open_store(f"{scheme}://shop:{_SECRET}@db/shop")
    assert _SECRET not in refused.value.message
