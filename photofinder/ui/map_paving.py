"""Paints the ground of the map: tiles, and what stands in for them until they are made. Window's thread."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPixmap

from photofinder.ui.map_geometry import SIDES, Camera, tile_side, tile_zoom
from photofinder.ui.map_ground import DARK, LIGHT, Tile
from photofinder.ui.map_tiles import MapTiles


def paint_tiles(
    painter: QPainter, tiles: MapTiles, camera: Camera, step: int, scale: float, *, dark: bool, exact: bool
) -> None:
    """Paint the ground at a step of the zoom, and have the tiles made that are missing. Not `exact`, it is gliding."""
    zoom, size = tile_zoom(step), camera.size
    count, side = 1 << zoom, camera.world / (1 << zoom)
    first, last = (int((camera.left + across) // side) for across in (0, size.width()))
    above = max(0, int(camera.top // side))
    below = min(count - 1, int((camera.top + size.height()) // side))
    if camera.top < 0 or camera.top + size.height() > camera.world:
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), (DARK if dark else LIGHT).sea)
    wanted: list[tuple[float, Tile]] = []
    middle = QRectF(0, 0, size.width(), size.height()).center()
    for row in range(above, below + 1):
        for column in range(first, last + 1):
            at = QPointF(column * side - camera.left, row * side - camera.top)
            tile = Tile(zoom, column % count, row, round(tile_side(step) * scale), scale, dark)
            pixmap = tiles.get(tile)
            if pixmap is not None and exact:
                painter.drawPixmap(at, pixmap)
            else:
                _paint_instead(painter, tiles, QRectF(at.x(), at.y(), side, side), tile, pixmap)
            away = (at - middle + QPointF(side / 2, side / 2)).manhattanLength()
            wanted.append((away, tile))
    wanted.sort(key=lambda pair: pair[0])
    whole = Tile(0, 0, 0, round(SIDES[0] * scale), scale, dark)  # stands in for all others until they are there
    tiles.want(list(dict.fromkeys([whole, *(tile for _, tile in wanted)])))


def _paint_instead(painter: QPainter, tiles: MapTiles, target: QRectF, tile: Tile, pixmap: QPixmap | None) -> None:
    """A tile in another size, or part of a coarser one, until the right one is there; at least the sea."""
    if pixmap is not None:
        painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        return
    for up in range(tile.zoom + 1):
        for side in SIDES:
            zoom, column, row = tile.zoom - up, tile.column >> up, tile.row >> up
            found = tiles.get(Tile(zoom, column, row, round(side * tile.scale), tile.scale, tile.dark))
            if found is not None:
                part = found.width() / (1 << up)
                x, y = (tile.column & ((1 << up) - 1)) * part, (tile.row & ((1 << up) - 1)) * part
                painter.drawPixmap(target, found, QRectF(x, y, part, part))
                return
    painter.fillRect(target, (DARK if tile.dark else LIGHT).sea)
