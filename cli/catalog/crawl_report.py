"""How a crawl's counts are shown, for people and for scripts."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Console

from catalog.crawl.report import FAULTS, CrawlReport, Ending

_SHOWN: Final = 5

_GOES_ON: Final = {
    Ending.PAGE_LIMIT: "Stopped at the limit of pages",
    Ending.TIME_LIMIT: "Stopped at the limit of time",
    Ending.STOPPED: "Stopped",
    Ending.SITE_AWAY: "Stopped, for the site is down or wants to be left alone",
}


def report_as_json(report: CrawlReport) -> dict[str, Any]:
    """The counts of a run, and what was left out by kind."""
    return {
        "ending": report.ending,
        "resumed": report.resumed,
        "pages": report.pages,
        "waiting": report.waiting,
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "pictures_fetched": report.pictures_fetched,
        "left_out": {why.name.lower(): count for why, count in report.left_out.items()},
    }


def print_report(console: Console, report: CrawlReport, store_url: str) -> None:
    """The counts of a run in sentences, with the first examples of what is at fault."""

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    went_on = " (going on from an earlier run)" if report.resumed else ""
    say(
        f"{report.pages:,} pages{went_on}; {report.new:,} products new, {report.changed:,} changed,"
        f" {report.unchanged:,} unchanged in {store_url}; {report.pictures_fetched:,} pictures"
    )
    for why, count in report.left_out.items():
        say(f"Left out, {why}: {count:,}")
        examples = [entry for entry in report.examples if entry.why is why]
        for entry in examples[: _SHOWN if why in FAULTS else 1]:
            say(f"    {entry.url} {entry.reason}")
    if report.ending in _GOES_ON:
        say(
            f"{_GOES_ON[report.ending]}; {report.waiting:,} known pages are left, and the same"
            " command goes on from here."
        )
