"""Writing copies while the window goes on working."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import PhotoFinderError
from photofinder.library.export import Exported, Wanted, export
from photofinder.ui.bridge import Bridge

TELL_EVERY_S = 0.1


class Exporting(QObject):
    """One export at a time. Window's thread; copies are written on the bridge's exports thread."""

    started = Signal(object)
    """A Wanted: what the copies will be like."""
    progressed = Signal(int, int)
    """Photos dealt with, and in all; at most ten times a second."""
    ended = Signal(object)
    """An Exported."""
    failed = Signal(object)
    """A PhotoFinderError that ended it."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._cancel = CancelToken()
        self._told_at_s = 0.0
        self.running = False
        """Whether copies are being written."""

    def start(self, ids: Sequence[int], wanted: Wanted) -> None:
        """Write copies of these photos; ignored while others are written."""
        if self.running:
            return
        self.running = True
        self.started.emit(wanted)
        cancel = self._cancel = CancelToken()
        library, chosen = self._bridge.library, list(ids)

        def note(count: int) -> None:
            """On the exports thread."""
            now_s = time.monotonic()
            if now_s - self._told_at_s >= TELL_EVERY_S:
                self._told_at_s = now_s
                self._bridge.cross(lambda: self.progressed.emit(count, len(chosen)))

        self._bridge.export(
            lambda: export(library, chosen, wanted, on_progress=note, cancel=cancel), self._ended, self._failed
        )

    @Slot()
    def stop(self) -> None:
        """Finish the copy that is being written, and end."""
        self._cancel.cancel()

    def _ended(self, done: Exported) -> None:
        self.running = False
        self.ended.emit(done)

    def _failed(self, problem: PhotoFinderError) -> None:
        self.running = False
        self.failed.emit(problem)
