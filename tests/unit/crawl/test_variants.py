"""Of a group's variants those that look different are products, under numbers that last."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from catalog.crawl.listings import product_id
from catalog.crawl.page_product import PageProduct
from catalog.crawl.page_products import PageReading, read_page
from tests.functional.crawl.pages import json_ld, page
from tests.unit.crawl.readings import URL, opengraph


def _variant(
    sku: str, color: str, price: str, availability: str = "InStock", **changed: Any
) -> dict[str, Any]:
    offer = {"price": price, "priceCurrency": "EUR", "availability": availability}
    return {"@type": "Product", "sku": sku, "color": color, "offers": offer, **changed}


def _of_group(*variants: dict[str, Any], **changed: Any) -> list[PageProduct]:
    return _read(*variants, **changed).products


def _read(*variants: dict[str, Any], head: str = "", **changed: Any) -> PageReading:
    group = {
        "@type": "ProductGroup",
        "productGroupID": "G1",
        "name": "Skater dress",
        "brand": "Basics",
        "category": "Dresses",
        "image": "/img/g.png",
        "hasVariant": list(variants),
        **changed,
    }
    return read_page(page("", json_ld(group) + head), URL)


def test_a_group_gives_a_product_for_each_variant_that_looks_different() -> None:
    found = _of_group(
        _variant("G1-RED-S", "Red", "30"),
        _variant("G1-RED-M", "Red", "25"),
        _variant("G1-BLUE-S", "Blue", "35"),
    )
    assert [(p.shop_id, p.title, p.price) for p in found] == [
        ("G1-Red", "Skater dress", Decimal(25)),
        ("G1-Blue", "Skater dress", Decimal(35)),
    ]


def test_a_size_that_is_sold_out_does_not_say_the_price() -> None:
    (found,) = _of_group(
        _variant("G1-S", "Red", "30"), _variant("G1-M", "Red", "20", "https://schema.org/SoldOut")
    )
    assert (found.price, found.attributes["availability"]) == (Decimal(30), "InStock")
    (sold_out,) = _of_group(
        _variant("G1-S", "Red", "30", "OutOfStock"), _variant("G1-M", "Red", "20", "OutOfStock")
    )
    assert sold_out.price == Decimal(20)


def test_two_pictures_of_one_colour_are_two_products() -> None:
    variants = [
        _variant("G1-DOTS-S", "Red", "30", image="/img/dots.png"),
        _variant("G1-PLAIN", "Red", "20", image="/img/plain.png"),
        _variant("G1-DOTS-M", "Red", "25", image="/img/dots.png"),
        _variant("G1-BLUE", "Blue", "35"),
    ]
    found = _of_group(*variants)
    assert [(p.price, p.picture_urls[0].rpartition("/")[2]) for p in found] == [
        (Decimal(25), "dots.png"),
        (Decimal(20), "plain.png"),
        (Decimal(35), "g.png"),
    ]
    unnamed = _of_group(*variants, productGroupID=None)
    assert [p.shop_id for p in unnamed] == ["G1-DOTS-S", "G1-PLAIN", "G1-BLUE"]


def test_variants_without_any_number_are_the_page_s_one_product() -> None:
    found = _of_group(_variant("", "Red", "30"), _variant("", "Blue", "20"), productGroupID=None)
    assert [(p.shop_id, p.attributes["color"]) for p in found] == [("", "Red")]


def test_variants_that_look_alike_are_compared_within_a_currency() -> None:
    (found,) = _of_group(
        {**_variant("G1-S", "Red", ""), "offers": {"price": 29900, "priceCurrency": "KRW"}},
        {**_variant("G1-M", "Red", ""), "offers": {"price": 20, "priceCurrency": "USD"}},
        {**_variant("G1-L", "Red", ""), "offers": {"price": 28000, "priceCurrency": "KRW"}},
    )
    assert (found.price, found.currency) == (Decimal(28000), "KRW")


def _ids(*variants: dict[str, Any], **changed: Any) -> list[str]:
    return [product_id(p, "") for p in _of_group(*variants, **changed)]


def test_a_colour_keeps_its_number_when_the_others_are_gone() -> None:
    red, blue = _variant("A", "Red", "30"), _variant("B", "Blue", "30")
    assert _ids(red, blue) == ["G1-Red", "G1-Blue"]
    assert _ids(blue) == ["G1-Blue"]


def test_prints_of_one_colour_keep_their_numbers_whichever_come_and_go() -> None:
    dots, stripes, plain = (
        _variant(name, "Red", "30", image=f"https://img.shop.example/{name}.png?v=1")
        for name in ("dots", "stripes", "plain")
    )
    all_ids = _ids(dots, stripes, plain)
    assert len(set(all_ids)) == 3
    assert all(number.startswith("G1-Red-") for number in all_ids)
    assert _ids(plain, stripes) == [all_ids[2], all_ids[1]]
    moved = {**dots, "image": "https://cdn.example/dots.png?v=2"}
    assert _ids(moved, plain) == [all_ids[0], all_ids[2]]
    assert _ids(plain) == ["G1-Red"]


def test_pictures_that_differ_in_their_query_alone_are_told_apart() -> None:
    one, other = (_variant("", "Red", "30", image=f"/image?id={n}") for n in range(2))
    assert len(set(_ids(one, other))) == 2


def test_colours_that_make_one_id_are_told_apart() -> None:
    one, other = (
        _variant("", colour, "30", image=f"/{n}.png")
        for n, colour in enumerate(("Red/White", "red white"))
    )
    assert len({number.casefold() for number in _ids(one, other)}) == 2


def test_looks_without_a_colour_have_their_own_numbers_or_the_group_s() -> None:
    one, other = (_variant(sku, "", "30", image=f"/{sku}.png") for sku in ("A", "B"))
    assert _ids(one, other) == ["A", "B"]
    assert _ids(one) == ["G1"]
    unnamed = [{**variant, "sku": ""} for variant in (one, other)]
    first, second = _ids(*unnamed)
    assert first != second
    assert first.startswith("G1-")


def test_one_number_for_several_looks_tells_them_apart_by_their_pictures() -> None:
    looks = [_variant("A", "", "30", image=f"/{n}.png") for n in range(2)]
    first, second = _ids(*looks, productGroupID=None)
    assert first != second
    assert first.startswith("A-")


def test_all_colours_of_many_sizes_are_read_and_what_is_cut_off_is_told() -> None:
    sizes = [_variant(f"{n}", f"Colour {n // 20}", "30") for n in range(200)]
    assert len(_of_group(*sizes)) == 10
    reading = _read(*(sizes * 3))
    assert len(reading.products) == 10
    assert reading.broken == ["a product of 600 variants, of which the first 500 are read"]


def test_variants_lead_to_their_own_addresses() -> None:
    found = _of_group(
        _variant("A", "Red", "30", url="/p/1?colour=red&size=s"),
        _variant("B", "Red", "20", url="/p/1?colour=red&size=m"),
        {**_variant("C", "Blue", "30"), "offers": {"price": 30, "url": "/p/1?colour=blue"}},
        _variant("D", "Green", "30", url="https://elsewhere.example/p/1"),
        _variant("E", "Grey", "30"),
    )
    assert [p.url for p in found] == [f"{URL}?colour=red&size=s", f"{URL}?colour=blue", URL, URL]


def test_sizes_of_one_look_lead_to_the_page() -> None:
    sizes = (_variant(size, "Red", "30", url=f"/p/1?size={size}") for size in "sml")
    assert [p.url for p in _of_group(*sizes)] == [URL]


def test_variants_without_any_number_are_known_by_their_addresses() -> None:
    variants = [_variant("", c, "30", url=f"/p/1?colour={c}") for c in ("red", "blue")]
    assert _ids(*variants, productGroupID=None) == ["p-1-colour=red", "p-1-colour=blue"]


def test_variants_that_are_named_by_address_alone_are_links() -> None:
    others = [{"url": "/p/2"}, {"@type": "Product", "url": "https://shop.example/p/3"}]
    reading = _read(_variant("A", "", "30", url="/p/1"), *others)
    assert [(p.shop_id, p.url) for p in reading.products] == [("A", URL)]
    assert reading.product_links == ["https://shop.example/p/2", "https://shop.example/p/3"]
    assert reading.broken == []


def test_a_group_of_nothing_but_addresses_is_a_product_if_it_has_a_price() -> None:
    links = [{"url": "/p/2"}, {"url": "/p/3"}]
    reading = _read(*links)
    assert (reading.products, len(reading.product_links)) == ([], 2)
    (found,) = _of_group(*links, offers={"price": 30})
    assert found.price == Decimal(30)
    (found,) = _read(*links, head=opengraph(product__price__amount="19.00")).products
    assert found.price == Decimal("19.00")
