"""Asking a lookalike service from Python."""

from lookalike.client.http import DEFAULT_URL, HttpSearchClient
from lookalike.client.interface import SearchClient

__all__ = ["DEFAULT_URL", "HttpSearchClient", "SearchClient"]
