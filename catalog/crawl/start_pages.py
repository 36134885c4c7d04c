"""The pages that a crawl begins with, and those that they redirect to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from catalog.crawl.site import is_absurd, page_key, page_url

_MAX_REDIRECTS: Final = 20
"""As many as browsers follow. Source: Fetch Standard, HTTP-redirect fetch."""


class StartPages:
    """Pages without which there is no crawl: where one of them leads to is the start as well."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._redirects = {page_key(page_url(url)): 0 for url in urls}

    def __contains__(self, url: str) -> bool:
        return page_key(url) in self._redirects

    def lead_on(self, url: str, target: str) -> bool:
        """Note where a start page redirects to; False where that would go on without end."""
        redirects = self._redirects.get(page_key(url), 0) + 1
        if redirects > _MAX_REDIRECTS or is_absurd(target):
            return False
        self._redirects.setdefault(page_key(target), redirects)
        return True
