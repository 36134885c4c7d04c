"""`lookalike train`: from data that anyone can get to the model that ships."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from cli.sentences import say

if TYPE_CHECKING:
    from lookalike.training.cutout_cache import CutoutCache
    from lookalike.training.material import Material
    from lookalike.training.train import TrainSettings
    from lookalike.training.tune import TuneSettings
    from lookalike.training.tuned_teacher import TunedTeacher
    from lookalike.vision.garment_net import GarmentNet

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

DEFAULT_PLAN: Final = "112x12,160x5,224x3"
DEFAULT_TUNE_PLAN: Final = "128x3,192x4"
NO_PLAN: Final = "none"

TRAINING_BLOCK_MIB: Final = 1023
"""Layers' outputs of a batch are this large; kept, a step is a sixth to two fifths faster."""


@app.command()
def train(
    data: Annotated[
        Path, typer.Option(help="Folder with clothing/, street/ and shop/.", file_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="Checkpoint, log and exported model.")],
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Stretch the plan to so many epochs.")
    ] = None,
    plan: Annotated[str, typer.Option(help="Sizes and epochs: 112x12,224x3.")] = DEFAULT_PLAN,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint.")] = False,
    backbone: Annotated[
        Literal["distilled", "imagenet"],
        typer.Option(help="distilled: the teacher's pupil. imagenet: torchvision's, frozen."),
    ] = "distilled",
    imagenet_weights: Annotated[
        Path | None,
        typer.Option(help="torchvision's file, where it can't download it.", exists=True),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Weights to start from, safetensors.", dir_okay=False)
    ] = None,
    start_share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of --start mixed into what was trained.")
    ] = 0.0,
    heads_only: Annotated[
        bool,
        typer.Option("--heads-only", help="Keep --start's network; fit look and calibration anew."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    batch_size: Annotated[int, typer.Option(min=4)] = 64,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 7e-4,
    workers: Annotated[int, typer.Option(min=1, help="Threads that share a batch.")] = 2,
    frozen_stages: Annotated[
        int, typer.Option(min=0, max=4, help="Stages of the backbone that keep their weights.")
    ] = 0,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="End after so long; the plan's phases share the time."),
    ] = None,
    blends: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of pictures that are blends of two.")
    ] = 0.0,
    category: Annotated[
        float, typer.Option(min=0.0, help="Weight of the category beside the teacher's features.")
    ] = 1.0,
    class_gradient: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Share of its gradient that reaches the backbone."),
    ] = 0.7,
    contrast: Annotated[
        float, typer.Option(min=0.0, help="Weight of telling garments apart from each other.")
    ] = 1.0,
    tune_plan: Annotated[
        str | None,
        typer.Option(
            help="How the teacher learns the categories first, as --plan, or none.",
            show_default=f"{DEFAULT_TUNE_PLAN}; none with --teacher",
        ),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(
            help="A teacher that is tuned already; with --tune-plan it is tuned on.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    view_px: Annotated[
        int, typer.Option(min=0, help="The tuned teacher's size, where the student's is smaller.")
    ] = 192,
    view: Annotated[
        float, typer.Option(min=0.0, help="Weight of the tuned teacher's features.")
    ] = 1.0,
    opinion: Annotated[
        float, typer.Option(min=0.0, help="Weight of the tuned teacher's categories.")
    ] = 1.0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    drawings: Annotated[bool, typer.Option(help="Train on drawn garments as well.")] = True,
    mask_px: Annotated[
        int, typer.Option(min=64, max=320, help="Side at which training pictures are cut out.")
    ] = 320,
    pictures: Annotated[
        int | None, typer.Option(min=100, help="Cut out and use at most so many, drawn at random.")
    ] = None,
    input_px: Annotated[
        int, typer.Option(min=32, max=512, help="Side at which the trained model is served.")
    ] = 144,
    version: Annotated[str, typer.Option(help="Version in the manifest.")] = "1",
) -> None:
    """Train the model on DATA and export it to OUT; Ctrl-C or SIGTERM stop it resumably."""
    from lookalike.allocator import keep_freed_memory
    from lookalike.training.baseline import ImagenetWeightsError, fit_classifier
    from lookalike.training.losses import LossWeights
    from lookalike.training.schedule import parse_plan, stretched
    from lookalike.training.train import TrainSettings
    from lookalike.vision.weights import WeightsError

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    errors = Console(stderr=True)
    keep_freed_memory(TRAINING_BLOCK_MIB)
    try:
        phases = parse_plan(plan)
        settings = TrainSettings(
            plan=phases if epochs is None else stretched(phases, epochs),
            batch_size=batch_size,
            peak_rate=rate,
            seed=seed,
            device=device,
            start=start,
            workers=workers,
            frozen_stages=frozen_stages,
            minutes=minutes,
            mixed_share=blends,
            view_px=view_px,
            start_share=start_share,
            losses=LossWeights(
                category=category,
                class_gradient=class_gradient,
                contrast=contrast,
                view=view,
                opinion=opinion,
            ),
        )
        # First, so that what is missing is said before pictures are cut out for hours.
        taught_by = _taught_by(settings, teacher, tune_plan)
        net = _given_net(settings, backbone, heads_only, imagenet_weights)
        material = _material(data, out, settings, drawings, mask_px, pictures)
        if net is None:
            net = _train(material, settings, out, resume, taught_by)
        elif not heads_only:
            fit_classifier(net, material, seed)
        if net is None:
            errors.print("stopped; go on with --resume", highlight=False)
            raise typer.Exit(130)
        trained = "heads only" if heads_only else _told(settings, backbone, plan)
        notes = f"{trained}, start {start.name if start else 'random'}, masks at {mask_px} px"
        _export(net, material, out, version, notes, input_px)
    except (OSError, ValueError, WeightsError, ImagenetWeightsError) as error:
        say(errors, error, "red")
        raise typer.Exit(1) from None


def _told(settings: TrainSettings, backbone: str, plan: str) -> str:
    """How a network was trained, for its manifest."""
    if backbone != "distilled":
        return f"backbone {backbone}, seed {settings.seed}"
    on_time = "" if settings.minutes is None else f" in {settings.minutes:g} minutes"
    weights = ", ".join(f"{name} {value:g}" for name, value in asdict(settings.losses).items())
    return (
        f"backbone {backbone}, plan {plan}{on_time}, seed {settings.seed}, "
        f"peak rate {settings.peak_rate:g}, {settings.frozen_stages} stages frozen, "
        f"blends {settings.mixed_share:g}, views at {settings.view_px} px, "
        f"{settings.start_share:g} of the start mixed in, {weights}"
    )


def _material(
    data: Path,
    out: Path,
    settings: TrainSettings,
    drawings: bool,
    mask_px: int,
    pictures: int | None,
) -> Material:
    from cli.training_drawings import draw_training_pictures
    from lookalike.training.coarse_masks import NATIVE_PX
    from lookalike.training.cutout_cache import CutoutCache, default_cache_folder
    from lookalike.training.dataset import load_samples
    from lookalike.training.material import gather_material
    from lookalike.training.teacher import Lite2Teacher, TeacherCache
    from lookalike.training.train import pick_device

    drawn = out / "drawings" if drawings else None
    if drawn is not None:
        draw_training_pictures(drawn)
    segmenter = "u2netp" if mask_px == NATIVE_PX else f"u2netp@{mask_px}"
    cache = CutoutCache(default_cache_folder(), load_samples(data, drawn), segmenter)
    _fill(cache, mask_px, pictures)
    teacher = TeacherCache(cache)
    if not teacher.complete():
        with _progress("teacher") as on_progress:
            teacher.fill(Lite2Teacher(pick_device(settings.device)), on_progress)
    return gather_material(cache, teacher)


def _fill(cache: CutoutCache, mask_px: int, pictures: int | None) -> None:
    """Cuts out what is missing, a picture on each core."""
    from lookalike.training.coarse_masks import NATIVE_PX, CoarseSegmenter
    from lookalike.vision.segment import RembgSegmenter

    if not cache.complete():
        native, cores = mask_px == NATIVE_PX, os.cpu_count() or 1
        segmenter = (
            RembgSegmenter("u2netp", threads=1, at_once=cores)
            if native
            else CoarseSegmenter(mask_px)
        )
        with _progress("cutouts") as on_progress:
            cache.fill(segmenter.cutout, on_progress, cores, pictures)
    for path in cache.corrupt():
        Console(stderr=True).print(f"left out: {path} can't be read", highlight=False)


def _given_net(
    settings: TrainSettings, backbone: str, heads_only: bool, weights_file: Path | None
) -> GarmentNet | None:
    """The network whose backbone is not trained; None where one is."""
    from lookalike.training.baseline import imagenet_net, torchvision_weights, weights_in
    from lookalike.training.student import new_net
    from lookalike.training.train import pick_device

    if heads_only:
        if settings.start is None:
            raise ValueError("--heads-only needs --start, the weights to keep")
        net = new_net(settings.start, settings.seed).eval()
    elif backbone == "imagenet":
        fetch = torchvision_weights if weights_file is None else lambda: weights_in(weights_file)
        net = imagenet_net(settings.seed, fetch)
    else:
        return None
    return net.to(pick_device(settings.device))


def _train(
    material: Material,
    settings: TrainSettings,
    out: Path,
    resume: bool,
    taught_by: TunedTeacher | TuneSettings | None,
) -> GarmentNet | None:
    from lookalike.training.openvino_teacher import quickest
    from lookalike.training.train import TrainingRun, pick_device
    from lookalike.training.tune import TuneSettings
    from lookalike.training.validation import quick_figures

    if isinstance(taught_by, TuneSettings):
        taught_by = _tuned(material, settings, out, taught_by)
    teacher = None if taught_by is None else quickest(taught_by, pick_device(settings.device))
    run = TrainingRun(settings, material, out, teacher)
    if resume:
        run.resume()
    elif run.checkpoint.exists():
        raise ValueError(f"{run.checkpoint} is there already: go on with --resume, or remove it")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    finished = run.run(lambda net, size: quick_figures(material, net, size), stop)
    return run.trained() if finished else None


def _taught_by(
    settings: TrainSettings, teacher: Path | None, tune_plan: str | None
) -> TunedTeacher | TuneSettings | None:
    """The tuned teacher of a file, or how to tune one, or neither."""
    from lookalike.training.schedule import parse_plan
    from lookalike.training.train import pick_device
    from lookalike.training.tune import GO_ON_RATE, TuneSettings
    from lookalike.training.tuned_teacher import load_tuned_teacher

    if teacher is None:
        plan = tune_plan or DEFAULT_TUNE_PLAN
        return None if plan == NO_PLAN else TuneSettings(parse_plan(plan), seed=settings.seed)
    known = load_tuned_teacher(teacher, pick_device(settings.device))
    if tune_plan in (None, NO_PLAN):
        return known
    plans = parse_plan(tune_plan)
    return TuneSettings(plans, peak_rate=GO_ON_RATE, seed=settings.seed, start=teacher)


def _tuned(
    material: Material, settings: TrainSettings, out: Path, tuning: TuneSettings
) -> TunedTeacher:
    """The teacher tuned on the same pictures; kept in OUT, so that a run goes on with its own."""
    from lookalike.training.train import pick_device
    from lookalike.training.tune import tuned_teacher
    from lookalike.training.tuned_teacher import load_tuned_teacher
    from lookalike.training.validation import teacher_figures

    device, kept = pick_device(settings.device), out / "teacher.safetensors"
    if not kept.exists():
        size = tuning.plan[-1].size_px
        tuned_teacher(
            *(tuning, material, out, device),
            lambda teacher: teacher_figures(material, teacher, size, device),
        ).save(kept)
    return load_tuned_teacher(kept, device)


def _export(
    net: GarmentNet, material: Material, out: Path, version: str, notes: str, input_px: int
) -> None:
    from lookalike.training.finish import finish
    from lookalike.training.plots import plot_confusion, plot_curves

    finished = finish(net, material, out / "model", version, notes, input_px)
    plot_confusion(finished.shares, finished.labels, out / "model" / "confusion.png")
    if (out / "log.jsonl").exists():
        plot_curves(out / "log.jsonl", out / "model" / "curves.png")
    for group, figures in finished.figures.items():
        for figure in figures:
            typer.echo(f"{group:10} {figure.as_json()}")
    typer.echo(f"wrote {out / 'model' / finished.manifest.filename}")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
