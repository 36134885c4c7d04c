"""The commands of `lookalike`, a line for each."""

from __future__ import annotations

from typing import Final

from cli.lazy import LazyCommand

COMMANDS: Final = (
    LazyCommand("up", "cli.up:up", "Start the whole service on this machine.", "serve"),
    LazyCommand("search", "cli.search:search", "Ask a running service about a photo."),
    LazyCommand("keys", "cli.keys:app", "API keys: add, list, revoke.", "serve"),
    LazyCommand("jobs", "cli.jobs.app:app", "Hand many photos in, hear of the answers later."),
    LazyCommand(
        *("tui", "cli.tui:command", "Search in the terminal, with pictures.", "tui"), parses=True
    ),
    LazyCommand("catalog", "cli.catalog:app", "Fill the catalogue, see what it holds.", "serve"),
    LazyCommand("train", "cli.train:app", "Train the model.", "serve,train"),
    LazyCommand("eval", "cli.eval:app", "Measure the model on any data set.", "serve"),
)
