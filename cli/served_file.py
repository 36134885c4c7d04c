"""The configuration file of `lookalike up`: what is read of it is there, and of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deployments.errors import ServiceError, first_problem
from deployments.settings import STAGES, ServiceArgs
from deployments.workers import WORKERS
from worker.settings import WorkerArgs

_CHECKOUT: Final = Path(__file__).parents[1]
_ARGUMENTS: Final[dict[str, type[ServiceArgs]]] = {STAGES: ServiceArgs, WORKERS: WorkerArgs}


class _Section(BaseModel):
    """Names that are not here are Ray Serve's to check, or the application's builder's."""

    model_config = ConfigDict(extra="allow")


class _Access(_Section):
    keys_file: str | None = None


class _Gateway(_Section):
    access: _Access | None = None


class _Catalog(_Section):
    store_url: str | None = None
    images_dir: str | None = None


class _Nats(_Section):
    url: str | None = None


class _Args(_Section):
    gateway: _Gateway | None = None
    encoder: dict[str, Any] | None = None
    catalog: _Catalog | None = None
    nats: _Nats | None = None


class _Application(_Section):
    import_path: str
    args: _Args | None = None


class _HttpOptions(_Section):
    host: str | None = None
    port: int | None = Field(default=None, ge=0, le=65535)


class _ServedFile(_Section):
    http_options: _HttpOptions | None = None
    applications: list[_Application] = Field(min_length=1)


def read_config(path: Path) -> dict[str, Any]:
    """A serve configuration, as it is written, but for arguments that have a name and no value.

    Raises:
        ServiceError: it is none, or not there; the sentence names the file and the place in it.
        OSError: the file can't be read.
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ServiceError(_absent(path)) from None
    except UnicodeDecodeError:
        raise ServiceError(f"{path} is not UTF-8") from None
    except yaml.YAMLError as error:
        raise ServiceError(f"{path} is not YAML: {error}") from None
    if not isinstance(config, dict):
        raise ServiceError(f"{path} is no configuration of Ray Serve: it has no applications")
    try:
        _ServedFile.model_validate(config)
    except ValidationError as error:
        raise ServiceError(f"{path}: {first_problem(error)}") from None
    applications = [_with_values(application) for application in config["applications"]]
    for n, application in enumerate(applications):
        try:
            _check_arguments(application)
        except ValidationError as error:
            place = f"applications.{n}.args.{first_problem(error)}"
            raise ServiceError(f"{path}: {place}") from None
    return {**config, "applications": applications}


def _absent(path: Path) -> str:
    """What to do about a file that is not there: the shipped ones lie in the checkout."""
    if (_CHECKOUT / path).is_file():
        return f"there is no {path} here; run the command in {_CHECKOUT}, where it lies"
    return f"there is no file {path}; --config names another"


def _with_values(application: dict[str, Any]) -> dict[str, Any]:
    """An application without arguments that are bare: they are as if they were not there."""
    return {**application, "args": _without_bare(application.get("args") or {})}


def _without_bare(section: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_bare(value) if isinstance(value, dict) else value
        for name, value in section.items()
        if value is not None
    }


def _check_arguments(application: dict[str, Any]) -> None:
    """Refuse what one of our own builders would, before anything runs. Raises: ValidationError."""
    if builder := _ARGUMENTS.get(application["import_path"]):
        builder.model_validate(application["args"])
