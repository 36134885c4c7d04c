"""Keeps a crawl off addresses inside the own network, whatever a shop's page links to.

Checked where a connection is made, with the very address that is connected to: a redirect, a
name that resolves to 127.0.0.1, or one that resolves differently the second time gains nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from scrapy.resolver import CachingHostnameResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from catalog.addresses import is_public

logger = logging.getLogger(__name__)


class GuardedResolver(CachingHostnameResolver):  # type: ignore[misc]
    """Resolves names for the reactor, and leaves out addresses that are not public.

    `LOOKALIKE_PRIVATE_ORIGINS` lists the `host:port` that may be private all the same. Literal
    addresses come through here too, in any notation.
    """

    def __init__(self, reactor: Any, cache_size: int, origins: frozenset[str]) -> None:
        super().__init__(reactor, cache_size)
        self._origins = origins

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> GuardedResolver:
        """The resolver that Scrapy installs when a crawl starts."""
        settings = crawler.settings
        origins = frozenset(settings.getlist("LOOKALIKE_PRIVATE_ORIGINS"))
        return cls(reactor, settings.getint("DNSCACHE_SIZE"), origins)

    def resolveHostName(  # noqa: N802
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[Any] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve as `IHostnameResolver` has it, without addresses that may not be reached."""
        may_be_private = f"{hostName}:{portNumber}" in self._origins
        receiver = (
            resolutionReceiver if may_be_private else _PublicOnly(resolutionReceiver, hostName)
        )
        return super().resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )


@implementer(IResolutionReceiver)
class _PublicOnly:
    """Passes public addresses on to the receiver behind it."""

    def __init__(self, receiver: Any, host: str) -> None:
        self._receiver = receiver
        self._host = host

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802
        self._receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        if is_public(address.host):
            self._receiver.addressResolved(address)
        else:
            logger.warning("%s is %s, inside the own network", self._host, address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()
