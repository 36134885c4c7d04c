"""Which addresses a crawl or an import may connect to."""

from __future__ import annotations

import pytest

from catalog.addresses import is_public, private_origin
from lookalike.contract.errors import UnavailableError


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "no address",
    ],
)
def test_addresses_of_the_own_network_are_not(address: str) -> None:
    assert not is_public(address)


def test_only_a_start_address_in_the_own_network_opens_it_and_only_itself() -> None:
    assert private_origin("http://127.0.0.1:8080/shop") == "127.0.0.1:8080"
    assert private_origin("http://localhost/shop") == "localhost:80"
    assert private_origin("https://8.8.8.8/shop") is None


def test_a_host_that_is_not_there_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"shop\.invalid can't be found"):
        private_origin("http://shop.invalid/")
