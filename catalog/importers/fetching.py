"""Pictures by address: fetched once, from the open internet, within limits of size and time."""

from __future__ import annotations

import logging
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import Final

import httpx

from catalog.addresses import is_public
from catalog.images import ImageFolder
from catalog.importers.busy_hosts import BusyHosts, seconds_of
from catalog.importers.connections import AddressRule, exempt_proxies
from catalog.importers.known_addresses import KnownAddresses
from catalog.importers.picture_line import PictureLine
from catalog.importers.pictures import keep
from lookalike.contract.errors import BadRequestError, ImageTooLargeError, LookalikeError
from lookalike.vision.images import DEFAULT_LIMITS, ImageLimits

_LOG: Final = logging.getLogger(__name__)
_PASSING_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
_BUSY_STATUSES: Final = frozenset({429, 503})


class FetchError(BadRequestError):
    """A picture can't be had from its address; the message is a clause that says why."""


class _PassingError(FetchError):
    """A failure that another try may not meet."""


class _BusyError(FetchError):
    """A server's answer that it is to be asked again after `again_s` seconds."""

    def __init__(self, again_s: float) -> None:
        super().__init__("its server is busy")
        self.again_s = again_s


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What one picture may cost: `tries` requests of `total_s` seconds at most, redirects in it.

    Between tries it waits `pause_s` seconds, and twice as long each time. Requests after which a
    server says when to come again are no tries: it is left alone so long, `pause_s` at least, and
    all that waiting may take a picture `patience_s` seconds.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    total_s: float = 30.0
    tries: int = 3
    pause_s: float = 0.5
    patience_s: float = 60.0
    redirects: int = 5
    connections: int = 8


class HttpPictures:
    """Fetches pictures into the image folder and remembers in a file which address gave which.

    A picture that was fetched is not asked for again, in this run or a later one.
    """

    def __init__(
        self,
        images: ImageFolder,
        remembered: Path,
        limits: FetchLimits = FetchLimits(),
        picture_limits: ImageLimits = DEFAULT_LIMITS,
        may_reach: AddressRule = is_public,
    ) -> None:
        """`remembered` is the file of known addresses, made if new.

        `may_reach` says which IP addresses are connected to, in redirects too.

        Raises:
            UnavailableError: the host of the environment's proxy can't be found.
        """
        self._images = images
        self._limits = limits
        self._picture_limits = picture_limits
        self._known = KnownAddresses(remembered)
        self._given_up = threading.Event()
        self._busy = BusyHosts(self._given_up)
        exempt, tls = exempt_proxies(), httpx.create_ssl_context()
        timeout = httpx.Timeout(limits.read_s, connect=limits.connect_s)
        self._lines = [
            PictureLine(may_reach, exempt, tls, timeout) for _ in range(limits.connections)
        ]
        self._free = LifoQueue[PictureLine]()
        for line in self._lines:
            self._free.put(line)

    def fetch(self, url: str) -> str:
        """The key under which the picture at `url` is kept; called from several threads.

        Raises:
            FetchError: it can't be had.
            PrivateAddressError: its address, or one that it leads to, may not be reached.
            BadImageError: what came can't be decoded.
            ImageTooLargeError: it is above a limit.
            OSError: the image folder can't be written.
        """
        key = self._known.get(url)
        if key is None or key not in self._images:
            key = keep(self._images, self._download(url), self._picture_limits)
            self._known.put(url, key)
        return key

    def give_up(self) -> None:
        """Let every fetch under way end in a FetchError now, whatever its server does."""
        self._given_up.set()
        for line in self._lines:
            line.guard.shut()

    def close(self) -> None:
        """Close all connections."""
        for line in self._lines:
            line.client.close()
        self._known.close()

    def __enter__(self) -> HttpPictures:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _download(self, url: str) -> bytes:
        try:
            return self._download_in_tries(url)
        except LookalikeError:
            raise
        except Exception:
            # One address in a million that breaks a library must not end the import.
            _LOG.exception("fetching %s failed", url)
            raise FetchError("fetching failed; the log says where") from None

    def _download_in_tries(self, url: str) -> bytes:
        host = url.partition("://")[2].partition("/")[0].lower()
        patience_s, failed = self._limits.patience_s, 0
        while True:
            patience_s -= self._wait_for(host, patience_s)
            try:
                return self._download_once(url)
            except _BusyError as error:
                # No longer each time: that is this picture's bad luck, and all others would wait.
                self._busy.note(host, max(error.again_s, self._limits.pause_s))
            except _PassingError:
                failed += 1
                if failed == self._limits.tries:
                    raise
                self._given_up.wait(self._limits.pause_s * 2 ** (failed - 1))

    def _wait_for(self, host: str, at_most_s: float) -> float:
        try:
            return self._busy.wait(host, at_most_s)
        except TimeoutError:
            left_s = self._busy.left_s(host)
            raise FetchError(f"its server asks to be left alone for {left_s:,.0f} s") from None

    def _download_once(self, url: str) -> bytes:
        line = self._free.get()
        try:
            return self._download_in_time(url, line)
        except httpx.TimeoutException:
            raise _PassingError("its server took too long") from None
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError):
            # UnicodeError: a host with an empty or too long label, or with broken Punycode.
            raise FetchError("it leads to what is no http or https address") from None
        except httpx.TransportError as error:
            raise _PassingError(f"it can't be reached ({type(error).__name__})") from None
        finally:
            self._free.put(line)

    def _download_in_time(self, url: str, line: PictureLine) -> bytes:
        self._check_wanted()
        with line.guard.within(self._limits.total_s) as late:
            try:
                body = self._body_at(url, line.client)
            except (httpx.TransportError, OSError):
                self._check_in_time(late)
                raise
        # A connection that was ended may have left half a picture.
        self._check_in_time(late)
        self._check_wanted()
        return body

    def _body_at(self, url: str, client: httpx.Client) -> bytes:
        """What lies at the end of redirects, whose own bodies nobody reads."""
        request = client.build_request("GET", url)
        for _ in range(self._limits.redirects + 1):
            with closing(client.send(request, stream=True)) as response:
                if response.next_request is None:
                    return self._body(response)
                request = response.next_request
        raise FetchError("it leads from one address to the next")

    def _check_wanted(self) -> None:
        if self._given_up.is_set():
            raise FetchError("fetching was given up")

    def _check_in_time(self, late: threading.Event) -> None:
        if late.is_set():
            raise FetchError(f"it took more than {self._limits.total_s:g} s")

    def _body(self, response: httpx.Response) -> bytes:
        if response.status_code in _PASSING_STATUSES:
            again_s = seconds_of(response.headers.get("retry-after", ""))
            if response.status_code in _BUSY_STATUSES and again_s is not None:
                raise _BusyError(again_s)
            raise _PassingError(f"its server answered {response.status_code}")
        if response.status_code != httpx.codes.OK:
            raise FetchError(f"its server answered {response.status_code}")
        most = self._picture_limits.max_bytes
        stated = response.headers.get("content-length", "")
        body = bytearray()
        if not (stated.isdecimal() and int(stated) > most):
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > most:
                    break
            else:
                return bytes(body)
        raise ImageTooLargeError(f"it has more than the {most:,} bytes that are taken")
