"""A small window for work of the user's own that may take long: how far it is, and a way to stop it."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

from photofinder.ui.bridge import Bridge

SHOWN_AFTER_MS = 700
"""Most is over before anybody would ask."""
TELL_EVERY_S = 0.1


class LongWork(QObject):
    """Shows itself when work takes longer than a moment. Window's thread, but for `note`."""

    stop_requested = Signal()

    def __init__(self, bridge: Bridge, words: str, total: int, window: QWidget, *, can_stop: bool) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._told_at_s = 0.0
        dialog = self._dialog = QProgressDialog(words, self.tr("Stop") if can_stop else "", 0, total, window)
        dialog.setWindowTitle("PhotoFinder")
        dialog.setWindowModality(Qt.WindowModality.NonModal)
        dialog.setMinimumDuration(SHOWN_AFTER_MS)
        dialog.setMinimumWidth(360)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        if not can_stop:
            dialog.setCancelButton(None)
        dialog.canceled.connect(self.stop_requested)
        dialog.setValue(0)

    @property
    def dialog(self) -> QProgressDialog:
        """What is shown."""
        return self._dialog

    def note(self, count: int) -> None:
        """On any thread: so many are dealt with."""
        now_s = time.monotonic()
        if now_s - self._told_at_s >= TELL_EVERY_S:
            self._told_at_s = now_s
            self._bridge.cross(lambda: self._dialog.setValue(count))

    def over(self, then: Callable[[], object]) -> None:
        """Close, and go on."""
        self._dialog.deleteLater()
        self._dialog.hide()
        self.deleteLater()
        then()
