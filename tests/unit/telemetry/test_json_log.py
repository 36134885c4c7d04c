"""Log lines: one JSON object each, under the request's id, in one file for all processes."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lookalike.telemetry.door import Door
from lookalike.telemetry.json_log import (
    LOG_LEVEL_VARIABLE,
    LOG_VARIABLE,
    OWN_LOGGERS,
    SharedFile,
    log_as_json,
    log_level,
)
from lookalike.telemetry.origin import Origin, serving

TRACE = "0af7651916cd43dd8448eb211c80319c"
PROCESSES = 4
LINES = 50
WRITER = f"""
import logging
from lookalike.telemetry.json_log import log_as_json
log_as_json("writer")
for line in range({LINES}):
    logging.getLogger("lookalike.test").info("x" * 12_000, extra={{"fields": {{"line": line}}}})
"""

FULL = """
import logging, resource
from lookalike.telemetry.json_log import log_as_json
log_as_json("writer")
log = logging.getLogger("lookalike.test")
log.info("before")
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, most))
log.info("x" * 2_000)
log.info("nothing of it")
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
log.info("after")
log.info("later")
"""
"""A limit of the file's size is met as a disk that fills: first in part, then not at all."""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """A log file of this process; the handler is gone afterwards."""
    path = tmp_path / "of" / "the.jsonl"
    log_as_json("test", {LOG_VARIABLE: str(path)})
    yield path
    for left in [h for h in logging.getLogger().handlers if isinstance(h, SharedFile)]:
        logging.getLogger().removeHandler(left)
        left.close()
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_line_says_when_what_where_and_for_which_request(log: Path) -> None:
    with serving(Origin("mine", f"00-{TRACE}-b7ad6b7169203331-01")):
        logging.getLogger("catalog.test").warning("lost %s", 'the\n"store"')
    (line,) = lines(log)
    assert line["ts"].endswith("+00:00")
    assert isinstance(line["pid"], int)
    expected = {
        "level": "WARNING",
        "logger": "catalog.test",
        "message": 'lost the\n"store"',
        "process": "test",
        "request_id": "mine",
        "trace_id": TRACE,
    }
    assert line.items() >= expected.items()


def test_a_request_is_one_line_with_its_times(log: Path) -> None:
    with Door("http").request("mine", "classify"):
        pass
    (line,) = lines(log)
    assert {"door": "http", "operation": "classify", "code": "ok"}.items() <= line.items()
    assert line["request_id"] == "mine"
    assert set(line["ms"]) == {"total"}


def test_an_exception_is_in_the_line_of_its_message_and_not_without_end(log: Path) -> None:
    try:
        _ = dict[str, int]()["y" * 100_000]
    except KeyError:
        logging.getLogger("worker.test").exception("z" * 100_000)
    (line,) = lines(log)
    assert line["error"].endswith("yyy'")
    assert len(line["error"]) == len(line["message"]) == 16_000


def test_debug_lines_and_those_of_libraries_below_a_warning_are_left_out(log: Path) -> None:
    logging.getLogger("lookalike.test").debug("too fine")
    logging.getLogger("httpx").info("not ours")
    logging.getLogger("httpx").warning("in")
    assert [line["message"] for line in lines(log)] == ["in"]


def test_the_least_level_is_a_setting(log: Path) -> None:
    log_as_json("test", {LOG_VARIABLE: str(log), LOG_LEVEL_VARIABLE: "warning"})
    with Door("http").request("mine"):
        pass
    logging.getLogger("lookalike.test").warning("in")
    assert [line["message"] for line in lines(log)] == ["in"]


def test_a_file_that_was_moved_away_is_begun_anew(log: Path) -> None:
    logging.getLogger("lookalike.test").info("first")
    log.rename(log.with_suffix(".1"))
    logging.getLogger("lookalike.test").info("second")
    assert [line["message"] for line in lines(log)] == ["second"]


def test_a_folder_that_is_away_for_a_while_costs_the_lines_of_that_while_alone(log: Path) -> None:
    logger = logging.getLogger("lookalike.test")
    logger.info("before")
    log.parent.rename(log.parent.with_name("away"))
    with contextlib.redirect_stderr(io.StringIO()) as told:
        logger.info("meanwhile")
        logger.info("still")
    log.parent.with_name("away").rename(log.parent)
    logger.info("after")
    assert [line["message"] for line in lines(log)] == ["before", "after"]
    assert told.getvalue().count("FileNotFoundError") == 2


def test_lines_of_several_processes_never_mix(log: Path) -> None:
    environment = {**os.environ, LOG_VARIABLE: str(log)}
    command = [sys.executable, "-c", WRITER]
    writers = [subprocess.Popen(command, env=environment) for _ in range(PROCESSES)]
    assert [writer.wait(60) for writer in writers] == [0] * PROCESSES
    counted = Counter(line["pid"] for line in lines(log))
    assert counted == {writer.pid: LINES for writer in writers}


def test_a_disk_that_fills_costs_the_lines_of_that_while_and_no_later_one(tmp_path: Path) -> None:
    log = tmp_path / "the.jsonl"
    environment = {**os.environ, LOG_VARIABLE: str(log)}
    done = subprocess.run([sys.executable, "-c", FULL], env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    told = []
    for line in log.read_text().splitlines():
        with contextlib.suppress(ValueError):
            told.append(json.loads(line)["message"])
    assert told == ["before", "after", "later"]
    assert log.read_text().count("\n\n") == 0
    assert b"a line is there in part" in done.stderr


def test_without_a_file_lines_go_to_standard_error() -> None:
    script = WRITER.replace("12_000", "3").replace(str(LINES), "2")
    environment = {name: value for name, value in os.environ.items() if name != LOG_VARIABLE}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert done.stdout == ""
    assert [json.loads(line)["line"] for line in done.stderr.splitlines()] == [0, 1]


def test_the_file_may_be_an_open_pipe_of_another_process() -> None:
    """As /proc/1/fd/1 is in a container, where lines are to come out of its first process."""
    reading, writing = os.pipe()
    environment = {**os.environ, LOG_VARIABLE: f"/proc/{os.getpid()}/fd/{writing}"}
    script = WRITER.replace("12_000", "3").replace(str(LINES), "2")
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert [json.loads(line)["line"] for line in pipe] == [0, 1]


@pytest.mark.parametrize(
    ("said", "level"), [(None, "INFO"), ("", "INFO"), ("debug", "DEBUG"), ("WARNING", "WARNING")]
)
def test_the_level_is_what_the_environment_says(said: str | None, level: str) -> None:
    assert log_level({} if said is None else {LOG_LEVEL_VARIABLE: said}) == level


def test_a_level_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="LOOKALIKE_LOG_LEVEL=VERBOSE: only DEBUG, INFO, "):
        log_level({LOG_LEVEL_VARIABLE: "verbose"})
