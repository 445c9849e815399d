"""Photos carried to other programs."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag, QPixmap
from PySide6.QtWidgets import QWidget

from photofinder.library import browse
from photofinder.library.browse import Tile
from photofinder.library.library import Library

_PICTURE_PX = 128


def mime_data(tiles: Iterable[Tile]) -> QMimeData:
    """The photos' files as URLs; those that cannot be reached now are left out."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(tile.path) for tile in tiles if tile.path and not (tile.missing or tile.away)])
    return data


def drag_out(source: QWidget, library: Library, ids: Sequence[int], picture: QPixmap | None) -> None:
    """Let the user carry these photos; returns when they are dropped. They can be copied, never moved.

    For the window's thread; asks the catalogue where the photos are. Raises EnvironmentProblem.
    """
    tiles = browse.details(library, ids)
    data = mime_data(tiles[photo_id] for photo_id in ids if photo_id in tiles)
    if not data.hasUrls():
        return
    drag = QDrag(source)
    drag.setMimeData(data)
    if picture is not None:
        size = _PICTURE_PX * source.devicePixelRatioF()
        drag.setPixmap(picture.scaled(round(size), round(size), Qt.AspectRatioMode.KeepAspectRatio))
        drag.setHotSpot(QPoint(12, 12))
    drag.exec(Qt.DropAction.CopyAction)
