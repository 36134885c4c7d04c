"""Pictures that a former crawl fetched are asked for again by what their server said of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from catalog.crawl.frontier import Frontier
from catalog.crawl.pictures import PictureFetcher
from catalog.images import ImageFolder
from tests.unit.catalog.making import picture

URL = "https://shop.example/a.png"


class Shelf:
    """One picture, whose server tells a change by a single header, and says so once."""

    def __init__(self, validator: str, condition: str) -> None:
        self._validator, self._condition = validator, condition
        self.state, self.body = "Mon, 01 Jan 2024 00:00:00 GMT", picture(0)
        self.asked = 0

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        said = request.headers.get(self._condition)
        if said is not None and said.decode() == self.state:
            return Response(request.url, status=304)
        return Response(request.url, headers={self._validator: self.state}, body=self.body)

    def change(self) -> None:
        self.state, self.body = "Tue, 02 Jan 2024 00:00:00 GMT", picture(200)


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[Frontier]:
    with closing(Frontier(tmp_path / "frontier.sqlite")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("validator", "condition"),
    [("Last-Modified", "If-Modified-Since"), ("ETag", "If-None-Match")],
)
def test_a_change_is_seen_after_an_answer_that_said_unchanged_and_no_more(
    frontier: Frontier, tmp_path: Path, validator: str, condition: str
) -> None:
    shelf, images = Shelf(validator, condition), ImageFolder(tmp_path / "images")
    with ThreadPoolExecutor(1) as pool:

        def crawl() -> str:
            frontier.restart()
            fetcher = PictureFetcher(frontier, images, shelf.answer, pool, {})
            return asyncio.run(fetcher.key_of(URL))

        first = crawl()
        assert [crawl(), crawl()] == [first, first]
        shelf.change()
        assert crawl() != first
        assert shelf.asked == 4
