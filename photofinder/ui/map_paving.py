"""Paints the ground of the map: tiles, and what stands in for them until they are made. Window's thread."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from photofinder.ui.map_geometry import SIDES, Camera, tile_side, tile_zoom
from photofinder.ui.map_ground import DARK, LIGHT, Tile
from photofinder.ui.map_tiles import MapTiles


@dataclass(frozen=True, slots=True)
class _Cell:
    """A tile and where it lies, in tiles from the world's corner; the world goes on to the sides."""

    column: int
    row: int
    tile: Tile


class Paving:
    """Knows which tiles the last frame needed: while the map moves by less than a tile, they are the same."""

    def __init__(self, tiles: MapTiles) -> None:
        self._tiles = tiles
        self._cells: list[_Cell] = []
        self._laid: tuple[object, ...] | None = None

    def paint(self, painter: QPainter, camera: Camera, step: int, scale: float, *, dark: bool, exact: bool) -> None:
        """Paint the ground at a step of the zoom, and have the tiles made that are missing. Not `exact`, it glides."""
        wide, tall = camera.size.width(), camera.size.height()
        left, top = camera.left, camera.top
        if top < 0 or top + tall > camera.world:
            painter.fillRect(QRectF(0, 0, wide, tall), (DARK if dark else LIGHT).sea)
        side = camera.world / (1 << tile_zoom(step))
        self._lay(camera, step, scale, dark=dark)
        for cell in self._cells:
            pixmap = self._tiles.get(cell.tile)
            if exact and pixmap is not None:
                painter.drawPixmap(int(cell.column * side) - left, int(cell.row * side) - top, pixmap)
            else:
                target = QRectF(cell.column * side - left, cell.row * side - top, side, side)
                self._paint_instead(painter, target, cell.tile, pixmap)

    def _lay(self, camera: Camera, step: int, scale: float, *, dark: bool) -> None:
        """Find out which tiles are seen, and want them, the middle ones first."""
        zoom, wide, tall = tile_zoom(step), camera.size.width(), camera.size.height()
        count, side = 1 << zoom, camera.world / (1 << zoom)
        first, last = int(camera.left // side), int((camera.left + wide) // side)
        above, below = max(0, int(camera.top // side)), min(count - 1, int((camera.top + tall) // side))
        laid = (zoom, first, last, above, below, step, scale, dark, self._tiles.generation)
        if laid == self._laid:
            return
        self._laid = laid
        side_px = round(tile_side(step) * scale)
        self._cells = [
            _Cell(column, row, Tile(zoom, column % count, row, side_px, scale, dark))
            for row in range(above, below + 1)
            for column in range(first, last + 1)
        ]
        middle = (camera.left + wide / 2) / side - 0.5, (camera.top + tall / 2) / side - 0.5
        ordered = sorted(self._cells, key=lambda cell: abs(cell.column - middle[0]) + abs(cell.row - middle[1]))
        whole = Tile(0, 0, 0, round(SIDES[0] * scale), scale, dark)  # stands in for all others until they are there
        self._tiles.want(list(dict.fromkeys([whole, *(cell.tile for cell in ordered)])))

    def _paint_instead(self, painter: QPainter, target: QRectF, tile: Tile, pixmap: QPixmap | None) -> None:
        """A tile in another size, or part of a coarser one under finer ones, until the right one is there."""
        pixmap = pixmap or self._tiles.like(tile.zoom, tile.column, tile.row, tile)
        if pixmap is not None:
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
            return
        for up in range(1, tile.zoom + 1):
            found = self._tiles.like(tile.zoom - up, tile.column >> up, tile.row >> up, tile)
            if found is not None:
                part = found.width() / (1 << up)
                x, y = (tile.column & ((1 << up) - 1)) * part, (tile.row & ((1 << up) - 1)) * part
                painter.drawPixmap(target, found, QRectF(x, y, part, part))
                break
        else:
            painter.fillRect(target, (DARK if tile.dark else LIGHT).sea)
        wide, tall = target.width() / 2, target.height() / 2
        for across, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            found = self._tiles.like(tile.zoom + 1, 2 * tile.column + across, 2 * tile.row + down, tile)
            if found is not None:
                quarter = QRectF(target.left() + across * wide, target.top() + down * tall, wide, tall)
                painter.drawPixmap(quarter, found, QRectF(found.rect()))
