"""Selecting by ranges of rows: a million photos are one range. And where the keys lead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractItemModel, QItemSelection, QItemSelectionRange
from PySide6.QtWidgets import QAbstractItemView

from photofinder.ui.grid_geometry import GridGeometry

Rows = NDArray[np.int64]
Action = QAbstractItemView.CursorAction


def ranges(model: QAbstractItemModel, spans: list[tuple[int, int]]) -> QItemSelection:
    """A selection of rows: pairs of first and last; neighbours become one range."""
    selection = QItemSelection()
    first = last = -1
    for start, end in spans:
        if start == last + 1 and first >= 0:
            last = end
            continue
        if first >= 0:
            selection.select(model.index(first, 0), model.index(last, 0))
        first, last = start, end
    if first >= 0:
        selection.select(model.index(first, 0), model.index(last, 0))
    return selection


def of_rows(model: QAbstractItemModel, rows: Rows) -> QItemSelection:
    """A selection of single rows."""
    rows = np.unique(rows)
    if not len(rows):
        return QItemSelection()
    first = np.concatenate(([0], np.flatnonzero(np.diff(rows) > 1) + 1))
    last = np.append(first[1:] - 1, len(rows) - 1)
    return ranges(model, list(zip(rows[first].tolist(), rows[last].tolist(), strict=True)))


def band(geometry: GridGeometry, left: int, top: int, right: int, bottom: int) -> list[tuple[int, int]]:
    """Spans of the photos that a rectangle of the grid touches."""
    spans: list[tuple[int, int]] = []
    for line in geometry.lines_between(top, bottom + 1):
        first, _ = geometry.line_rows(line)
        hit = [n for n, cell in enumerate(geometry.cells(line)) if cell.x <= right and cell.x + cell.width > left]
        if hit:
            spans.append((first + hit[0], first + hit[-1]))
    return spans


def parts(selection: QItemSelection) -> list[QItemSelectionRange]:
    """The ranges of a selection."""
    return [selection.at(number) for number in range(selection.count())]


def selected_rows(selection: QItemSelection) -> Rows:
    """Rows of a selection, ascending."""
    spans = [np.arange(part.top(), part.bottom() + 1) for part in parts(selection)]
    return np.sort(np.concatenate(spans)) if spans else np.empty(0, np.int64)


def selected_count(selection: QItemSelection) -> int:
    """How many rows a selection has."""
    return sum(part.height() for part in parts(selection))


def target(geometry: GridGeometry, row: int, action: Action, page_px: int) -> int:
    """Where a key leads from a photo. Up and down lead to what lies above and below its middle."""
    last = geometry.line_rows(geometry.line_count - 1)[1] - 1
    if action in {Action.MoveLeft, Action.MovePrevious}:
        return max(0, row - 1)
    if action in {Action.MoveRight, Action.MoveNext}:
        return min(last, row + 1)
    if action is Action.MoveHome:
        return 0
    if action is Action.MoveEnd:
        return last
    cell = geometry.cell(row)
    line, middle = geometry.line_of(row), cell.x + cell.width // 2
    if action in {Action.MoveUp, Action.MoveDown}:
        to = line + (1 if action is Action.MoveDown else -1)
    else:
        down = action is Action.MovePageDown
        y = cell.y + (page_px if down else -page_px)
        seen = geometry.lines_between(y, geometry.height_px + 1)
        to = seen[0] if seen else geometry.line_count - 1
        if not down and geometry.cells(to)[0].y < y:
            to += 1  # never further than a page, so that nothing goes by unseen
        if to == line:  # lines higher than the page
            to += 1 if down else -1
    if not 0 <= to < geometry.line_count:
        return row if action in {Action.MoveUp, Action.MoveDown} else (0 if to < 0 else last)
    return geometry.nearest_in_line(to, middle)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be the same after the photos have changed: the photo at the top edge, the current, the selected."""

    anchor: int | None
    row: int
    offset_px: int
    current: int | None
    selected: Rows
