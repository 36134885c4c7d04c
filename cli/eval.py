"""`lookalike eval`: measure the model, by the serving path, on any labelled data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cli.left_out import tell_problems, tell_unknown
from cli.progress import progress_of
from cli.sentences import say
from lookalike.training.splits import Half

if TYPE_CHECKING:
    from lookalike.figures import FigureWithInterval
    from lookalike.training.evaluate import OnProgress
    from lookalike.training.picture_tables import Picture
    from lookalike.vision.encode import ResNet34Encoder
    from lookalike.vision.segment import RembgSegmenter

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

_JSON = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
_MODEL = Annotated[
    str | None,
    typer.Option(
        help="Name of a model in models/.",
        show_default="LOOKALIKE_WEIGHTS, else lookalike-resnet34",
    ),
]
_MODELS = Annotated[
    Path | None,
    typer.Option(help="Look for the model in this folder alone.", exists=True, file_okay=False),
]


@app.callback()
def evaluate() -> None:
    """Measure the model, by the serving path, on any labelled data set.

    Intervals hold 95 %: by the bootstrap, or where all are right, or none is, the exact binomial
    one.
    """


@app.command()
def classify(
    labels: Annotated[
        Path,
        typer.Option(
            help="CSV with the columns image (or photo), category, and x, y, w, h for --boxes.",
            exists=True,
            dir_okay=False,
        ),
    ],
    images: Annotated[
        Path, typer.Option(help="Folder of the pictures.", exists=True, file_okay=False)
    ],
    boxes: Annotated[bool, typer.Option("--boxes", help="Crop by x, y, w, h in pixels.")] = False,
    as_json: _JSON = False,
    model: _MODEL = None,
    models: _MODELS = None,
) -> None:
    """Accuracy (top-1, top-2, per class, balanced) and calibration error, with 95 % intervals."""
    from lookalike.training.evaluate import evaluate_classification
    from lookalike.training.picture_tables import read_labels

    with _errors_as_sentences():
        labelled = read_labels(labels, images, boxes)
        _tell_left_out(labelled.unknown, labelled.problems)
        _check_any(labelled.pictures, labels, boxes, "one of the 13 categories")
        segmenter, encoder = _serving_path(model, models)
        with _looking(len(labelled.pictures)) as (on_progress, left_out):
            figures = evaluate_classification(labelled, segmenter, encoder, on_progress, left_out)
        passed_over = labelled.unknown.total() + len(labelled.problems)
        _print(figures, as_json, len(labelled.pictures) + passed_over, len(left_out) + passed_over)


@app.command()
def retrieval(
    gallery: Annotated[
        Path,
        typer.Option(help="CSV with article_id and image_path.", exists=True, dir_okay=False),
    ],
    queries: Annotated[
        Path,
        typer.Option(help="CSV with article_id and image_path.", exists=True, dir_okay=False),
    ],
    view: Annotated[
        list[str] | None, typer.Option(help="Only queries of this view; may be repeated.")
    ] = None,
    as_json: _JSON = False,
    model: _MODEL = None,
    models: _MODELS = None,
) -> None:
    """Recall@1/5/10 and mean reciprocal rank of a query's product, and of its style.

    Pictures are looked up from each table's own folder; the style is article_id up to its last
    dash.
    """
    from lookalike.training.evaluate import evaluate_retrieval
    from lookalike.training.picture_tables import read_articles

    with _errors_as_sentences():
        shown, asked = read_articles(gallery), read_articles(queries, view or ())
        for table, found in ((gallery, shown), (queries, asked)):
            _tell_left_out(Counter(), found.problems)
            _check_any(found.pictures, table, False, "an article_id")
        segmenter, encoder = _serving_path(model, models)
        pictures = len(shown.pictures) + len(asked.pictures)
        with _looking(pictures) as (on_progress, left_out):
            figures = evaluate_retrieval(shown, asked, segmenter, encoder, on_progress, left_out)
        passed_over = len(shown.problems) + len(asked.problems)
        _print(figures, as_json, pictures + passed_over, len(left_out) + passed_over)


@app.command()
def robustness(
    labels: Annotated[
        Path,
        typer.Option(
            help="CSV with a column image, photo or image_path, and x, y, w, h for --boxes.",
            exists=True,
            dir_okay=False,
        ),
    ],
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the pictures; the table's own by default.", exists=True, file_okay=False
        ),
    ] = None,
    boxes: Annotated[bool, typer.Option("--boxes", help="Crop by x, y, w, h in pixels.")] = False,
    queries: Annotated[int, typer.Option(min=1, help="So many pictures are changed.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Draws the pictures and their changes.")] = 0,
    as_json: _JSON = False,
    model: _MODEL = None,
    models: _MODELS = None,
) -> None:
    """Whether a photo finds itself among all under a new crop, light or background: Recall@1."""
    from lookalike.training.picture_tables import read_pictures
    from lookalike.training.robustness import evaluate_robustness

    with _errors_as_sentences():
        found = read_pictures(labels, images, boxes)
        _tell_left_out(Counter(), found.problems)
        _check_any(found.pictures, labels, boxes)
        segmenter, encoder = _serving_path(model, models)
        with _looking(len(found.pictures)) as (on_progress, left_out):
            figures = evaluate_robustness(
                found.pictures, segmenter, encoder, queries, seed, on_progress, left_out
            )
        passed_over = len(found.problems)
        _print(figures, as_json, len(found.pictures) + passed_over, len(left_out) + passed_over)


@app.command()
def split(
    data: Annotated[
        Path,
        typer.Option(
            help="Folder with clothing/, street/ and shop/.", exists=True, file_okay=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the tables.", file_okay=False)],
    half: Annotated[Half, typer.Option(help="The half of the held-out groups.")] = Half.REPORT,
) -> None:
    """Write the photos that training never sees as tables, to measure on: DATA's held-out side.

    Choices (of weights, sizes, temperature) are made on the half `select`, figures are reported on
    the half `report`.
    """
    from lookalike.training.dataset import LeftOut, load_samples
    from lookalike.training.held_out import write_held_out

    with _errors_as_sentences():
        left_out = LeftOut()
        samples = load_samples(data, left_out=left_out)
        _tell_left_out(left_out.unknown, left_out.problems)
        written = write_held_out(samples, half, out)
        if not written:
            raise ValueError(f"of the pictures in {data} none are held out: there are too few")
    for name, rows in written.items():
        typer.echo(f"{out / name}: {rows} rows")


def _serving_path(model: str | None, models: Path | None) -> tuple[RembgSegmenter, ResNet34Encoder]:
    """Segmenter and encoder as the service builds them.

    Raises:
        WeightsError: the weights can't be had.
        ValueError: the model expects other preprocessing.
    """
    from dataclasses import replace

    from cli.settings import read_settings
    from lookalike.vision.encode import ResNet34Encoder
    from lookalike.vision.segment import RembgSegmenter
    from lookalike.vision.weights import default_registry

    registry = default_registry()
    if models is not None:
        registry = replace(registry, models_dirs=(models,))
    found = registry.find_model(model or read_settings().weights)
    _note(f"model {found.manifest.version}, {found.weights_file}")
    return RembgSegmenter(found.manifest.segmenter), ResNet34Encoder(
        found.weights_file, found.manifest
    )


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    from lookalike.vision.weights import WeightsError

    try:
        yield
    except (ValueError, OSError, WeightsError) as error:
        say(Console(stderr=True), error, "red")
        raise typer.Exit(1) from None


def _check_any(pictures: Sequence[Picture], table: Path, boxes: bool, *further: str) -> None:
    """Refuses a table that leaves nothing to measure, before a model is opened.

    Raises:
        ValueError: it names no picture that will do.
    """
    if not pictures:
        *first, last = ["a picture", *(["a box"] if boxes else []), *further]
        needed = f"{', '.join(first)} and {last}" if first else last
        raise ValueError(f"{table} leaves nothing to measure: no row of it has {needed}")


@contextmanager
def _looking(asked: int) -> Iterator[tuple[OnProgress, list[str]]]:
    """A bar, and a list of the pictures that can't be used, which are told in the end."""
    left_out: list[str] = []
    try:
        with progress_of("pictures") as on_progress:
            yield on_progress, left_out
    finally:
        if left_out:
            _note(f"{len(left_out)} of {asked} pictures can't be used")
            _tell_left_out(Counter(), left_out)


def _print(figures: list[FigureWithInterval], as_json: bool, rows: int, left_out: int) -> None:
    """The figures; as JSON with how many of the tables' rows were left out, if any."""
    from lookalike.figures import FigureWithInterval
    from lookalike.training.figures import as_table

    lines = [figure.as_json() for figure in figures]
    if left_out:
        count = float(left_out)
        counted = FigureWithInterval("left_out", count, "rows", rows, low95=count, high95=count)
        lines.append(counted.as_json())
    typer.echo("\n".join(lines) if as_json else as_table(figures))


def _tell_left_out(unknown: Counter[str], problems: Sequence[str]) -> None:
    console = Console(stderr=True)
    tell_unknown(console, unknown)
    tell_problems(console, problems)


def _note(sentence: str) -> None:
    say(Console(stderr=True), sentence)
