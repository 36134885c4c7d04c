"""A product as it is put is one that an export and an import leave as it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from lookalike.contract.errors import BadRequestError
from lookalike.contract.listing import PutProductParams, new_product_id

SHIRT: dict[str, Any] = {
    "title": "Red tee",
    "currency": "EUR",
    "price": 19.9,
    "item_url": "https://shop.example/p",
}


def put(**changed: Any) -> PutProductParams:
    return PutProductParams.model_validate({**SHIRT, **changed})


def test_white_space_around_a_text_is_no_part_of_it() -> None:
    params = put(
        title=" Red tee\n",
        brand="\u3000Basics\x1f",
        item_url=" https://shop.example/p\t",
        attributes={" colour ": " dark red "},
    )
    assert params == put(brand="Basics", attributes={"colour": "dark red"})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": "   "}, "title"),
        ({"title": 7}, "title"),
        ({"attributes": {" ": "red"}}, "attributes"),
        ({"attributes": {"a": "1", "a ": "2"}}, "attributes\n.*differ in the space around them"),
        ({"attributes": [["a", "1"]]}, "attributes"),
        ({"item_url": "https://shop.example:99999/p"}, "item_url"),
        ({"item_url": "https://shop.example:0/p"}, "item_url"),
        ({"item_url": "https:///p"}, "item_url"),
        ({"item_url": "https://./p"}, "item_url"),
        ({"item_url": "https://[::1/p"}, "item_url"),
        ({"item_url": "https://shop.example/a b"}, "item_url"),
    ],
)
def test_what_an_import_would_not_take_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        put(**changed)


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example",
        "https://shop.example:8443/p?a=1#b",
        "https://[2001:db8::1]/p",
        "https://상점.example/원피스",
    ],
)
def test_addresses_of_pages_are_taken(address: str) -> None:
    assert put(item_url=address).item_url == address


@pytest.mark.parametrize("price", [0, 0.01, 999_999_999_999.99, 10**12])
def test_prices_up_to_the_documented_limit_are_taken(price: float) -> None:
    assert put(price=price).price == Decimal(str(price))


@pytest.mark.parametrize("price", [-0.01, 10**12 + 0.01, 10**13])
def test_prices_beyond_the_documented_limit_are_refused(price: float) -> None:
    with pytest.raises(ValidationError, match="price"):
        put(price=price)


@pytest.mark.parametrize("char", [*'<>"\\^`{|}', " ", "\x7f"])
def test_an_address_holds_nothing_that_addresses_escape(char: str) -> None:
    with pytest.raises(ValidationError, match="item_url"):
        put(item_url=f"https://shop.example/a{char}b")


@pytest.mark.parametrize("product_id", ["a/b", "a\x00b", "a\nb"])
def test_no_id_has_a_slash_or_a_control_character(product_id: str) -> None:
    with pytest.raises(BadRequestError, match="pattern"):
        new_product_id(product_id)
