"""Lets a test of the finished program see that its window opened, and when: packages hold no test driver."""

import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

PAINTED: Final = "PHOTOFINDER_PAINTED"
"""Names a file. Where it is set, the program writes there when it has painted first, and ends."""


class LeaveOncePainted(QObject):
    """An event filter for the application: after the first painting it writes the time (Unix, seconds) and ends all.

    Window's thread.
    """

    def __init__(self, file: Path, parent: QObject) -> None:
        super().__init__(parent)
        self._file = file
        self._seen = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for a widget to be painted, then let the event loop come round once more."""
        if event.type() is QEvent.Type.Paint and watched.isWidgetType() and not self._seen:
            self._seen = True
            QTimer.singleShot(0, self._leave)
        return False

    def _leave(self) -> None:
        self._file.write_text(f"{time.time():.3f}\n", encoding="utf-8")
        QCoreApplication.quit()
