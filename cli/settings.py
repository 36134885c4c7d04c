"""The settings of the `lookalike` command: the environment, below what options say."""

from __future__ import annotations

from pathlib import Path

import typer
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from catalog.sqlite_address import sqlite_url
from catalog.store_address import shown_address
from deployments.errors import first_problem
from deployments.settings import RequireKeys
from lookalike.vision.weights import DEFAULT_MODEL


class Settings(BaseSettings):
    """Where the catalogue lies and which model looks at it; variables begin with LOOKALIKE_.

    An empty one is as if it were not set.
    """

    model_config = SettingsConfigDict(env_prefix="LOOKALIKE_", env_ignore_empty=True, frozen=True)

    data_dir: Path = Field(default=Path("data"), description="catalogue, pictures, street photos")
    store_url: str = Field(
        default_factory=lambda data: sqlite_url(data["data_dir"] / "catalog.sqlite"),
        description="SQLAlchemy URL of the store; catalog.sqlite in data_dir if not given",
    )
    images_dir: Path = Field(
        default_factory=lambda data: data["data_dir"] / "images",
        description="content-addressed folder of pictures; images in data_dir if not given",
    )
    keys_file: Path = Field(
        default_factory=lambda data: data["data_dir"] / "keys.json",
        description="API keys, hashed; keys.json in data_dir if not given",
    )
    require_keys: RequireKeys | None = Field(
        default=None, description="who needs a key: auto, always, writes, never"
    )
    hosts: str | None = Field(
        default=None, description="further names by which HTTP may be asked, with commas"
    )
    weights: str = Field(default=DEFAULT_MODEL, description="name in the weights registry")

    @property
    def shown_store_url(self) -> str:
        """The store's address as messages may show it: without a password."""
        return shown_address(self.store_url)

    @property
    def street_dir(self) -> Path:
        """The demo's street photos and their index."""
        return self.data_dir / "street"


def read_settings(data: Path | None = None) -> Settings:
    """The settings of the environment, with the folder that `--data` named.

    Raises: typer.BadParameter for a variable that says what nothing does.
    """
    try:
        return Settings() if data is None else Settings(data_dir=data)
    except ValidationError as error:
        name, _, problem = first_problem(error).partition(": ")
        raise typer.BadParameter(f"LOOKALIKE_{name.upper()}: {problem}") from None
