"""How the process that starts Ray Serve ends where its applications can't be built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from deployments.errors import ServiceError
from deployments.serve_main import _start_or_exit
from deployments.settings import ServiceArgs
from lookalike.contract.errors import UnavailableError
from lookalike.vision.weights import WeightsError


@pytest.mark.parametrize("kind", [ServiceError, UnavailableError, WeightsError])
def test_what_its_operator_can_mend_ends_it_with_a_sentence(kind: type[Exception]) -> None:
    def start(_: Mapping[str, Any]) -> None:
        raise kind("The model 'old' is for other pictures.")

    with pytest.raises(SystemExit) as ended:
        _start_or_exit(start, {})
    assert ended.value.code == "The model 'old' is for other pictures."


def test_an_argument_that_its_builder_refuses_is_named() -> None:
    def start(_: Mapping[str, Any]) -> None:
        ServiceArgs.model_validate({"catalog": {"shardz": 2, "shards": 0}})

    with pytest.raises(SystemExit) as ended:
        _start_or_exit(start, {})
    assert ended.value.code == (
        "The configuration does not fit: catalog.shards: Input should be greater than or equal to 1"
    )


def test_anything_else_ends_it_with_its_traceback() -> None:
    def start(_: Mapping[str, Any]) -> None:
        raise ValueError("unforeseen")

    with pytest.raises(ValueError, match="unforeseen"):
        _start_or_exit(start, {})
