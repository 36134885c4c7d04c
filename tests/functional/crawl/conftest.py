"""A local shop, and `lookalike catalog crawl` as its user runs it: a process of its own."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalog.store import CatalogStore, open_store
from tests.functional.crawl.shop_site import ShopSite

_COMMAND = "from cli.main import app; app(prog_name='lookalike')"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    code: int
    counts: dict[str, Any]
    left_out: list[dict[str, str]]
    stderr: str

    def reason_for(self, ending: str) -> str:
        """Why the one thing whose address ends so was left out."""
        (reason,) = [e["reason"] for e in self.left_out if e["address"].endswith(ending)]
        return reason


@dataclass(frozen=True, slots=True)
class CrawlCommand:
    """`lookalike catalog crawl` over one data folder, in no hurry to be polite."""

    data: Path

    def start(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start a run, with these environment variables; the caller waits for it."""
        return subprocess.Popen(
            [
                *(sys.executable, "-W", "error", "-c", _COMMAND, "catalog", "crawl"),
                *("--data", str(self.data), "--delay", "0", "--concurrency", "4", "--json"),
                *("--report", str(self.data / "left_out.csv")),
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                **environment,
            },
        )

    def finish(self, process: subprocess.Popen[str]) -> Outcome:
        """Wait for a run's end."""
        stdout, stderr = process.communicate(timeout=60)
        report = self.data / "left_out.csv"
        counts = json.loads(stdout) if stdout else {}
        left_out: list[dict[str, str]] = []
        if report.exists():
            with report.open(encoding="utf-8", newline="") as file:
                left_out = list(csv.DictReader(file))
        return Outcome(process.returncode, counts, left_out, stderr)

    def __call__(self, *options: str, **environment: str) -> Outcome:
        """A whole run."""
        return self.finish(self.start(*options, **environment))

    def store(self) -> CatalogStore:
        """The store that the runs fill; to be closed."""
        return open_store(f"sqlite:///{self.data / 'catalog.sqlite'}")


@pytest.fixture
def shop() -> Iterator[ShopSite]:
    """A shop that is open, without pages yet."""
    with ShopSite() as opened:
        yield opened


@pytest.fixture
def crawl(tmp_path: Path) -> CrawlCommand:
    """The command over an empty data folder."""
    return CrawlCommand(tmp_path)
