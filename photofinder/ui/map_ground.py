"""Painting one tile of the map: land, waters, borders, and the heat of photos on it. Any thread."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from photofinder.core.clusters import Points, View
from photofinder.core.shapes import Shapes, clipped
from photofinder.ui import map_shapes

Floats = NDArray[np.float64]

MARGIN_PX = 6
"""Lines are wide: what lies this far outside of a tile is drawn with it."""
LONGEST_RING = 600
"""Corners of a ring that is filled in one go: some 2 ms, in which nothing else of Python runs."""
HEAT_CELLS = 32
"""Squares of heat along a tile's side."""
HEAT_MARGIN = 4
HEAT_FROM = 6.0
"""Photos in the mean of a square and its neighbours from which on it glows."""
STATES_FROM_ZOOM, RIVERS_FROM_ZOOM, LAKES_FROM_ZOOM = 4, 4, 2


@dataclass(frozen=True)
class Colours:
    """What a map is painted in. Quiet, so that photos stand out."""

    sea: QColor
    land: QColor
    coast: QColor
    border: QColor
    state: QColor
    river: QColor
    heat: tuple[tuple[int, int, int], ...]


DARK = Colours(
    QColor("#171a1d"),
    QColor("#2b2c2d"),
    QColor("#4a5057"),
    QColor("#6e6a63"),
    QColor("#3e3f40"),
    QColor("#222a31"),
    ((120, 60, 20), (190, 95, 25), (227, 162, 60), (255, 226, 150)),
)
LIGHT = Colours(
    QColor("#d5dde3"),
    QColor("#f6f5f1"),
    QColor("#a3b2be"),
    QColor("#a89f92"),
    QColor("#d8d4cc"),
    QColor("#bccbd6"),
    ((250, 200, 120), (240, 150, 60), (215, 95, 25), (165, 45, 10)),
)


class Tile(NamedTuple):
    """One square of the map: column and row at a zoom, drawn `side_px` device pixels wide.

    `scale` is device pixels per point. A tuple, because a frame looks up hundreds of them.
    """

    zoom: int
    column: int
    row: int
    side_px: int
    scale: float
    dark: bool

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part of the unit square that it shows."""
        count = 1 << self.zoom
        return (self.column / count, self.row / count, (self.column + 1) / count, (self.row + 1) / count)


def ground(tile: Tile, breathe: Callable[[], object] = lambda: None) -> QImage:
    """Land and water of a tile. `breathe` is called between shapes: drawing one keeps the interpreter's lock."""
    colours = DARK if tile.dark else LIGHT
    image = QImage(tile.side_px, tile.side_px, QImage.Format.Format_RGB32)
    image.fill(colours.sea)
    left, top, right, bottom = tile.box
    margin = (right - left) * MARGIN_PX / tile.side_px
    box = (left - margin, top - margin, right + margin, bottom + margin)
    zoom = tile.zoom + np.log2(tile.side_px / tile.scale / 256)
    shapes = map_shapes.around(tile.zoom, tile.column, tile.row)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _fill(painter, tile, shapes.land, box, colours.land, breathe)
    if zoom >= RIVERS_FROM_ZOOM:
        _draw(painter, tile, shapes.rivers, box, colours.river, 1.2, breathe)
    if zoom >= LAKES_FROM_ZOOM:
        _fill(painter, tile, shapes.lakes, box, colours.sea, breathe)
    if zoom >= STATES_FROM_ZOOM:
        _draw(painter, tile, shapes.states, box, colours.state, 1.0, breathe)
    if zoom >= LAKES_FROM_ZOOM:
        _draw(painter, tile, shapes.lakes, box, colours.coast, 0.8, breathe)
    _draw(painter, tile, shapes.coasts, box, colours.coast, 1.0, breathe)
    _draw(painter, tile, shapes.borders, box, colours.border, 0.7 if zoom < 3 else 1.1, breathe)
    painter.end()
    return image


def with_heat(image: QImage, tile: Tile, points: Points) -> QImage:
    """The same tile with the heat of dense photos; the image itself where there are none."""
    side = 1.0 / (1 << tile.zoom) / HEAT_CELLS
    left, top, right, bottom = tile.box
    reach, inner = side * HEAT_MARGIN, side / 2
    level = tile.zoom + int(np.log2(HEAT_CELLS))
    if level > 24:
        return image
    whole = HEAT_CELLS + 2 * HEAT_MARGIN
    view = View(left - reach + inner, top - reach + inner, right + reach - inner, bottom + reach - inner)
    found = points.grid(view, level)
    if not found.any():
        return image
    counts = np.zeros((whole, whole), np.float64)
    above = max(0, HEAT_MARGIN - tile.row * HEAT_CELLS)  # rows beyond the pole do not come
    counts[above : above + found.shape[0], : found.shape[1]] = found
    for _ in range(2):
        counts = _mean_of_three(_mean_of_three(counts).T).T
    heat = np.clip(np.log2(np.maximum(counts, 1e-9) / HEAT_FROM) / 10, 0, 1)
    if not heat.any():
        return image
    edge = HEAT_MARGIN - 1  # one more, so that enlarging meets the neighbour's
    heat = heat[edge:-edge, edge:-edge]
    pixels = _ramp(tile.dark)[(heat * 255).astype(np.int64)]
    small = QImage(pixels.tobytes(), len(heat), len(heat), 4 * len(heat), QImage.Format.Format_ARGB32_Premultiplied)
    glowing = image.copy()
    painter = QPainter(glowing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    cell_px = tile.side_px / HEAT_CELLS
    around = QRectF(-cell_px, -cell_px, tile.side_px + 2 * cell_px, tile.side_px + 2 * cell_px)
    painter.drawImage(around, small)
    painter.end()
    return glowing


@functools.cache
def _ramp(dark: bool) -> NDArray[np.uint8]:
    """256 colours from nothing to the hottest, premultiplied, in Qt's order of bytes."""
    stops = np.array((DARK if dark else LIGHT).heat, np.float64)
    at = np.linspace(0, 1, 256)
    alpha = np.clip(at * 1.6, 0, 1) * 0.6
    colours = [np.interp(at, np.linspace(0, 1, len(stops)), stops[:, channel]) * alpha for channel in (2, 1, 0)]
    return np.stack([*colours, alpha * 255], axis=1).astype(np.uint8)


def _mean_of_three(counts: Floats) -> Floats:
    padded = np.pad(counts, ((1, 1), (0, 0)), mode="edge")
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3


def _fill(
    painter: QPainter,
    tile: Tile,
    shapes: Shapes,
    box: tuple[float, float, float, float],
    colour: QColor,
    breathe: Callable[[], object],
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for ring in shapes.areas_in(box):
        for part in _parts(ring, box):
            breathe()
            painter.drawPolygon(_polygon(part, tile), Qt.FillRule.OddEvenFill)


def _parts(ring: Floats, box: tuple[float, float, float, float]) -> Iterator[Floats]:
    """A ring, or if it is long its quarters, so that no single call of Qt takes long. They overlap: no seam is seen."""
    if len(ring) <= LONGEST_RING:
        yield ring
        return
    left, top, right, bottom = box
    x, y, more = (left + right) / 2, (top + bottom) / 2, (right - left) / 300
    for quarter in (
        (left, top, x + more, y + more),
        (x - more, top, right, y + more),
        (left, y - more, x + more, bottom),
        (x - more, y - more, right, bottom),
    ):
        part = clipped(ring, quarter)
        if len(part) > 2:
            yield part


def _draw(
    painter: QPainter,
    tile: Tile,
    shapes: Shapes,
    box: tuple[float, float, float, float],
    colour: QColor,
    width: float,
    breathe: Callable[[], object],
) -> None:
    pen = QPen(colour, width * tile.scale)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for line in shapes.lines_in(box):
        breathe()
        painter.drawPolyline(_polygon(line, tile))


def _polygon(points: Floats, tile: Tile) -> QPolygonF:
    """Places on the unit square as pixels of a tile; corners that fall on one pixel's half are said once."""
    left, top, right, _ = tile.box
    pixels = (points - (left, top)) * (tile.side_px / (right - left))
    if len(pixels) > 16:
        halves = np.round(pixels * 2)
        moved = np.ones(len(pixels), np.bool_)
        moved[1:] = (halves[1:] != halves[:-1]).any(axis=1)
        moved[-1] = True
        pixels = pixels[moved]
    polygon = QPolygonF()
    polygon.resize(len(pixels))
    if len(pixels):  # written into the polygon's own memory: a QPointF for each corner would take most of the time
        memory: Any = shiboken6.VoidPtr(polygon.data(), pixels.size * 8, True)  # pyright: ignore[reportCallIssue]
        np.frombuffer(memory, np.float64)[:] = pixels.ravel()
    return polygon
