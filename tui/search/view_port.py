"""Where a photo lies among a terminal's cells, and which pixel a cell shows."""

from __future__ import annotations

from dataclasses import dataclass

from tui.search.crop_box import Size


@dataclass(frozen=True, slots=True)
class CellShape:
    """Width and height of one cell; half blocks draw 1 x 2 pixels in it."""

    width: int = 1
    height: int = 2


HALF_BLOCK = CellShape()


@dataclass(frozen=True, slots=True)
class ViewPort:
    """A photo of `photo` pixels shown `columns` wide and `rows` high."""

    photo: Size
    columns: int
    rows: int

    def corner_at(self, column: float, row: float, *, far: bool) -> tuple[int, int]:
        """The pixel at the near or far corner of a cell, so that a drag takes whole cells in."""
        step = 1 if far else 0
        x = round((int(column) + step) * self.photo.width / self.columns) - step
        y = round((int(row) + step) * self.photo.height / self.rows) - step
        return min(max(x, 0), self.photo.width - 1), min(max(y, 0), self.photo.height - 1)


def fit(photo: Size, columns: int, rows: int, cell: CellShape = HALF_BLOCK) -> ViewPort:
    """The largest view of a photo in so many cells that keeps its shape; one cell at least."""
    columns, rows = max(columns, 1), max(rows, 1)
    scale = min(columns * cell.width / photo.width, rows * cell.height / photo.height)
    shown_columns = round(photo.width * scale / cell.width)
    shown_rows = round(photo.height * scale / cell.height)
    return ViewPort(photo, min(max(shown_columns, 1), columns), min(max(shown_rows, 1), rows))


def drag(
    view: ViewPort, start: tuple[float, float], end: tuple[float, float]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two pixels between which a drag from cell to cell spans, both cells taken whole."""
    from_left, from_top = start[0] <= end[0], start[1] <= end[1]
    first = (
        view.corner_at(*start, far=not from_left)[0],
        view.corner_at(*start, far=not from_top)[1],
    )
    second = (view.corner_at(*end, far=from_left)[0], view.corner_at(*end, far=from_top)[1])
    return first, second
