"""`lookalike catalog crawl`: a shop's products from its own pages."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from catalog.crawl.plan import CrawlLimits, CrawlPlan, Politeness
from catalog.crawl.presets import PRESETS
from catalog.crawl.report import CrawlReport, Ending, LeftOut
from catalog.crawl.run import CrawlEvents, run_crawl
from catalog.crawl.site import Site
from catalog.images import ImageFolder
from catalog.store import open_store
from cli.catalog.crawl_report import print_report, report_as_json
from cli.catalog.ingest_command import lacking_now
from cli.catalog.left_out import LEFT_OUT
from cli.catalog.price_options import DECIMAL_MARKS, DecimalOption, currency_option
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence
from cli.sentences import say
from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import Category


def crawl(
    url: Annotated[str | None, typer.Argument(help="Where to start: the shop's address.")] = None,
    preset: Annotated[
        str | None, typer.Option(help=f"A shop known by name: {', '.join(PRESETS)}.")
    ] = None,
    data: DataOption = None,
    max_pages: Annotated[int, typer.Option(min=1, help="Pages that this run fetches.")] = 10_000,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.001, help="How long this run takes, at most.")
    ] = None,
    max_depth: Annotated[int, typer.Option(min=0, help="Links from the start, at most.")] = 30,
    delay: Annotated[
        float, typer.Option(min=0, help="Least seconds between requests to a host.")
    ] = 0.5,
    concurrency: Annotated[
        int, typer.Option(min=1, max=16, help="Requests to a host at once, at most.")
    ] = 2,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a page.")] = 20.0,
    contact: Annotated[
        str | None,
        typer.Option(
            envvar="LOOKALIKE_CONTACT",
            help="A mail or web address for the shop, in the user agent.",
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(help="Currency of prices that name none, or of several (ISO 4217)."),
    ] = None,
    decimal: DecimalOption = None,
    category: Annotated[
        Category | None, typer.Option(help="Category of products whose own can't be told.")
    ] = None,
    id_prefix: Annotated[
        str | None, typer.Option(help="Before the shop's product numbers; HOST: if not given.")
    ] = None,
    follow: Annotated[
        str | None, typer.Option(metavar="REGEX", help="Fetch only addresses that match this.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, not where the last run stopped.")
    ] = False,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", help="CSV of what was left out: kind, address, reason."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The counts as one JSON object.")] = False,
) -> None:
    """Read a shop's products from its pages: schema.org data, or OpenGraph tags.

    Respects robots.txt, stays on the start address's site, and takes its time. Stopped by Ctrl-C,
    by a limit or for a site that is down, the same command goes on from there; for another store,
    or with options that read pages otherwise, it begins anew. Exit code 3: the site is down, the
    start was left out, or a product or a page that the shop could repair.
    """
    settings = settings_for(data)
    report = CrawlReport()
    with told_in_a_sentence():
        plan = replace(
            _plan(url, preset, id_prefix, currency, follow),
            limits=CrawlLimits(max_pages, max_depth, max_minutes, timeout_s=timeout),
            politeness=Politeness(delay, concurrency, contact),
            category=category,
            decimal_mark=DECIMAL_MARKS.get(decimal),
        )
        with (
            open_store(settings.store_url) as store,
            _events(plan, Console(stderr=True), _left_out_file(report_file, report)) as events,
        ):
            state = settings.data_dir / "crawl" / f"{_file_name(plan)}.sqlite"
            images = ImageFolder(settings.images_dir)
            run_crawl(plan, store, images, state, report, events, restart=restart)
    if as_json:
        typer.echo(json.dumps(report_as_json(report)))
    else:
        print_report(Console(), report, settings.shown_store_url)
    with told_in_a_sentence():
        if lacking := lacking_now(settings):
            say(Console(stderr=True), lacking)
    if report.ending is Ending.STOPPED:
        raise typer.Exit(130)
    if report.faults or report.starts_left_out or report.ending is Ending.SITE_AWAY:
        raise typer.Exit(LEFT_OUT)


def _plan(
    url: str | None,
    preset_name: str | None,
    id_prefix: str | None,
    currency: str | None,
    follow: str | None,
) -> CrawlPlan:
    """The crawl that a start address or a preset asks for. Raises: BadRequestError."""
    if preset_name is not None and preset_name not in PRESETS:
        raise BadRequestError(f"--preset {preset_name!r} is none of: {', '.join(PRESETS)}")
    preset = PRESETS.get(preset_name or "")
    if (url is None) == (preset is None):
        raise BadRequestError("Give either the address of a shop or a --preset.")
    start_urls = (url,) if url is not None else preset.start_urls if preset else ()
    site = Site.of(start_urls[0], preset.host if preset else None)
    plan = CrawlPlan(
        start_urls=start_urls,
        site=site,
        id_prefix=f"{site.host}:" if id_prefix is None else id_prefix,
        currency=currency_option(currency),
        follow=_pattern(follow),
    )
    if preset is None:
        return plan
    return replace(
        plan,
        currency=plan.currency or preset.currency,
        follow=plan.follow or preset.follow,
        selectors=preset.selectors,
        codes=preset.codes,
        accept_language=preset.accept_language,
    )


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise BadRequestError(f"--follow {text!r} is no regular expression: {error}") from None


def _file_name(plan: CrawlPlan) -> str:
    port = "" if plan.site.port is None else f"-{plan.site.port}"
    return re.sub(r"[^\w.-]", "_", plan.site.host) + port


@contextmanager
def _left_out_file(path: Path | None, report: CrawlReport) -> Iterator[None]:
    """Everything that is left out as a row of a CSV file, while the crawl runs."""
    if path is None:
        yield
        return
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(("kind", "address", "reason"))

        def write(entry: LeftOut) -> None:
            writer.writerow((entry.why.name.lower(), entry.url, entry.reason))

        report.on_left_out = write
        yield


@contextmanager
def _events(
    plan: CrawlPlan, messages: Console, within: AbstractContextManager[None]
) -> Iterator[CrawlEvents]:
    """Progress, and what else there is to tell, on `messages` while the crawl runs."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=messages) as progress:
        line = progress.add_task(f"Crawling {plan.site.host}")

        def show(report: CrawlReport) -> None:
            progress.update(
                line,
                description=f"{report.pages:,} of at most {plan.limits.max_pages:,} pages, "
                f"{report.products:,} products",
            )

        def stopping() -> None:
            messages.print("Finishing the pages under way; Ctrl-C again ends at once.")

        def tell(sentence: str) -> None:
            say(messages, sentence)

        yield CrawlEvents(tell, show, stopping, within)
