"""Ground from the user's own map file: its tiles, over the bundled map where there are none. On the map's worker."""

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QImageReader, QPainter

from photofinder.core.errors import EnvironmentProblem
from photofinder.core.mercator import project
from photofinder.library.map_files import TileFile
from photofinder.ui.map_ground import Tile, ground

LARGEST_PX: Final = 2048
"""Tiles are 256 or 512 pixels wide; nothing larger than this is decoded."""
_USUAL_PX = 256
_COARSEST = 8
"""Where the file has no finer tiles, its finest are enlarged by so many zooms at most."""


class FileGround:
    """Paints tiles; give it to `MapView.use_ground`. Raises EnvironmentProblem where the file cannot be read."""

    def __init__(self, file: TileFile) -> None:
        self._file = file
        west, south, east, north = file.info.bounds
        (left, right), (top, bottom) = project(np.array([north, south]), np.array([west, east]))
        self._bounds = QRectF(float(left), float(top), float(right - left), float(bottom - top))
        self._tile_px = 0

    def __call__(self, tile: Tile, breathe: Callable[[], object] = lambda: None) -> QImage:
        """Land and water of a tile; `breathe` as for `ground`."""
        left, top, right, bottom = tile.box
        box = QRectF(left, top, right - left, bottom - top)
        across = self._bounds.width() <= 0 or self._bounds.intersects(box)  # west above east: over the date line
        if not across or tile.zoom < self._file.info.min_zoom - 1:
            return ground(tile, breathe)
        pieces, asked = self._pieces(tile)
        if not pieces:
            return ground(tile, breathe)
        covered = len(pieces) == asked and not any(piece.hasAlphaChannel() for _, _, piece in pieces)
        image = QImage(tile.side_px, tile.side_px, QImage.Format.Format_RGB32) if covered else ground(tile, breathe)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for target, source, piece in pieces:
            painter.drawImage(target, piece, source)
        painter.end()
        return image

    def close(self) -> None:
        """Let go of the file. On the worker, or when it has ended."""
        self._file.close()

    def released(self) -> Callable[[], object]:
        """Close, as an errand of the map's worker."""
        self.close()
        return lambda: None

    def _pieces(self, tile: Tile) -> tuple[list[tuple[QRectF, QRectF, QImage]], int]:
        """What of the file's tiles goes where: target, source, picture; and how many tiles it takes."""
        info = self._file.info
        finer = round(np.log2(tile.side_px / (self._tile_px or _USUAL_PX)))
        zoom = min(tile.zoom + max(0, finer), info.max_zoom)
        zoom = max(zoom, min(info.min_zoom, tile.zoom + 1))
        found = list[tuple[QRectF, QRectF, QImage]]()
        if zoom < tile.zoom:
            up = tile.zoom - zoom
            piece = None if up > _COARSEST else self._picture(zoom, tile.column >> up, tile.row >> up)
            if piece is not None:
                part = piece.width() / (1 << up)
                across, down = tile.column & ((1 << up) - 1), tile.row & ((1 << up) - 1)
                source = QRectF(across * part, down * part, part, part)
                found.append((QRectF(0, 0, tile.side_px, tile.side_px), source, piece))
            return found, 1
        parts = 1 << (zoom - tile.zoom)
        edges = np.round(np.arange(parts + 1) * tile.side_px / parts).tolist()
        for down in range(parts):
            for across in range(parts):
                piece = self._picture(zoom, tile.column * parts + across, tile.row * parts + down)
                if piece is not None:
                    wide, tall = edges[across + 1] - edges[across], edges[down + 1] - edges[down]
                    found.append((QRectF(edges[across], edges[down], wide, tall), QRectF(piece.rect()), piece))
        return found, parts * parts

    def _picture(self, zoom: int, column: int, row: int) -> QImage | None:
        """A tile of the file; None if it has none there. Raises EnvironmentProblem for one that is no picture."""
        packed = self._file.tile(zoom, column, row)
        if not packed:
            return None
        buffer = QBuffer()
        buffer.setData(QByteArray(packed))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer)
        size = reader.size()
        sensible = size.isValid() and size == size.boundedTo(QSize(LARGEST_PX, LARGEST_PX))
        image = reader.read() if sensible else QImage()
        if image.isNull():
            raise EnvironmentProblem(
                f"A tile of the map file {self._file.info.name} is damaged; the built-in map is shown there.",
                "Copy or download the file again, or choose another one in Preferences, Map.",
            )
        self._tile_px = image.width()
        return image
