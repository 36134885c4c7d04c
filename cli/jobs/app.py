"""`lookalike jobs`: searches that are stored first and answered later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.jobs.handing_in import HandedIn, HandingIn
from cli.jobs.photos import Asking, photos_in
from cli.jobs.results import ResultsFile, json_line
from cli.search_params import search_params
from cli.sentences import say, sentence_of
from lookalike.client import JobsClient, jobs_client_for
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import Sort
from lookalike.contract.subjects import DEFAULT_NATS_URL, NATS_URL_VARIABLE

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

_SOME_FAILED: Final = 3
_Url = Annotated[str, typer.Option(envvar=NATS_URL_VARIABLE, help="The NATS server.")]
_Key = Annotated[
    str | None, typer.Option(envvar=API_KEY_VARIABLE, help="Where the service asks for one.")
]
_JobId = Annotated[str, typer.Argument(help="As `submit` printed it.")]


@app.command()
def submit(
    photos: Annotated[list[Path], typer.Argument(help="Folders of photos, or photos.")],
    follow: Annotated[
        bool, typer.Option("--follow", help="Stay until all are answered, and keep the results.")
    ] = False,
    results: Annotated[
        Path, typer.Option(help="JSON lines, one a photo; what it holds is not asked again.")
    ] = Path("results.jsonl"),
    run: Annotated[
        str, typer.Option(help="A new name asks anew what has failed; what is answered stays.")
    ] = "",
    k: Annotated[int, typer.Option("--k", help="How many products, 1 to 100.")] = 10,
    max_price: Annotated[str | None, typer.Option(help="Only products up to this price.")] = None,
    min_price: Annotated[str | None, typer.Option(help="Only products from this price.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only products priced in it.")] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(help='A category, "auto" (the predicted one) or "any"; may be repeated.'),
    ] = None,
    brand: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the answers.")] = "similarity",
    url: _Url = DEFAULT_NATS_URL,
    api_key: _Key = None,
    deadline: Annotated[
        float,
        typer.Option(min=1, help="Seconds for a photo to be handed in; services take up to 60."),
    ] = 30.0,
) -> None:
    """Hand photos in; the same command goes on wherever it was stopped, and sends none twice."""
    with _told_in_a_sentence():
        params = search_params(
            k=k,
            max_price=max_price,
            min_price=min_price,
            currency=currency,
            categories=category,
            brands=brand,
            sort=sort,
        )
        found, asking = photos_in(photos), Asking(params, run)
        with ResultsFile(results) as kept:
            client = jobs_client_for(url, deadline_s=deadline, api_key=api_key)
            failed = asyncio.run(_submit(client, found, asking, kept, follow))
        if follow:
            are = "is" if len(found) == 1 else "are"
            told = f"{len(found) - failed} of {_photos(len(found))} {are} answered: {results}"
            typer.echo(told, err=True)
    if failed:
        raise typer.Exit(_SOME_FAILED)


async def _submit(
    client: JobsClient, photos: list[Path], asking: Asking, results: ResultsFile, follow: bool
) -> int:
    """How many photos have failed, as far as that is known."""
    async with client:
        with _bars() as bars:
            bar = bars.add_task("handed in", total=len(photos))
            handing_in = HandingIn(
                client,
                asking,
                results,
                step=lambda: bars.advance(bar),
                tell=lambda sentence: say(bars.console, sentence),
            )
            done = await handing_in.hand_in(photos)
            say(bars.console, _told(done))
            if done.failed:
                say(bars.console, _told_of_failed(done, results.path))
            if follow and done.photos:
                done.failed += await _follow(client, done, results, bars)
        if not follow:
            for job_id, named in done.photos.items():
                for photo in named:
                    typer.echo(json_line({"photo": str(photo), "id": job_id}))
    return done.failed


async def _follow(client: JobsClient, done: HandedIn, results: ResultsFile, bars: Progress) -> int:
    failed, waiting = 0, sum(map(len, done.photos.values()))
    bar = bars.add_task("answered", total=waiting)
    async for reply in client.ends(list(done.photos)):
        for photo in done.photos[reply.id]:
            results.add(photo, reply)
            failed += reply.status != "done"
            bars.advance(bar)
    return failed


@app.command()
def get(job_id: _JobId, url: _Url = DEFAULT_NATS_URL, api_key: _Key = None) -> None:
    """Print a job as it stands, as JSON."""

    async def ask() -> JobReply:
        async with jobs_client_for(url, api_key=api_key) as client:
            return await client.job(job_id)

    _print(ask)


@app.command()
def cancel(job_id: _JobId, url: _Url = DEFAULT_NATS_URL, api_key: _Key = None) -> None:
    """Call a job off, unless it has ended; prints it as it stands then."""

    async def ask() -> JobReply:
        async with jobs_client_for(url, api_key=api_key) as client:
            return await client.cancel(job_id)

    _print(ask)


def _print(ask: Callable[[], Coroutine[object, object, JobReply]]) -> None:
    with _told_in_a_sentence():
        reply = asyncio.run(ask())
    typer.echo(reply.model_dump_json(indent=2, exclude_none=True))


def _told(done: HandedIn) -> str:
    told = f"{_photos(done.new)} handed in"
    if done.known:
        told += f", {done.known} {'was' if done.known == 1 else 'were'} before"
    if done.held:
        told += f", {done.held} {'has its result' if done.held == 1 else 'have their results'}"
    return f"{told}."


def _told_of_failed(done: HandedIn, results: Path) -> str:
    if done.failed == 1:
        return f"1 photo has failed: {done.first_failed}"
    return f"{done.failed} photos have failed, as {results} says; the first: {done.first_failed}"


def _photos(number: int) -> str:
    return f"{number:,} photo" if number == 1 else f"{number:,} photos"


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except (LookalikeError, typer.BadParameter, ValueError, OSError) as error:
        sentence = sentence_of(error)
        if isinstance(error, OSError) and error.filename is not None:
            sentence = f"{error.filename}: {error.strerror}"
        say(Console(stderr=True), sentence, "red")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("Stopped; the same command goes on from here.", err=True)
        raise typer.Exit(130) from None
