"""The search that `lookalike up` offers to try."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from catalog.street_queries import StreetQuery
from cli.introduction import search_command
from lookalike.contract.addresses import DEFAULT_URL, URL_VARIABLE
from lookalike.contract.taxonomy import Category

QUERY = StreetQuery(Path("my shop/it's a.jpg"), (1, 2, 30, 40), Category.DRESS, "look", ())
ASKED = ["lookalike", "search", "my shop/it's a.jpg", "--crop", "1,2,30,40"]
LIMITS = ["--k", "5", "--max-price", "40"]


def test_a_shell_reads_the_words_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    assert shlex.split(search_command(QUERY, DEFAULT_URL)) == [*ASKED, *LIMITS]


def test_it_asks_the_service_that_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:9000"
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    assert shlex.split(search_command(QUERY, url)) == [*ASKED, "--url", url, *LIMITS]
    monkeypatch.setenv(URL_VARIABLE, url)
    assert "--url" not in search_command(QUERY, url)
    assert f"--url {DEFAULT_URL}" in search_command(QUERY, DEFAULT_URL)
