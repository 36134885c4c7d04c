import pytest

from lookalike.training.schedule import (
    Phase,
    epochs_of,
    parse_plan,
    progress_of,
    rate_at,
    size_at,
    size_of_epoch,
    stretched,
)

PLAN = (Phase(112, 2), Phase(224, 1))


def test_a_plan_is_read_from_text() -> None:
    assert parse_plan("112x2, 224x1") == PLAN


@pytest.mark.parametrize("text", ["", "112", "112x0", "8x3", "112x2;224x1", "ax2"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="phase"):
        parse_plan(text)


def test_small_pictures_come_first() -> None:
    assert [size_of_epoch(PLAN, epoch) for epoch in range(4)] == [112, 112, 224, 224]


def test_phases_share_the_work_where_epochs_are_not_counted() -> None:
    shares = [0.0, 0.16, 0.32, 0.34, 0.99, 1.0]
    assert [size_at(PLAN, share) for share in shares] == [112, 112, 112, 224, 224, 224]


def test_progress_counts_pixels() -> None:
    assert progress_of(PLAN, 0, 0.0) == 0.0
    assert progress_of(PLAN, 2, 0.0) == pytest.approx(1 / 3)
    assert progress_of(PLAN, 3, 0.0) == 1.0


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    assert rate_at(0.0, 1.0) < rate_at(0.03, 1.0) < rate_at(0.05, 1.0) == pytest.approx(1.0)
    assert rate_at(0.5, 1.0) > rate_at(0.9, 1.0) > rate_at(1.0, 1.0) == pytest.approx(0.01)


@pytest.mark.parametrize("epochs", [2, 3, 7, 30])
def test_a_stretched_plan_keeps_its_phases(epochs: int) -> None:
    plan = stretched(PLAN, epochs)
    assert epochs_of(plan) == epochs
    assert [phase.size_px for phase in plan] == [112, 224]
    assert all(phase.epochs >= 1 for phase in plan)


def test_too_few_epochs_for_the_phases_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        stretched(PLAN, 1)
