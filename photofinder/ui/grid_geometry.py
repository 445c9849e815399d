"""Where every photo of the grid lies: computed, never stored per photo. Pure numbers, no Qt.

The grid is a column of *lines*; a line holds consecutive photos of one section. With square cells a line has as many as
fit; justified, a section's photos are dealt into lines of about equal length, each then scaled to the full width. That
is done for all sections at once in numpy (a line is the whole part of a photo's running length by the line's), not line
after line, so a million photos take some 0.1 s, and adding photos only touches the sections they fall into.
"""

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photofinder.ui.grid_sections import Level, Sections

Numbers = NDArray[np.int64]
Aspects = NDArray[np.float32]

_NARROWEST, _WIDEST = 0.4, 3.5  # aspects beyond are cropped: a panorama must not shrink its line to a ribbon
_TALLEST_LINE = 1.4
_LINES_KEPT = 2_000
_AT_ONCE = 40_000


class Cell(NamedTuple):
    """A rectangle in the coordinates of the whole grid, pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What the geometry is made for. All in pixels; `cell_px` is the wanted height of a thumbnail."""

    width_px: int
    cell_px: int
    justified: bool
    gap_px: int = 4
    margin_px: int = 12
    heading_px: int = 44

    @property
    def inner_px(self) -> int:
        """The width that photos can take."""
        return max(self.width_px - 2 * self.margin_px, 48)

    @property
    def columns(self) -> int:
        """Square cells in a line."""
        return max(1, round((self.inner_px + self.gap_px) / (self.cell_px + self.gap_px)))

    @property
    def typical_columns(self) -> float:
        """Photos in a line, about."""
        return max(1.0, self.inner_px / (self.cell_px * 1.4)) if self.justified else float(self.columns)

    @property
    def square_px(self) -> int:
        """The side of a square cell, such that the line is full."""
        return (self.inner_px + self.gap_px) // self.columns - self.gap_px


@dataclass(frozen=True, slots=True)
class _Lines:
    """`first` int32[l] rows, `height` float32[l] pixels; `counts` int64[s], how many of them each section has."""

    first: NDArray[np.int32]
    height: NDArray[np.float32]
    counts: Numbers


class GridGeometry:
    """Photos ↔ places. Immutable; any thread."""

    def __init__(self, frame: Frame, sections: Sections, aspects: Aspects, lines: _Lines | None = None) -> None:
        self.frame = frame
        self.sections = sections
        self._aspects = aspects
        self._lines = lines if lines is not None else _all_broken(frame, sections.starts, aspects)
        self._heading_px = 0 if sections.level is Level.PLAIN else frame.heading_px
        self.count = len(aspects)
        self._heights = self._lines.height.astype(np.int64)
        taken = self._heights + frame.gap_px
        self._section_lines = np.concatenate(([0], np.cumsum(self._lines.counts)))
        taken[self._section_lines[:-1]] += self._heading_px
        self._bottoms = np.cumsum(taken) + (frame.margin_px - frame.gap_px)
        self._tops = self._bottoms - self._heights
        self._section_ends = self._tops[self._section_lines[:-1]]  # of the headings, where the photos begin
        self._kept_cells: dict[int, list[Cell]] = {}

    @property
    def height_px(self) -> int:
        """The height of the whole grid."""
        return int(self._bottoms[-1]) + self.frame.margin_px if len(self._bottoms) else 0

    def cell(self, row: int) -> Cell:
        """Where a photo lies. Raises IndexError for a row that is not there."""
        if not 0 <= row < self.count:
            raise IndexError(row)
        line = self.line_of(row)
        return self.cells(line)[row - self.line_rows(line)[0]]

    def cells(self, line: int) -> list[Cell]:
        """Where the photos of a line lie."""
        found = self._kept_cells.get(line)
        if found is None:
            if len(self._kept_cells) >= _LINES_KEPT:
                self._kept_cells.clear()
            found = self._kept_cells[line] = self._cells(line)
        return found

    def row_at(self, x: int, y: int) -> int | None:
        """The photo at a point, None between photos."""
        line = bisect_right(self._bottoms, y)
        if line >= len(self._bottoms) or y < self._tops[line]:
            return None
        first, _ = self.line_rows(line)
        hits = (first + n for n, cell in enumerate(self.cells(line)) if cell.x <= x < cell.x + cell.width)
        return next(hits, None)

    def nearest_in_line(self, line: int, x: int) -> int:
        """The photo of a line that lies at `x`, or nearest to it."""
        first, _ = self.line_rows(line)
        distances = [max(cell.x - x, x - cell.x - cell.width, 0) for cell in self.cells(line)]
        return first + distances.index(min(distances))

    @property
    def line_count(self) -> int:
        """Lines in all."""
        return len(self._tops)

    def line_of(self, row: int) -> int:
        """The line that a photo is in."""
        return bisect_right(self._lines.first, row) - 1

    def line_rows(self, line: int) -> tuple[int, int]:
        """The photos of a line: first, and one past the last."""
        first = self._lines.first
        return int(first[line]), int(first[line + 1]) if line + 1 < len(first) else self.count

    def lines_between(self, top: int, bottom: int) -> range:
        """Lines that show between two heights (half open), even by a pixel."""
        return range(bisect_right(self._bottoms, top), bisect_left(self._tops, bottom))

    def rows_between(self, top: int, bottom: int) -> range:
        """Photos that show between two heights."""
        lines = self.lines_between(top, bottom)
        if not lines:
            return range(0)
        return range(self.line_rows(lines[0])[0], self.line_rows(lines[-1])[1])

    def headings_between(self, top: int, bottom: int) -> list[tuple[int, Cell]]:
        """Sections whose heading shows between two heights, with its place."""
        if not self._heading_px:
            return []
        ends = self._section_ends
        shown = range(bisect_right(ends, top), bisect_left(ends, bottom + self._heading_px))
        frame, height = self.frame, self._heading_px
        return [(s, Cell(frame.margin_px, int(ends[s]) - height, frame.inner_px, height)) for s in shown]

    def section_top(self, section: int) -> int:
        """Where a section begins, its heading included."""
        return int(self._section_ends[section]) - self._heading_px

    def with_newcomers(self, sections: Sections, aspects: Aspects, rows: Numbers) -> "GridGeometry":
        """The geometry after photos have come to be at `rows` (ascending, counted with them)."""
        if not len(rows):
            return self
        touched, came = np.unique(np.searchsorted(sections.starts, rows, side="right") - 1, return_counts=True)
        fresh = touched[sections.counts[touched] == came]  # sections that were not there before
        if len(self.sections) + len(fresh) != len(sections) or sections.level is not self.sections.level:
            return GridGeometry(self.frame, sections, aspects)
        return GridGeometry(self.frame, sections, aspects, self._spliced(sections, aspects, touched, fresh))

    def _spliced(self, sections: Sections, aspects: Aspects, touched: Numbers, fresh: Numbers) -> _Lines:
        old, offsets = self._lines, self._section_lines
        broken = _broken(self.frame, sections.starts, aspects, touched)
        first: list[NDArray[np.int32]] = []
        height: list[NDArray[np.float32]] = []
        done, given = 0, 0  # sections, in the new count; lines of `broken`
        for section, lines in zip([*touched.tolist(), len(sections)], [*broken.counts.tolist(), 0], strict=True):
            if section > done:  # a run that is as it was, further down
                fewer = int(np.searchsorted(fresh, done))
                kept = slice(offsets[done - fewer], offsets[section - fewer])
                first.append(old.first[kept] + np.int32(sections.starts[done] - self.sections.starts[done - fewer]))
                height.append(old.height[kept])
            first.append(broken.first[given : given + lines])
            height.append(broken.height[given : given + lines])
            done, given = section + 1, given + lines
        counts = np.insert(old.counts, fresh - np.arange(len(fresh)), 0)
        counts[touched] = broken.counts
        return _Lines(np.concatenate(first), np.concatenate(height), counts)

    def _cells(self, line: int) -> list[Cell]:
        # Plain Python on purpose: for a dozen numbers numpy is no faster, and each of its calls may let go of the
        # interpreter lock, which the loaders' threads then hold for a while.
        first, stop = self.line_rows(line)
        frame, y, height = self.frame, int(self._tops[line]), int(self._heights[line])
        if not frame.justified:
            side = frame.square_px
            return [Cell(frame.margin_px + n * (side + frame.gap_px), y, side, height) for n in range(stop - first)]
        cells: list[Cell] = []
        exact, run, left = float(self._lines.height[line]), 0.0, frame.margin_px
        for n, aspect in enumerate(self._aspects[first:stop].tolist()):
            # Rounded once, from the running sum: the right edges of full lines agree to the pixel.
            run += min(max(aspect, _NARROWEST), _WIDEST) * exact
            right = max(left + 1, round(run) + frame.margin_px + n * frame.gap_px)
            cells.append(Cell(left, y, right - left, height))
            left = right + frame.gap_px
        return cells


def _clipped(aspects: Aspects) -> NDArray[np.float64]:
    return np.clip(aspects, _NARROWEST, _WIDEST).astype(np.float64)


def _all_broken(frame: Frame, starts: Numbers, aspects: Aspects) -> _Lines:
    """Deal all photos into lines; some at a time, because what fits the processor's cache is done in a third."""
    edges = [*np.searchsorted(starts, np.arange(0, starts[-1], _AT_ONCE)).tolist(), len(starts) - 1]
    parts = [
        _broken(frame, starts, aspects, np.arange(first, stop))
        for first, stop in itertools.pairwise(edges)
        if first < stop  # one section may be larger than all that is done at once
    ]
    parts = parts or [_broken(frame, starts, aspects, np.empty(0, np.int64))]
    return _Lines(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.height for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def _broken(frame: Frame, starts: Numbers, aspects: Aspects, wanted: Numbers) -> _Lines:
    """Deal the photos of the wanted sections into lines."""
    counts = starts[wanted + 1] - starts[wanted]
    if not frame.justified or not len(wanted):
        lines = -(-counts // frame.columns)
        place = np.arange(lines.sum()) - np.repeat(np.cumsum(lines) - lines, lines)
        first = np.repeat(starts[wanted], lines) + place * frame.columns
        return _Lines(first.astype(np.int32), np.full(len(first), frame.square_px, np.float32), lines)
    before = np.cumsum(counts) - counts
    of = np.repeat(np.arange(len(wanted)), counts)  # photo → place in `wanted`
    rows = np.arange(len(of)) + (starts[wanted] - before)[of]
    shapes = _clipped(aspects[rows])
    lengths = shapes * frame.cell_px + frame.gap_px
    ends = np.cumsum(lengths)
    totals = np.add.reduceat(lengths, before)
    lines = np.maximum(1.0, np.rint(totals / (frame.inner_px + frame.gap_px)))
    # By its middle, a photo goes to the line that holds more of it.
    line = ((ends - lengths / 2 - (ends[before] - lengths[before])[of]) * (lines / totals)[of]).astype(np.int64)
    first = np.concatenate(([0], np.flatnonzero((np.diff(line) != 0) | (np.diff(of) != 0)) + 1))
    in_line = np.diff(np.append(first, len(rows)))
    full = (frame.inner_px - frame.gap_px * (in_line - 1)) / np.add.reduceat(shapes, first)
    # A section of two photos does not blow them up to fill the line.
    height = np.maximum(np.where(full > _TALLEST_LINE * frame.cell_px, frame.cell_px, full), 8.0)
    dealt = np.bincount(of[first], minlength=len(wanted))
    return _Lines(rows[first].astype(np.int32), height.astype(np.float32), dealt)
