"""Photos carried to other programs."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDrag, QGuiApplication, QPixmap
from PySide6.QtWidgets import QWidget

from photofinder.core.errors import EnvironmentProblem
from photofinder.library import browse
from photofinder.library.browse import Tile
from photofinder.library.library import Library
from photofinder.ui.latest import LatestWorker

AT_ONCE = 200
"""Where so many photos are is asked on the window's thread: some ten milliseconds."""
_PICTURE_PX = 128


def mime_data(tiles: Iterable[Tile]) -> QMimeData:
    """The photos' files as URLs; those that cannot be reached now are left out."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(tile.path) for tile in tiles if tile.path and not (tile.missing or tile.away)])
    return data


class Dragging(QObject):
    """Lets the user carry photos out of `source`: copied, never moved. Window's thread.

    Where thousands of photos are is asked on a thread of its own, with a busy pointer; what is carried then begins to
    move with it, if the button is still held. `close` ends that thread.
    """

    problem_met = Signal(object)
    """An EnvironmentProblem: the catalogue cannot be read."""

    def __init__(self, source: QWidget, library: Library) -> None:
        super().__init__(source)
        self._source = source
        self._library = library
        self._worker: LatestWorker | None = None
        self._picture: QPixmap | None = None

    def begin(self, ids: Sequence[int], picture: QPixmap | None) -> None:
        """Carry these photos; with few of them it returns when they are dropped."""
        self._picture = picture
        if len(ids) <= AT_ONCE:
            try:
                self._carry(_found(self._library, ids))
            except EnvironmentProblem as problem:
                self.problem_met.emit(problem)
            return
        if self._worker is None:
            self._worker = LatestWorker("dragging", self, at_end=self._library.reader.close)
            self._worker.done.connect(self._take)
            self._worker.failed.connect(self._fail)
        self._source.setCursor(Qt.CursorShape.BusyCursor)
        self._worker.run("drag", lambda: _found(self._library, ids))

    def close(self) -> None:
        """End the thread, if there is one."""
        if self._worker is not None:
            self._worker.close()

    @Slot(object, object)
    def _take(self, _key: object, tiles: list[Tile]) -> None:
        self._source.unsetCursor()
        if QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._carry(tiles)

    @Slot(object, object)
    def _fail(self, _key: object, problem: object) -> None:
        self._source.unsetCursor()
        self.problem_met.emit(problem)

    def _carry(self, tiles: Sequence[Tile]) -> None:
        data = mime_data(tiles)
        if not data.hasUrls():
            return
        drag = QDrag(self._source)
        drag.setMimeData(data)
        if self._picture is not None:
            size = round(_PICTURE_PX * self._source.devicePixelRatioF())
            drag.setPixmap(self._picture.scaled(size, size, Qt.AspectRatioMode.KeepAspectRatio))
            drag.setHotSpot(QPoint(12, 12))
        drag.exec(Qt.DropAction.CopyAction)


def _found(library: Library, ids: Sequence[int]) -> list[Tile]:
    tiles = browse.details(library, ids)
    return [tiles[photo_id] for photo_id in ids if photo_id in tiles]
