"""The real window over a library, driven from inside its process, with what it complains about kept."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from photofinder.library.browse import DAY_MS, Listing, Order
from photofinder.library.locations import locations
from photofinder.ui.app import Collector, Program
from photofinder.ui.browsing import FIRST_PAGE, Answer
from photofinder.ui.upkeep import State

SIZE_PX = (1280, 800)
TICK_MS = 8


class Driver(QObject):
    """Opens the window as the program does. Lives on the window's thread; `close` once, at the end.

    Without `looking` it does not look for changes after the start.
    """

    def __init__(self, library: Path, *, looking: bool = True) -> None:
        self.complaints: list[str] = []
        qInstallMessageHandler(lambda kind, _, message: self._hear(kind, message))
        logging.getLogger().addHandler(_Listener(self.complaints))
        instance = QApplication.instance()
        self.application = instance if isinstance(instance, QApplication) else QApplication([])
        super().__init__()
        self.collector = Collector(self.application)
        self.program = Program(locations(library))
        self.program.bridge.crashed.connect(lambda bug: self.complaints.append(repr(bug)))
        self.window = self.program.window
        self.window.resize(*SIZE_PX)
        self.grid = self.window.grid
        self.answered: Answer | None = None
        self.window.browsing.answered.connect(self._take)
        self._looked = not looking
        if not looking:
            from unittest import mock  # noqa: PLC0415 - the start that is measured is the program's

            for look in ("ingest", "catch_up"):
                mock.patch.object(self.window.upkeep, look).start()
        self.window.upkeep.settled.connect(self._note_look)
        self._until: Callable[[], bool] | None = None
        self._loop = QEventLoop()
        self.grid.viewport().installEventFilter(self)

    def close(self) -> bool:
        """End the window; whether its threads ended in time."""
        self.grid.viewport().removeEventFilter(self)
        ended = self.program.close()
        self.collector.close()
        return ended

    # --- waiting

    def run(self, seconds: float) -> None:
        """Let the window live for a while."""
        QTimer.singleShot(round(seconds * 1000), self._loop.quit)
        self._loop.exec()

    def until(self, done: Callable[[], bool], limit_s: float = 60.0) -> None:
        """Let the window live until something is so; looked at every 5 ms. Raises TimeoutError."""
        stop_at = time.monotonic() + limit_s
        timer = QTimer(interval=5)
        timer.timeout.connect(lambda: self._loop.quit() if done() or time.monotonic() > stop_at else None)
        timer.start()
        self._loop.exec()
        timer.stop()
        if not done():
            raise TimeoutError

    def until_settled(self) -> None:
        """Let the window live until the look for changes that follows a start is over. Raises TimeoutError."""
        self.until(lambda: self._looked and self.window.upkeep.state is State.IDLE)

    def until_painted(self, also: Callable[[], bool] = lambda: True, limit_s: float = 20.0) -> None:
        """Let the window live until the photos in view have been painted with their thumbnails. Raises TimeoutError."""
        self._until = lambda: also() and self.complete()
        timeout = QTimer(singleShot=True, interval=round(limit_s * 1000))
        timeout.timeout.connect(self._loop.quit)
        timeout.start()
        self.grid.viewport().update()
        self._loop.exec()
        if self._until is not None:
            raise TimeoutError
        self.application.processEvents()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See when the grid is about to paint all that is waited for."""
        if event.type() == QEvent.Type.Paint and self._until is not None and self._until():
            self._until = None
            QTimer.singleShot(0, self._loop.quit)  # after the painting
        return False

    def complete(self) -> bool:
        """Whether all photos in view have their thumbnails in the right size."""
        ratio, grid = self.grid.devicePixelRatioF(), self.grid
        rows = grid.rows_in_view()
        for row in rows:
            cell, found = grid.grid.cell(row), grid.loader.cache.get(int(grid.photos.listing.ids[row]))
            if found is None or found.size_px != (round(cell.width * ratio), round(cell.height * ratio)):
                return False
        return bool(rows)

    def shows_all(self) -> bool:
        """Whether the grid shows the whole library, more than its first page."""
        listing = self.grid.photos.listing
        return listing.scores is None and len(listing) > FIRST_PAGE

    # --- what a user does

    def type_words(self, words: str) -> float:
        """Write words into the search field; seconds from the last key press until the hits are painted."""
        from PySide6.QtTest import QTest  # noqa: PLC0415 - the start that is measured is the program's

        field = self.window.top.search.field
        self.window.activateWindow()
        self.window.do.search.trigger()
        field.clear()
        self.answered = None
        QTest.keyClicks(field, words[:-1])
        began = time.perf_counter()
        QTest.keyClicks(field, words[-1])
        self.until_painted(lambda: self.answered is not None and self.answered.query.words == words)
        return time.perf_counter() - began

    def press(self, key: Qt.Key) -> None:
        """Press a key where the focus is."""
        from PySide6.QtTest import QTest  # noqa: PLC0415 - as above

        self.window.activateWindow()  # without a screen, a popup of suggestions that closes leaves no window active
        QTest.keyClick(QApplication.focusWidget() or self.window, key)

    def newcomers(self, random: np.random.Generator, count: int = 64) -> Listing:
        """Photos nobody has seen, all over the years."""
        known = self.grid.photos.listing
        taken = np.sort(random.choice(known.taken_ms, count) + random.integers(0, DAY_MS, count))[::-1].copy()
        ids = np.arange(int(known.ids.max()) + count, int(known.ids.max()), -1, dtype=np.int64)
        return Listing(Order.NEWEST, ids, taken, taken, np.full(count, 1.5, np.float32))

    # --- what is heard

    def _take(self, answer: Answer) -> None:
        self.answered = answer

    def _note_look(self) -> None:
        self._looked = True

    def _hear(self, kind: QtMsgType, message: str) -> None:
        of_plugin = message.startswith("This plugin does not support")  # offscreen has no window manager to talk to
        if kind not in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg} and not of_plugin:
            self.complaints.append(message)


class Ticks:
    """A timer of 8 ms on the window's thread: how late it comes is how long the thread was kept."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []
        self._last_s = time.perf_counter()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def stop(self) -> dict[str, float]:
        """The 99th percentile and the longest, in ms beyond the tick."""
        self._timer.stop()
        stalls = np.array(self._late_ms) - TICK_MS
        return {"stall_p99_ms": float(np.percentile(stalls, 99)), "stall_longest_ms": float(stalls.max())}

    def _tick(self) -> None:
        now_s = time.perf_counter()
        self._late_ms.append((now_s - self._last_s) * 1e3)
        self._last_s = now_s


class _Listener(logging.Handler):
    def __init__(self, complaints: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._complaints = complaints

    def emit(self, record: logging.LogRecord) -> None:
        self._complaints.append(record.getMessage())


def resident_mb() -> float:
    """Memory of this process now, MB; NaN where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1e3
