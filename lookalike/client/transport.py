"""The client that an address asks for."""

from __future__ import annotations

from lookalike.client.address import is_nats
from lookalike.client.http import HttpSearchClient
from lookalike.client.interface import JobsClient, SearchClient
from lookalike.contract.errors import BadRequestError
from lookalike.contract.subjects import DEFAULT_NATS_URL, without_login


def jobs_client_for(
    url: str, *, deadline_s: float = 10.0, api_key: str | None = None
) -> JobsClient:
    """A client for durable jobs, which are there over NATS alone.

    Raises: BadRequestError for any other address, UnauthorizedError as `client_for`.
    """
    if not is_nats(url):
        raise BadRequestError(
            f"durable jobs go over NATS: give an address such as {DEFAULT_NATS_URL}, "
            f"not {without_login(url)}"
        )
    from lookalike.client.nats_jobs import NatsJobsClient

    return NatsJobsClient(url, deadline_s=deadline_s, api_key=api_key)


def client_for(url: str, *, deadline_s: float = 10.0, api_key: str | None = None) -> SearchClient:
    """A client over NATS for nats:// and tls:// addresses, over HTTP for any other.

    Raises: UnauthorizedError for an `api_key` that can't be one, UnavailableError for an HTTP
        address that can't; over NATS the first request does.
    """
    if not is_nats(url):
        return HttpSearchClient(url, deadline_s=deadline_s, api_key=api_key)
    from lookalike.client.nats import NatsSearchClient  # an HTTP client does not load nats-py

    return NatsSearchClient(url, deadline_s=deadline_s, api_key=api_key)
