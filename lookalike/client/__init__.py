"""Asking a lookalike service from Python."""

from lookalike.client.http import DEFAULT_URL, HttpSearchClient
from lookalike.client.interface import CatalogClient, JobsClient, SearchClient
from lookalike.client.transport import client_for, jobs_client_for

__all__ = [
    "DEFAULT_URL",
    "CatalogClient",
    "HttpSearchClient",
    "JobsClient",
    "SearchClient",
    "client_for",
    "jobs_client_for",
]
