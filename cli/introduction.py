"""What `lookalike up` shows of a service that is ready: an answer, and where to go on."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import Final

from rich.console import Console

from catalog.street_queries import StreetQuery, street_queries
from cli.answer_table import print_answer
from cli.sentences import say
from cli.settings import Settings
from deployments.local_service import LocalService
from lookalike.client import HttpSearchClient
from lookalike.contract.addresses import DEFAULT_URL, URL_VARIABLE
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError, UnauthorizedError
from lookalike.contract.schemas import Crop, RecommendParams, RecommendReply
from lookalike.contract.subjects import without_login

_FIRST_QUERY_K: Final = 5
_FIRST_QUERY_S: Final = 60.0
"""The first search in a new checkout compiles its loops."""


def introduce(service: LocalService, settings: Settings, messages: Console) -> None:
    """Ask one real question and say where to go on."""
    queries = street_queries(settings.street_dir)
    out = Console()
    if queries:
        query = queries[0]
        say(out, f"A first question: what looks like the {query.category} in {query.photo}?")
        params = _params(query)
        try:
            reply = asyncio.run(_ask(service.url, query, params))
            print_answer(out, reply, params, service.url)
        except UnauthorizedError:
            out.print(f"It needs an API key: `lookalike keys add NAME`, then {API_KEY_VARIABLE}=…")
        except (LookalikeError, OSError) as error:  # the service is ready all the same
            say(messages, f"No answer to it: {error}", "yellow")
        say(out, f"\nTry:    {search_command(query, service.url)}")
    say(out, f"API:    {service.url}/docs")
    say(out, f"Ready?  {service.url}/readyz")
    if service.nats_url is not None:
        say(out, f"NATS:   {without_login(service.nats_url)}")
    say(out, f"Metrics: {service.metrics_url}")
    say(out, f"Log:    {service.lines_path}")
    out.file.flush()
    messages.print("Ctrl-C stops it.")


def search_command(query: StreetQuery, url: str) -> str:
    """A street photo's search as a line for a shell."""
    words = ["lookalike", "search", str(query.photo), "--crop", ",".join(map(str, query.crop))]
    if url != os.environ.get(URL_VARIABLE, DEFAULT_URL):
        words += ["--url", url]
    return shlex.join([*words, "--k", "5", "--max-price", "40"])


def _params(query: StreetQuery) -> RecommendParams:
    x, y, width, height = query.crop
    crop = Crop(x=x, y=y, width=width, height=height)
    return RecommendParams(crop=crop, k=_FIRST_QUERY_K, sort="value")


async def _ask(url: str, query: StreetQuery, params: RecommendParams) -> RecommendReply:
    key = os.environ.get(API_KEY_VARIABLE)
    async with HttpSearchClient(url, deadline_s=_FIRST_QUERY_S, api_key=key) as client:
        return await client.recommend(query.photo.read_bytes(), params)
