"""Which addresses are pages of a shop, and which are the same page."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.crawl.site import Site, absolute_url, is_absurd, page_key, page_shape, page_url
from lookalike.contract.errors import BadRequestError


@pytest.mark.parametrize(
    ("url", "covered"),
    [
        ("https://www.shop.example/p/1", True),
        ("http://shop.example/p/1", True),
        ("https://shop.example:443/p/1", True),
        ("https://kr.shop.example/p/1", True),
        ("https://SHOP.example./p", True),
        ("https://shop.example:8443/p/1", False),
        ("https://notshop.example/p/1", False),
        ("https://shop.example.evil.example/", False),
        ("https://shop.example@evil.example/", False),
        ("ftp://shop.example/p/1", False),
        ("mailto:a@shop.example", False),
        ("javascript:alert(1)", False),
        ("https://shop.example:99999/", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_a_site_is_a_host_with_its_subdomains(url: str, covered: bool) -> None:
    assert Site.of("https://www.shop.example/start").covers(url) is covered


def test_a_site_on_a_port_of_its_own_is_that_port_alone() -> None:
    site = Site.of("http://127.0.0.1:8080")
    assert site.covers("http://127.0.0.1:8080/p")
    assert not site.covers("http://127.0.0.1:8081/p")
    assert not site.covers("http://127.0.0.1/p")


@pytest.mark.parametrize(
    "url", ["", "shop.example", "file:///etc/passwd", "http://", "http://a:b/"]
)
def test_what_is_no_web_address_is_no_site(url: str) -> None:
    with pytest.raises(BadRequestError, match="is no http or https address"):
        Site.of(url)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://shop.example/p?b=2&a=1", "https://shop.example/p?a=1&b=2"),
        ("https://shop.example/p#reviews", "https://shop.example/p"),
        ("http://shop.example", "https://shop.example/"),
        ("https://shop.example/p?utm_source=mail&id=3&gclid=x", "https://shop.example/p?id=3"),
        ("https://shop.example/p;jsessionid=AB12", "https://shop.example/p"),
        ("https://shop.example/%EB%B0%94%EC%A7%80", "https://shop.example/바지"),
    ],
)
def test_addresses_of_one_page_have_one_key(one: str, other: str) -> None:
    assert page_key(one) == page_key(other)


@pytest.mark.parametrize(
    ("query", "fetched"),
    [
        ("?cate=%BF%F8%C7%C7%BD%BA&utm_source=a", "?cate=%BF%F8%C7%C7%BD%BA"),  # in EUC-KR
        ("?utm_source=a&a&b=", "?a&b="),
        ("?a=1+2&gclid=x&b=%7e;c", "?a=1+2&b=%7e;c"),
        ("?%75tm_source=a&SID=1", ""),
        ("?a=utm_source&a=sid", "?a=utm_source&a=sid"),
    ],
)
def test_a_visit_s_parameters_go_and_the_rest_of_a_query_stays_as_it_is(
    query: str, fetched: str
) -> None:
    assert page_url(f"https://shop.example/list{query}") == f"https://shop.example/list{fetched}"


def test_pages_that_differ_have_keys_that_differ() -> None:
    assert page_key("https://shop.example/p?id=3") != page_key("https://shop.example/p?id=4")


def test_addresses_that_a_program_makes_have_one_shape() -> None:
    assert page_shape("https://a.example/cal/2031/05?d=1") == page_shape(
        "https://a.example/cal/1999/12?d=28"
    )
    assert page_shape("https://a.example/women") != page_shape("https://a.example/men")


def test_addresses_that_go_round_in_circles_are_absurd() -> None:
    assert is_absurd("https://shop.example/a/b/a/b/a/b")
    assert is_absurd("https://shop.example/" + "x" * 3000)
    assert not is_absurd("https://shop.example/women/dresses/women-dress-7")


@given(st.text(max_size=60))
@example("0\x85#0")
@example("0 ? #0")
def test_any_link_is_a_web_address_or_none(href: str) -> None:
    url = absolute_url("https://shop.example/c/", href)
    if url is not None:
        assert page_key(page_url(url)) == page_key(url)
