"""Imports a submodule without running the `__init__` of the packages above it."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType


@cache
def import_bare(module: str, *packages: str) -> ModuleType:
    """The submodule `module`, imported while `packages`, the outermost first, stand unexecuted.

    For packages whose `__init__` loads much that is not wanted. What was imported is then
    forgotten, so that a later import of the packages is whole, and its modules other ones than
    these. A package that is there already is taken as it is.

    Raises:
        ModuleNotFoundError: a package is not installed.
    """
    if packages[0] in sys.modules:
        return importlib.import_module(module)
    try:
        for package in packages:
            spec = importlib.util.find_spec(package)
            if spec is None:
                raise ModuleNotFoundError(f"{package} is not installed", name=package)
            sys.modules[package] = importlib.util.module_from_spec(spec)
        return importlib.import_module(module)
    finally:
        for name in [n for n in sys.modules if f"{n}.".startswith(f"{packages[0]}.")]:
            del sys.modules[name]
