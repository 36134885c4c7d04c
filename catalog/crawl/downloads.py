"""What can go wrong with a download, in words."""

from __future__ import annotations

from typing import Final

from scrapy import exceptions
from twisted.internet import error as network
from twisted.web.client import ResponseFailed

DOWNLOAD_ERRORS: Final[tuple[type[Exception], ...]] = (
    exceptions.CannotResolveHostError,
    exceptions.DownloadCancelledError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
    exceptions.IgnoreRequest,
    exceptions.ResponseDataLossError,
    exceptions.UnsupportedURLSchemeError,
    exceptions.NotSupported,
    network.ConnectError,
    network.ConnectionClosed,
    ResponseFailed,
    OSError,
    ValueError,
)
"""Everything that Scrapy's downloader raises for an answer that does not come."""

_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.CannotResolveHostError, "is at a host that can't be found or reached from here"),
    (exceptions.DownloadCancelledError, "is larger than is taken"),
    # Scrapy's word for a packed answer that is too large unpacked.
    (exceptions.IgnoreRequest, "is larger than is taken"),
    (exceptions.DownloadConnectionRefusedError, "refuses the connection"),
    (exceptions.DownloadTimeoutError, "did not answer in time"),
    (exceptions.ResponseDataLossError, "was cut off"),
    (exceptions.UnsupportedURLSchemeError, "is no http or https address"),
    (exceptions.NotSupported, "is no http or https address"),
)

_ENDLESS: Final = "max redirections"
"""Scrapy's word for redirects that it follows no further."""


def failure_reason(error: BaseException) -> str:
    """Why a download failed, as the end of a sentence that begins with its address."""
    if isinstance(error, exceptions.IgnoreRequest) and _ENDLESS in str(error):
        return "leads from one address to the next without end"
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    return f"can't be fetched ({type(error).__name__})"
