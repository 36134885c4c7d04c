"""Which addresses belong to the shop that is crawled, and which of two addresses are one page."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_plus, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from lookalike.contract.errors import BadRequestError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_MAX_URL_CHARS: Final = 2000
_MAX_REPEATED_SEGMENTS: Final = 2

_VISIT_PARAMETERS: Final = re.compile(
    r"utm_\w+|gclid|fbclid|msclkid|phpsessid|jsessionid|sid|session_?id", re.IGNORECASE
)
"""Query parameters that say who comes from where, not which page is meant."""

_DIGIT: Final = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Site:
    """A shop: a host with its subdomains, on the port of the start address.

    A leading `www.` is no part of the host; http and https on their usual ports are one site.
    """

    host: str
    port: int | None

    @classmethod
    def of(cls, url: str, host: str | None = None) -> Site:
        """The site that a start address opens; `host` widens it, to `shop.example` for one.

        Raises:
            BadRequestError: no http or https address with a host.
        """
        place = _origin(url)
        if place is None:
            raise BadRequestError(f"{url!r} is no http or https address")
        scheme, start_host, port = place
        site = cls(_bare(host or start_host), None if port == _DEFAULT_PORTS[scheme] else port)
        if not site.covers(url):
            raise BadRequestError(f"{url} is not of {host}")
        return site

    def covers(self, url: str) -> bool:
        """Whether an address is a page of this site."""
        place = _origin(url)
        if place is None:
            return False
        scheme, host, port = place
        own_port = _DEFAULT_PORTS[scheme] if self.port is None else self.port
        return port == own_port and (host == self.host or host.endswith(f".{self.host}"))


def absolute_url(base_url: str, href: str) -> str | None:
    """The http or https address that a page's link means, None for anything else."""
    try:
        url = urljoin(base_url, href.strip())
    except ValueError:
        return None
    return None if _origin(url) is None else url


def own_address(url: str, stated: str) -> str:
    """The address that a page at `url` gives as its own, if it can be: one of the same host.

    With and without `www.`, http and https are one; the page's scheme stays. A shop that sends all
    pages home is ignored.
    """
    if Site.of(stated) != Site.of(url):
        return url
    parts, scheme = urlsplit(stated), urlsplit(url).scheme
    if not parts.path.strip("/") and not parts.query:
        return url
    if parts.scheme == scheme:
        return stated
    usual_port = f":{_DEFAULT_PORTS[parts.scheme]}"
    return urlunsplit(parts._replace(scheme=scheme, netloc=parts.netloc.removesuffix(usual_port)))


def page_url(url: str) -> str:
    """The address that is fetched for a link: no fragment, no visit's own parameters."""
    parts = urlsplit(url.strip())
    # Escapes stay as they are: they may be of any encoding.
    query = "&".join(part for part in parts.query.split("&") if not _is_of_visit(part))
    path = re.sub(r";jsessionid=[^/]*", "", parts.path, flags=re.IGNORECASE)
    # Space before a query or fragment that is left out would be at the end.
    return urlunsplit((parts.scheme, parts.netloc, path.strip() or "/", query.strip(), ""))


def page_key(url: str) -> str:
    """What two addresses of one page share: query in order, escapes alike, no `http`/`https`."""
    return canonicalize_url(page_url(url)).partition("://")[2]


def may_be_one_page(one: str, other: str) -> bool:
    """Whether two addresses differ in their hosts and in parameters that one of them has, at most.

    `/p/1` and `/p/1?size=m` may be one page, `/p?id=1` and `/p?id=2` may not; nor may `/` and
    `/?id=1`, for behind the front page parameters say which page is meant.
    """
    (path, parameters), (other_path, others) = (
        _path_and_parameters(one),
        _path_and_parameters(other),
    )
    alike = parameters == others or (path and (parameters < others or others < parameters))
    return path == other_path and bool(alike)


def page_shape(url: str) -> str:
    """The pattern that an address follows: path segments with digits as `0`, no query values.

    Pages that a program makes without end (calendars, facets) follow one shape, or a few.
    """
    parts = urlsplit(url)
    path = "/".join("0" if _DIGIT.search(segment) else segment for segment in parts.path.split("/"))
    names = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return f"{path}?{'&'.join(sorted(names))}"


def is_absurd(url: str) -> bool:
    """Whether an address is too long, or goes round in circles (`/a/b/a/b/a/b`)."""
    if len(url) > _MAX_URL_CHARS:
        return True
    segments = Counter(s for s in urlsplit(url).path.split("/") if s)
    return max(segments.values(), default=0) > _MAX_REPEATED_SEGMENTS


def _path_and_parameters(url: str) -> tuple[str, set[tuple[str, str]]]:
    parts = urlsplit(f"//{page_key(url)}")
    return parts.path.rstrip("/"), set(parse_qsl(parts.query, keep_blank_values=True))


def _is_of_visit(parameter: str) -> bool:
    name = unquote_plus(parameter.partition("=")[0])
    return bool(_VISIT_PARAMETERS.fullmatch(name))


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host in lower case and port; None where it is no http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    return parts.scheme, _bare(parts.hostname), port or _DEFAULT_PORTS[parts.scheme]


def _bare(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
