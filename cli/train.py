"""`lookalike train`: from data that anyone can get to the model that ships."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.console import Console

from cli.sentences import say
from cli.training_checks import (
    check_extra,
    check_given,
    check_options,
    check_out,
    check_samples,
    check_teacher,
)
from cli.training_material import FrozenTeacher, frozen_looks, material_of, samples_of
from cli.training_notes import told, told_of_teachers
from cli.training_run import DEFAULT_TUNE_PLAN, NO_PLAN, given_net, teacher_asked_for, trained_net
from cli.training_size import served_px

if TYPE_CHECKING:
    from lookalike.training.material import Material
    from lookalike.vision.garment_net import GarmentNet

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

DEFAULT_PLAN: Final = "112x12,160x5,224x3"

TRAINING_BLOCK_MIB: Final = 1023
"""Layers' outputs of a batch are this large; kept, a step is a sixth to two fifths faster."""


@app.command()
def train(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(
            help="Folder with clothing/, street/ and shop/.", exists=True, file_okay=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="Checkpoint, log and exported model.", file_okay=False)],
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
        Path | None,
        typer.Option(help="Weights to start from, safetensors.", exists=True, dir_okay=False),
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
        typer.Option(
            min=0.1,
            help="End the network's batches after so long; the plan's phases share the time. "
            "Cutting out, the teacher's tuning and the export come on top.",
        ),
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
    frozen_teacher: Annotated[
        FrozenTeacher,
        typer.Option(
            help="lite2: EfficientNet-Lite2, of ImageNet. clip: CLIP ViT-B/16, which knows more of "
            "clothes; 90 MB to fetch, a tenth of a second for each picture and core."
        ),
    ] = "lite2",
    frozen_opinion: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of the frozen teacher in what is learned of a view's categories.",
        ),
    ] = 0.0,
    frozen_views: Annotated[
        bool,
        typer.Option(
            "--frozen-views",
            help="Have the frozen teacher look at each changed view as well: slower, and the "
            "student learns what it and the tuned teacher agree on there.",
        ),
    ] = False,
    co_teacher: Annotated[
        Path | None,
        typer.Option(
            help="Weights of an earlier student; its categories count as much as the teacher's.",
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
    places: Annotated[
        float, typer.Option(min=0.0, help="Weight of its features of each place of a picture.")
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
        int | None,
        typer.Option(
            min=32,
            max=512,
            help="Side at which the trained model is served.",
            show_default="the one it saw last",
        ),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(
            help="Version in the manifest; features are kept by it.",
            show_default="by the weights' hash",
        ),
    ] = None,
) -> None:
    """Train the model on DATA and export it to OUT; Ctrl-C or SIGTERM stop it resumably."""
    from lookalike.allocator import keep_freed_memory
    from lookalike.training.baseline import ImagenetWeightsError, fit_classifier
    from lookalike.training.clip_teacher import clip_weights
    from lookalike.training.losses import LossWeights
    from lookalike.training.schedule import parse_plan, stretched
    from lookalike.training.train_settings import TrainSettings
    from lookalike.training.tune import TuneSettings
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
            co_teacher=co_teacher,
            frozen_opinion=frozen_opinion,
            frozen_views=frozen_views,
            losses=LossWeights(
                category=category,
                class_gradient=class_gradient,
                contrast=contrast,
                view=view,
                opinion=opinion,
                places=places,
            ),
        )
        # First, so that what is missing is said before pictures are cut out for hours.
        check_extra()
        tuned = teacher or (None if tune_plan == NO_PLAN else tune_plan)
        has_teacher = teacher is not None or tune_plan != NO_PLAN
        check_given(_given(context), backbone, heads_only, has_teacher)
        check_options(settings, backbone, heads_only, resume, tuned)
        size_px = served_px(settings, backbone, heads_only, input_px)
        trains = backbone == "distilled" and not heads_only
        taught_by = teacher_asked_for(settings, teacher, tune_plan) if trains else None
        if trains:
            check_out(out, resume, isinstance(taught_by, TuneSettings))
        if trains and frozen_teacher == "clip":
            clip_weights()
        net = None if trains else given_net(settings, heads_only, imagenet_weights)
        samples = samples_of(data, out, drawings)
        check_samples(samples)
        if isinstance(taught_by, TuneSettings):
            check_teacher(out, taught_by, samples)
        material = material_of(samples, data, settings, mask_px, pictures, frozen_teacher)
        if net is None:
            looks = frozen_looks(material, frozen_teacher, device)
            net = trained_net(material, settings, out, resume, taught_by, looks)
        elif not heads_only:
            fit_classifier(net, material, seed, size_px=size_px)
        if net is None:
            errors.print("stopped; go on with --resume", highlight=False)
            raise typer.Exit(130)
        taught = told_of_teachers(settings, frozen_teacher, teacher, taught_by)
        notes = f"{told(settings, backbone, heads_only, taught)}, masks at {mask_px} px"
        _export(net, material, out, version, notes, size_px, trains)
    except (OSError, ValueError, WeightsError, ImagenetWeightsError) as error:
        say(errors, error, "red")
        raise typer.Exit(1) from None


def _given(context: typer.Context) -> set[str]:
    """Parameters that the command line names."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}


def _export(
    net: GarmentNet,
    material: Material,
    out: Path,
    version: str | None,
    notes: str,
    input_px: int,
    trained: bool,
) -> None:
    from lookalike.plain_text import harmless
    from lookalike.training.finish import finish
    from lookalike.training.plots import plot_confusion, plot_curves

    finished = finish(net, material, out / "model", version, notes, input_px)
    plot_confusion(finished.shares, finished.labels, out / "model" / "confusion.png")
    curves = out / "model" / "curves.png"
    curves.unlink(missing_ok=True)
    if trained and (out / "log.jsonl").exists():
        plot_curves(out / "log.jsonl", curves)
    for group, figures in finished.figures.items():
        for figure in figures:
            typer.echo(f"{harmless(group):10} {figure.as_json()}")
    typer.echo(f"wrote {out / 'model' / finished.manifest.filename}")
