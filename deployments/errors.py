"""What can go wrong with the processes of a service."""

from __future__ import annotations


class ServiceError(Exception):
    """The service did not come up, or went down; the message says so in one sentence."""
