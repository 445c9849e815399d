"""What can wait until the first photos show."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from photofinder.ui.photo_grid import PhotoGrid

AT_THE_LATEST_MS = 1_000
AFTER_MS = 40
"""Until what has just been loaded is painted too."""


class Settling(QObject):
    """Calls `begin` once, when all in view has its thumbnail, and at the latest after a second. Window's thread."""

    def __init__(self, grid: PhotoGrid, begin: Callable[[], object]) -> None:
        super().__init__(grid)
        self._begin = begin
        self._is_waiting = True
        self._timer = QTimer(self, singleShot=True, interval=AT_THE_LATEST_MS)
        self._timer.timeout.connect(self._settle)
        self._timer.start()
        grid.view_completed.connect(self._settle_soon)

    def close(self) -> None:
        """Begin nothing any more."""
        self._is_waiting = False
        self._timer.stop()

    @Slot()
    def _settle_soon(self) -> None:
        if self._is_waiting:
            self._timer.start(AFTER_MS)

    @Slot()
    def _settle(self) -> None:
        self._is_waiting = False
        self._begin()
