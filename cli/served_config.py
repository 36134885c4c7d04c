"""A serve configuration over the catalogue and keys that the command line's settings name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from catalog.sqlite_address import absolute
from cli.settings import Settings
from deployments.settings import host_names
from deployments.workers import WORKERS

_PLACES: Final = ("store_url", "images_dir", "keys_file")


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


def replaced_places(config: dict[str, Any], settings: Settings) -> list[str]:
    """Names of the places that the file chose itself, and that the data folder stands in for.

    Without those that a variable of their own names, and those that come to the same.
    """
    if "data_dir" not in settings.model_fields_set:
        return []
    return [
        place
        for place in _PLACES
        if place not in settings.model_fields_set and _differs(config, place, settings)
    ]


def _differs(config: dict[str, Any], place: str, settings: Settings) -> bool:
    shipped = Settings.model_fields[place].get_default(
        call_default_factory=True, validated_data={"data_dir": Path("data")}
    )
    same = {absolute_place(shipped), absolute_place(getattr(settings, place)), None}
    return any(_named(application, place) not in same for application in config["applications"])


def _named(application: dict[str, Any], place: str) -> str | None:
    """What an application of the file says of a place."""
    args = application.get("args") or {}
    access = (args.get("gateway") or {}).get("access") or {}
    said = ((args.get("catalog") or {}) | access).get(place)
    return absolute_place(said) if said else None


def absolute_place(place: str | Path) -> str:
    """An address or a path, so that two of one place are equal."""
    text = str(place)
    return absolute(text) if "://" in text else str(Path(text).resolve())


def as_served(settings: Settings, served: dict[str, Any]) -> Settings:
    """`settings` with the store, pictures and model that a configuration of `with_data` names.

    What is prepared and shown is then what is served. The stages' application says it, since
    workers call the stages of that one.
    """
    applications = served["applications"]
    with_stages = [a for a in applications if a["import_path"] != WORKERS] or applications
    arguments = with_stages[0]["args"]
    catalog, encoder = arguments["catalog"], arguments.get("encoder") or {}
    return settings.model_copy(
        update={
            "store_url": catalog["store_url"],
            "images_dir": Path(catalog["images_dir"]),
            "weights": encoder.get("weights", settings.weights),
        }
    )


def _with_model(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Photos are looked at by the network that looks at the catalogue's pictures."""
    if "weights" not in settings.model_fields_set:
        return arguments
    encoder = {**(arguments.get("encoder") or {}), "weights": settings.weights}
    return {**arguments, "encoder": encoder}


def _with_catalog(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    catalog = dict(arguments.get("catalog") or {})
    for place in ("store_url", "images_dir"):
        if settings.model_fields_set & {"data_dir", place} or not catalog.get(place):
            catalog[place] = str(getattr(settings, place))
    catalog["store_url"] = absolute(catalog["store_url"])
    catalog["images_dir"] = str(Path(catalog["images_dir"]).resolve())
    return {**arguments, "catalog": catalog}


def _with_access(arguments: dict[str, Any], settings: Settings) -> dict[str, Any]:
    gateway = dict(arguments.get("gateway") or {})
    access = dict(gateway.get("access") or {})
    if settings.model_fields_set & {"data_dir", "keys_file"} or not access.get("keys_file"):
        access["keys_file"] = str(settings.keys_file)
    access["keys_file"] = str(Path(access["keys_file"]).resolve())
    if settings.require_keys is not None:
        access["require_keys"] = settings.require_keys
    if settings.hosts is not None:
        access["hosts"] = list(host_names(settings.hosts))
    return {**arguments, "gateway": gateway | {"access": access}}
