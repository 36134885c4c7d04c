"""How `lookalike train` comes to a network: a teacher, a run that can be stopped, or neither."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lookalike.training.material import Material
    from lookalike.training.panel import Logits
    from lookalike.training.train_settings import TrainSettings
    from lookalike.training.tune import TuneSettings
    from lookalike.training.tuned_teacher import CategoryTeacher, TunedTeacher
    from lookalike.vision.garment_net import GarmentNet

DEFAULT_TUNE_PLAN: Final = "128x3,192x4"
NO_PLAN: Final = "none"


def given_net(settings: TrainSettings, heads_only: bool, weights_file: Path | None) -> GarmentNet:
    """The network whose backbone is not trained: that of --start, or torchvision's."""
    from lookalike.training.baseline import imagenet_net, torchvision_weights, weights_in
    from lookalike.training.devices import pick_device
    from lookalike.training.student import new_net

    if heads_only:
        net = new_net(settings.start, settings.seed).eval()
    else:
        fetch = torchvision_weights if weights_file is None else lambda: weights_in(weights_file)
        net = imagenet_net(settings.seed, fetch)
    return net.to(pick_device(settings.device))


def trained_net(
    material: Material,
    settings: TrainSettings,
    out: Path,
    resume: bool,
    taught_by: TunedTeacher | TuneSettings | None,
    frozen: Logits | None = None,
) -> GarmentNet | None:
    """The trained network; None where it was stopped. `frozen`: what the frozen teacher says of
    the views that the student sees."""
    from lookalike.training.train import TrainingRun
    from lookalike.training.tune import TuneSettings
    from lookalike.training.validation import quick_figures

    with stopping() as stop:
        if isinstance(taught_by, TuneSettings):
            taught_by = _tuned(material, settings, out, taught_by, stop)
            if taught_by is None:
                return None
        teacher = None if taught_by is None else looking(taught_by, settings, frozen)
        run = TrainingRun(settings, material, out, teacher)
        if resume:
            run.resume()
        finished = run.run(lambda net, size: quick_figures(material, net, size), stop)
        return run.trained() if finished and not stop.is_set() else None


def looking(
    teacher: TunedTeacher, settings: TrainSettings, frozen: Logits | None = None
) -> CategoryTeacher:
    """What the student is taught by at each step, as quick as it can be here.

    `frozen` is what a frozen teacher says of the views.
    """
    from lookalike.training.devices import pick_device
    from lookalike.training.openvino_teacher import quickest
    from lookalike.training.panel import SHARP_TOGETHER, Panel, quickest_logits
    from lookalike.training.student import new_net
    from lookalike.training.tuned_teacher import Enlarging

    device = pick_device(settings.device)
    quick = Enlarging(quickest(teacher, device), settings.view_px)
    others: list[Logits] = [] if frozen is None else [frozen]
    if settings.co_teacher is not None:
        earlier = new_net(settings.co_teacher, settings.seed)
        others.append(quickest_logits(earlier, device, settings.plan[-1].size_px))
    if not others:
        return quick
    return Panel(quick, others, 1.0 if frozen is None else SHARP_TOGETHER)


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM set, instead of ending the process at once."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def teacher_asked_for(
    settings: TrainSettings, teacher: Path | None, tune_plan: str | None
) -> TunedTeacher | TuneSettings | None:
    """The tuned teacher of a file, or how to tune one, or neither.

    Raises:
        OSError: the file can't be read.
        ValueError: it holds something else, or the plan is none.
    """
    from lookalike.training.devices import pick_device
    from lookalike.training.schedule import parse_plan
    from lookalike.training.tune import GO_ON_RATE, TuneSettings
    from lookalike.training.tuned_teacher import load_tuned_teacher

    if teacher is None:
        plan = tune_plan or DEFAULT_TUNE_PLAN
        if plan == NO_PLAN and settings.co_teacher is not None:
            raise ValueError("--co-teacher needs a tuned teacher to stand beside")
        return None if plan == NO_PLAN else TuneSettings(parse_plan(plan), seed=settings.seed)
    known = load_tuned_teacher(teacher, pick_device(settings.device))
    if tune_plan in (None, NO_PLAN):
        return known
    plans = parse_plan(tune_plan)
    return TuneSettings(plans, peak_rate=GO_ON_RATE, seed=settings.seed, start=teacher)


def _tuned(
    material: Material,
    settings: TrainSettings,
    out: Path,
    tuning: TuneSettings,
    stop: threading.Event,
) -> TunedTeacher | None:
    """The teacher tuned on the same pictures; kept in OUT, so that a run goes on with its own.

    None where it was stopped.
    """
    from lookalike.training.devices import pick_device
    from lookalike.training.tune import origin_of, tuned_teacher
    from lookalike.training.tuned_teacher import load_tuned_teacher
    from lookalike.training.validation import teacher_figures

    device, kept = pick_device(settings.device), out / "teacher.safetensors"
    if not kept.exists():
        size = tuning.plan[-1].size_px
        tuned = tuned_teacher(
            *(tuning, material, out, device),
            lambda teacher: teacher_figures(material, teacher, size, device),
            stop,
        )
        if tuned is None:
            return None
        tuned.save(kept, origin_of(tuning, material.samples))
    return load_tuned_teacher(kept, device)
