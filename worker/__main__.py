"""A worker outside of Ray: the NATS door of a service whose HTTP address it is given.

    python -m worker --http-url http://127.0.0.1:8000 --nats-url nats://127.0.0.1:4222

SIGTERM or Ctrl-C: it takes nothing more, answers what it accepted, and ends.
"""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer
from pydantic import ValidationError

from deployments.errors import ServiceError, first_problem
from lookalike.client.http import DEFAULT_URL, HttpSearchClient
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError
from lookalike.contract.subjects import DEFAULT_NATS_URL, NATS_URL_VARIABLE
from lookalike.telemetry.json_log import log_as_json
from worker.connection import worker_over
from worker.http_backend import HttpBackend
from worker.let_in import LetInLately
from worker.listening import check_may_hand_on
from worker.settings import JobArgs, NatsArgs

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    http_url: Annotated[
        str, typer.Option(envvar="LOOKALIKE_URL", help="The service's HTTP address.")
    ] = DEFAULT_URL,
    nats_url: Annotated[
        str, typer.Option(envvar=NATS_URL_VARIABLE, help="The NATS server.")
    ] = DEFAULT_NATS_URL,
    max_in_flight: Annotated[
        int, typer.Option(min=1, help="Requests at work at once; one more is answered overloaded.")
    ] = 8,
    jobs_in_flight: Annotated[
        int, typer.Option(min=0, help="Durable jobs at work at once; 0: none.")
    ] = 2,
    jobs_deadline_s: Annotated[
        float,
        typer.Option(min=0.1, help="Seconds for one try of a job, at most what the service takes."),
    ] = JobArgs().deadline_s,
    api_key: Annotated[
        str | None,
        typer.Option(envvar=API_KEY_VARIABLE, help="For jobs; requests go with their callers'."),
    ] = None,
) -> None:
    """Serve over NATS what a service answers over HTTP, until SIGTERM or Ctrl-C."""
    try:
        log_as_json("worker")
    except ValueError as error:
        raise _ended(str(error)) from None
    try:
        args = NatsArgs(
            url=nats_url,
            max_in_flight=max_in_flight,
            jobs=JobArgs(in_flight=jobs_in_flight, deadline_s=jobs_deadline_s),
        )
        asyncio.run(_serve(http_url, args, api_key))
    except ValidationError as error:
        raise _ended(first_problem(error)) from None
    except (ServiceError, LookalikeError) as error:
        raise _ended(str(error)) from None


def _ended(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(1)


async def _serve(http_url: str, args: NatsArgs, api_key: str | None) -> None:
    async with HttpSearchClient(http_url) as client:
        checking = asyncio.ensure_future(check_may_hand_on(args, HttpBackend(client)))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, checking.cancel)
        try:
            await checking
        except asyncio.CancelledError:
            return
        lately = LetInLately()
        worker = worker_over(
            args,
            backend=lambda deadline_s, key: HttpBackend(
                client.within(deadline_s).with_key(key), key, lately
            ),
            ready=client.ready,
            own_key=api_key,
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, worker.stop)
        await worker.run()


if __name__ == "__main__":
    app(prog_name="python -m worker")
