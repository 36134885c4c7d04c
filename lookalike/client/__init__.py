"""Asking a lookalike service from Python."""

from lookalike.client.http import DEFAULT_URL, HttpSearchClient
from lookalike.client.interface import CatalogClient, SearchClient

__all__ = ["DEFAULT_URL", "CatalogClient", "HttpSearchClient", "SearchClient"]
