"""What a worker is told: its place in front of the service, and where the server is."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, Field

from deployments.settings import ServiceArgs
from lookalike.contract.subjects import DEFAULT_NATS_URL, NATS_URL_VARIABLE


class JobArgs(BaseModel):
    """The durable jobs of one worker replica."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_flight: int = Field(
        default=2, ge=0, description="jobs at work in one replica; 0: it works at none"
    )
    deadline_s: float = Field(
        default=60.0,
        gt=0,
        description="how long one try may take; less where a service elsewhere takes no such "
        "deadline",
    )
    ack_wait_s: float = Field(
        default=10.0,
        ge=0.1,
        description="another worker takes a job over after so long without a sign of life",
    )
    back_off_s: tuple[float, ...] = Field(
        default=(1.0, 5.0, 30.0, 120.0),
        min_length=1,
        description="wait after the first failed try, the second, …; the last one from then on",
    )
    drain_timeout_s: float = Field(
        default=3.0, gt=0, description="how long a try may go on when the worker stops"
    )


class NatsArgs(BaseModel):
    """The NATS door of one worker replica."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        default="",
        description=f"the server; empty: {NATS_URL_VARIABLE} of the environment, which keeps the "
        f"login out of files, or {DEFAULT_NATS_URL}",
    )
    bound_to: str = Field(
        default="",
        description="host that the server listens on; empty: it is asked, and others may reach "
        "one that does not say it",
    )
    max_in_flight: int = Field(
        default=8, ge=1, description="requests at work in one replica; one more is `overloaded`"
    )
    default_deadline_s: float = Field(default=10.0, gt=0)
    max_deadline_s: float = Field(default=60.0, gt=0)
    drain_timeout_s: float = Field(
        default=11.0, gt=0, description="how long accepted requests may take when a worker stops"
    )
    jobs: JobArgs = JobArgs()

    @property
    def server(self) -> str:
        """The server's address, with the login where one is needed."""
        return self.url or os.environ.get(NATS_URL_VARIABLE) or DEFAULT_NATS_URL


class WorkerArgs(ServiceArgs):
    """Arguments of `worker.app:build`: those of the application whose stages it calls, and NATS."""

    application: str = Field(default="lookalike", description="the application with the stages")
    nats: NatsArgs = NatsArgs()
