"""A serve configuration over the catalogue and keys that the command line's settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli.settings import Settings


def with_data(config: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """A serve configuration that reads the catalogue of `settings`, by absolute paths.

    The configuration's own places are kept where the command line and environment name none.
    """
    applications = []
    for application in config["applications"]:
        args = application.get("args") or {}
        for with_settings in (_with_catalog, _with_access, _with_model):
            args = with_settings(args, settings)
        applications.append({**application, "args": args})
    return {**config, "applications": applications}


def _with_model(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Photos are looked at as the catalogue's pictures are: by the same network and segmenter."""
    changed = dict(arguments)
    if "weights" in settings.model_fields_set:
        changed["encoder"] = {**(arguments.get("encoder") or {}), "weights": settings.weights}
    if settings.segmenter is not None:
        changed["segmenter"] = {**(arguments.get("segmenter") or {}), "model": settings.segmenter}
    return changed


def _with_catalog(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    catalog = dict(arguments.get("catalog") or {})
    if settings.model_fields_set & {"data_dir", "store_url"} or "store_url" not in catalog:
        catalog |= {"store_url": settings.store_url, "images_dir": str(settings.images_dir)}
    catalog["store_url"] = _absolute_sqlite(catalog["store_url"])
    catalog["images_dir"] = str(Path(catalog["images_dir"]).resolve())
    return {**arguments, "catalog": catalog}


def _with_access(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    gateway = dict(arguments.get("gateway") or {})
    access = dict(gateway.get("access") or {})
    if settings.model_fields_set & {"data_dir", "keys_file"} or "keys_file" not in access:
        access["keys_file"] = str(settings.keys_file)
    access["keys_file"] = str(Path(access["keys_file"]).resolve())
    if settings.require_keys is not None:
        access["require_keys"] = settings.require_keys
    return {**arguments, "gateway": gateway | {"access": access}}


def _absolute_sqlite(url: str) -> str:
    prefix = "sqlite:///"
    return f"{prefix}{Path(url.removeprefix(prefix)).resolve()}" if url.startswith(prefix) else url
