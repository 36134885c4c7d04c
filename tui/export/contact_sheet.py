"""An answer as one picture: what it says, what was asked about, and the products in a grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageOps

from lookalike.plain_text import plain
from tui.export.heading import heading
from tui.export.typeface import Typeface, best_for, lacking, typefaces
from tui.search.history import Search
from tui.search.likeness import in_words, price, sold_out
from tui.search.question import PhotoQuestion
from tui.search.view_picture import close_up

_COLUMNS: Final = 5
_TILE_PX: Final = 220
_TEXT_PX: Final = 74
_LINE_PX: Final = 21
_GAP_PX: Final = 16
_INK, _MUTED, _PAPER, _EMPTY = "#2a2521", "#6b625a", "#f7f3ee", "#e4dcd2"


@dataclass(frozen=True, slots=True)
class Sheet:
    """An RGB picture; `boxes` are characters that no typeface of this machine knows."""

    picture: Image.Image
    boxes: frozenset[str]


def contact_sheet(
    search: Search,
    pictures: Mapping[str, Image.Image],
    known: Sequence[Typeface] | None = None,
) -> Sheet:
    """Five tiles wide below a heading; `pictures` by product id, a blank where one is missing.

    `known` are the typefaces to choose from, none: those of this machine.
    """
    tiles: list[tuple[Image.Image | None, Sequence[str]]] = []
    if isinstance(search.question, PhotoQuestion):
        photo = search.question.photo
        tiles.append((close_up(photo, search.question.box), [plain(photo.name)]))
    for hit in search.answer.hits:
        likeness = f"{hit.similarity:.2f} {in_words(hit.match)}"
        costs = " · ".join(filter(None, [price(hit.product), sold_out(hit.product)]))
        lines = [f"{hit.rank}. {plain(hit.product.title)}", costs, likeness]
        tiles.append((pictures.get(hit.product.id), lines))
    above = heading(search)
    text = "".join([*above, *(line for _, words in tiles for line in words)])
    typeface = best_for(text, known or typefaces())
    rows = -(-len(tiles) // _COLUMNS)
    step = _TILE_PX + _GAP_PX
    below = _GAP_PX + len(above) * _LINE_PX
    size = (_COLUMNS * step + _GAP_PX, below + rows * (step + _TEXT_PX) + _GAP_PX)
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    _write(draw, (_GAP_PX, _GAP_PX), size[0] - 2 * _GAP_PX, above, typeface)
    for at, (picture, words) in enumerate(tiles):
        row, column = divmod(at, _COLUMNS)
        left, top = _GAP_PX + column * step, below + _GAP_PX + row * (step + _TEXT_PX)
        tile = Image.new("RGB", (_TILE_PX, _TILE_PX), _EMPTY)
        if picture is not None:
            tile = ImageOps.pad(picture, (_TILE_PX, _TILE_PX), color="white")
        sheet.paste(tile, (left, top))
        _write(draw, (left, top + _TILE_PX + 4), _TILE_PX, words, typeface)
    return Sheet(sheet, frozenset(lacking(typeface, text)))


def _write(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    width: int,
    lines: Sequence[str],
    typeface: Typeface,
) -> None:
    """Lines from an upper left corner, each cut where it is wider than `width`; all in px."""
    left, top = corner
    for number, line in enumerate(lines):
        shown = line
        while draw.textlength(shown, typeface) > width and len(shown) > 1:
            shown = f"{shown.rstrip('…')[:-1]}…"
        draw.text((left, top + number * _LINE_PX), shown, _INK if number == 0 else _MUTED, typeface)
