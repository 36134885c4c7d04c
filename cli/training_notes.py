"""What a model's manifest says of how it was trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lookalike.training.train_settings import TrainSettings
    from lookalike.training.tune import TuneSettings
    from lookalike.training.tuned_teacher import TunedTeacher


def told(settings: TrainSettings, backbone: str, heads_only: bool, taught: str) -> str:
    """How a network was trained, for its manifest."""
    from lookalike.training.schedule import plan_text

    start = settings.start.name if settings.start else "random"
    if heads_only:
        return f"heads only, start {start}"
    if backbone != "distilled":
        return f"backbone {backbone}, seed {settings.seed}"
    on_time = "" if settings.minutes is None else f" in {settings.minutes:g} minutes"
    losses = settings.losses
    return (
        f"backbone {backbone}, plan {plan_text(settings.plan)}{on_time}, seed {settings.seed}, "
        f"batches of {settings.batch_size}, peak rate {settings.peak_rate:g}, "
        f"{settings.frozen_stages} stages frozen, blends {settings.mixed_share:g}, "
        f"{settings.start_share:g} of the start mixed in, category {losses.category:g}, "
        f"class_gradient {losses.class_gradient:g}, contrast {losses.contrast:g}, "
        f"start {start}, {taught}"
    )


def told_of_teachers(
    settings: TrainSettings,
    frozen: str,
    teacher: Path | None,
    taught_by: TunedTeacher | TuneSettings | None,
) -> str:
    """By what a network was taught, the frozen teacher and the tuned one, for its manifest."""
    from lookalike.training.schedule import plan_text
    from lookalike.training.tune import TuneSettings

    if taught_by is None:
        return f"frozen teacher {frozen}, no tuned one"
    named = "" if teacher is None else f" {teacher.name}"
    tuned = f" tuned {plan_text(taught_by.plan)}" if isinstance(taught_by, TuneSettings) else ""
    beside = "" if settings.co_teacher is None else f", co-teacher {settings.co_teacher.name}"
    losses = settings.losses
    looks = f"frozen teacher {frozen}{', of views too' if settings.frozen_views else ''}"
    return (
        f"{looks}, teacher{named}{tuned}{beside}, "
        f"views at {settings.view_px} px, view {losses.view:g}, "
        f"opinion {losses.opinion:g} (the frozen one's {settings.frozen_opinion:g}), "
        f"places {losses.places:g}"
    )
