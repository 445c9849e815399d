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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A picture and where it lies, as `_Cell` has it. Without a part of it, the picture is the very tile."""

    pixmap: QPixmap
    left: float
    top: float
    wide: float
    tall: float
    part: QRectF | None = None


class Paving:
    """Knows what the last frame was laid of: while the map moves by less than a tile and none comes, it is the same."""

    def __init__(self, tiles: MapTiles) -> None:
        self._tiles = tiles
        self._cells: list[_Cell] = []
        self._pieces: list[_Piece] = []
        self._bare: list[_Cell] = []
        self._laid: tuple[object, ...] | None = None
        self._pieced: tuple[object, ...] | None = None

    def paint(self, painter: QPainter, camera: Camera, step: int, scale: float, *, dark: bool, exact: bool) -> None:
        """Paint the ground at a step of the zoom, and have the tiles made that are missing. Not `exact`, it glides."""
        wide, tall = camera.size.width(), camera.size.height()
        left, top = camera.left, camera.top
        sea = (DARK if dark else LIGHT).sea
        if top < 0 or top + tall > camera.world:
            painter.fillRect(QRectF(0, 0, wide, tall), sea)
        side = camera.world / (1 << tile_zoom(step))
        self._lay(camera, step, scale, dark=dark)
        self._piece()
        for cell in self._bare:
            painter.fillRect(QRectF(cell.column * side - left, cell.row * side - top, side, side), sea)
        for piece in self._pieces:
            if exact and piece.part is None:
                painter.drawPixmap(int(piece.left * side) - left, int(piece.top * side) - top, piece.pixmap)
            else:
                target = QRectF(piece.left * side - left, piece.top * side - top, piece.wide * side, piece.tall * side)
                painter.drawPixmap(target, piece.pixmap, piece.part or QRectF(piece.pixmap.rect()))

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

    def _piece(self) -> None:
        """Find for each cell its tile, or that in another size, or finer ones, or what a coarser one has of it."""
        pieced = (self._laid, self._tiles.version)
        if pieced == self._pieced:
            return
        self._pieced = pieced
        below: dict[tuple[int, int, int], list[_Cell]] = {}
        above: list[_Piece] = []
        self._bare = []
        for cell in self._cells:
            tile, place = cell.tile, (cell.column, cell.row)
            if (pixmap := self._tiles.get(tile)) is not None:
                above.append(_Piece(pixmap, *place, 1, 1))
            elif (pixmap := self._tiles.like(tile.zoom, tile.column, tile.row, tile)) is not None:
                above.append(_Piece(pixmap, *place, 1, 1, QRectF(pixmap.rect())))
            else:
                finer = self._finer(cell)
                above += finer
                if len(finer) < 4:
                    up = self._coarser(tile)
                    if up:
                        below.setdefault((up, cell.column >> up, cell.row >> up), []).append(cell)
                    else:
                        self._bare.append(cell)
        # One piece for all that a coarser tile stands in for: hundreds of small ones take longer than a few large ones.
        coarse = sorted(below.items(), key=lambda known: -known[0][0])
        self._pieces = [*(self._part(up, cells) for (up, _, _), cells in coarse), *above]

    def _finer(self, cell: _Cell) -> list[_Piece]:
        tile, found = cell.tile, list[_Piece]()
        for across, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
            pixmap = self._tiles.like(tile.zoom + 1, 2 * tile.column + across, 2 * tile.row + down, tile)
            if pixmap is not None:
                place = cell.column + across / 2, cell.row + down / 2
                found.append(_Piece(pixmap, *place, 0.5, 0.5, QRectF(pixmap.rect())))
        return found

    def _coarser(self, tile: Tile) -> int:
        """How many zooms up there is a tile that has this one's part; 0 if there is none."""
        ups = range(1, tile.zoom + 1)
        return next((up for up in ups if self._tiles.like(*_over(tile, up), tile) is not None), 0)

    def _part(self, up: int, cells: list[_Cell]) -> _Piece:
        """What a tile so many zooms up has of these cells: of the box around them."""
        tile = cells[0].tile
        pixmap = self._tiles.like(*_over(tile, up), tile)
        assert pixmap is not None
        first, last = min(cell.column for cell in cells), max(cell.column for cell in cells)
        upper, lower = min(cell.row for cell in cells), max(cell.row for cell in cells)
        wide, tall = last - first + 1, lower - upper + 1
        size, rest = pixmap.width() / (1 << up), (1 << up) - 1
        part = QRectF((first & rest) * size, (upper & rest) * size, wide * size, tall * size)
        return _Piece(pixmap, first, upper, wide, tall, part)


def _over(tile: Tile, up: int) -> tuple[int, int, int]:
    """Zoom, column and row of the tile so many zooms up that it lies in."""
    return tile.zoom - up, tile.column >> up, tile.row >> up
