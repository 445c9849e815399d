"""What a test must not leave behind: threads, timers that tick, log records that nobody expects."""

import logging
import threading
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

ENDING_S = 2.0


def threads_left(before, within_s=ENDING_S):
    """Names of threads that were not there before and do not end by themselves in a moment."""
    until = time.monotonic() + within_s
    while True:
        left = [thread.name for thread in threading.enumerate() if thread not in before and thread.is_alive()]
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.01)


class TimerWatch:
    """Sees every QTimer that starts to tick while a test runs."""

    def __init__(self, monkeypatch):
        self._started = []
        start = QTimer.start

        def watched(timer, *arguments):
            if not any(known is timer for known in self._started):
                self._started.append(timer)
            return start(timer, *arguments)

        monkeypatch.setattr(QTimer, "start", watched)

    def ticking(self):
        """Those that still tick: what they belong to, and how often."""
        import shiboken6

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        alive = [timer for timer in self._started if shiboken6.isValid(timer)]
        return [
            f"{_owner(timer)} every {timer.interval()} ms"
            for timer in alive
            if timer.isActive() and not timer.isSingleShot()
        ]


def _owner(timer):
    parent = timer.parent()
    return type(parent).__name__ if isinstance(parent, QObject) else "nobody"


class Records(logging.Handler):
    """Warnings and worse of the program's own loggers."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.seen = []

    def emit(self, record):
        self.seen.append(f"{record.name}: {record.getMessage()}")
