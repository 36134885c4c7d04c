"""Where `lookalike` begins: at a command that reads its own words, or at Typer."""

from __future__ import annotations

import sys

from cli.commands import COMMANDS
from cli.lazy import run


def main() -> None:
    """The words of the command line, run. Typer alone would take 0.1 s to be imported."""
    words = sys.argv[1:]
    for command in COMMANDS:
        if command.parses and words[:1] == [command.name]:
            run(command, words[1:], f"lookalike {command.name}")
            return
    from cli.main import app

    app(prog_name="lookalike")


if __name__ == "__main__":
    main()
