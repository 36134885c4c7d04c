"""The `lookalike catalog ingest` that gives a served catalogue its features."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from cli.served_config import absolute_place
from cli.settings import Settings

_VARIABLES: Final[Mapping[str, str]] = {
    "store_url": "LOOKALIKE_STORE_URL",
    "images_dir": "LOOKALIKE_IMAGES_DIR",
}


def ingest_command(served: Settings, *, names_model: bool) -> str:
    """The command, with what only the service's configuration or options say.

    `served` are the settings as served; `names_model`: the store names the model, to both alike.
    A variable is named without its value, as an address may hold a password.
    """
    own = Settings()
    words = ["lookalike", "catalog", "ingest"]
    if absolute_place(own.data_dir) != absolute_place(served.data_dir):
        words += ["--data", str(served.data_dir)]
        own = Settings(data_dir=served.data_dir)
    if not names_model and own.weights != served.weights:
        words += ["--weights", served.weights]
    lacking = [
        f"{variable} set to the configuration's {place}"
        for place, variable in _VARIABLES.items()
        if absolute_place(getattr(own, place)) != absolute_place(getattr(served, place))
    ]
    command = f"`{shlex.join(words)}`"
    return f"{command}, with {' and '.join(lacking)}," if lacking else command
