"""The deadline of a try follows what the service lets a request have."""

from __future__ import annotations

import pytest

from lookalike.admission import deadline_from_header
from lookalike.contract.errors import BadRequestError
from worker.jobs.deadline import TryDeadline


@pytest.mark.parametrize("max_s", [30.0, 0.5, 59.99999999, 12.3456789, 59.9999949])
def test_it_ends_below_the_services_limit_and_no_lower_than_need_be(max_s: float) -> None:
    deadline = TryDeadline(60.0)
    while (refused := _refused(deadline.seconds, max_s)) is not None:
        assert deadline.lowered_by(refused, deadline.seconds)
    assert 0.89 * max_s < deadline.seconds <= max_s


def test_tries_that_are_refused_at_once_lower_it_once() -> None:
    deadline = TryDeadline(60.0)
    refused = _refused(60.0, 30.0)
    assert refused is not None
    for _ in range(2):
        assert deadline.lowered_by(refused, 60.0)
    assert deadline.seconds == 30.0


def _refused(deadline_s: float, max_s: float) -> BadRequestError | None:
    try:
        deadline_from_header(f"{deadline_s:g}", 10.0, max_s)
    except BadRequestError as refused:
        return refused
    return None


@pytest.mark.parametrize(
    "message",
    [
        "k: must be up to 100",
        "image: Lookalike-Deadline: must be seconds, above 0 and up to 30",
    ],
)
def test_what_is_wrong_with_a_job_lowers_nothing(message: str) -> None:
    deadline = TryDeadline(60.0)
    assert not deadline.lowered_by(BadRequestError(message), 60.0)
    assert deadline.seconds == 60.0
