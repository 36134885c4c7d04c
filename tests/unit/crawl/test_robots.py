"""What a page's own robots tag says of its links."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from catalog.crawl.robots import forbids_following
from tests.functional.crawl.pages import page


@pytest.mark.parametrize(
    ("tag", "forbidden"),
    [
        ('<meta name="robots" content="noindex,nofollow">', True),
        ('<meta name="ROBOTS" content="NOINDEX, NOFOLLOW">', True),
        ('<meta content="None" name="Robots">', True),
        ('<meta name="robots" content="noindex">', False),
        ('<meta name="robots" content="max-image-preview:none">', False),
        ('<meta name="description" content="none">', False),
        ("", False),
    ],
)
def test_links_are_not_followed_where_the_page_says_so(tag: str, forbidden: bool) -> None:
    response = HtmlResponse("https://shop.example/", body=page("", tag), encoding="utf-8")
    assert forbids_following(response) is forbidden
