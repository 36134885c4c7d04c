"""HTTP connections as the environment wants them: its proxies, its certificates."""

from __future__ import annotations

from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

from lookalike.client.address import is_on_this_machine
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import without_login

PROXIES: Final = "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY"
"""The variables that name one."""


def http_connections(
    url: str, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """A pool for what lies below `url`, without timeouts: httpx's own are for each read.

    What is on this machine is asked without a proxy, which would look for it on its own; and no
    photo or key goes there. SSL_CERT_FILE and SSL_CERT_DIR hold everywhere.
    Raises: UnavailableError for an environment that can't be followed.
    """
    here = is_on_this_machine(url)
    try:
        checks = httpx.create_ssl_context() if here and httpx.URL(url).scheme == "https" else True
        return httpx.AsyncClient(
            base_url=url, transport=transport, timeout=None, trust_env=not here, verify=checks
        )
    except (ImportError, ValueError, OSError, httpx.InvalidURL) as problem:
        raise UnavailableError(
            f"{without_login(url)} can't be asked by the proxies and certificates of the "
            f"environment ({PROXIES}, SSL_CERT_FILE): {problem}"
        ) from None


def goes_by_proxy(url: str) -> bool:
    """Whether `http_connections` asks a proxy of the environment for what lies below `url`."""
    if is_on_this_machine(url):
        return False
    address, proxies = httpx.URL(url), getproxies()
    named = address.scheme in proxies or "all" in proxies
    return named and not proxy_bypass(address.host)
