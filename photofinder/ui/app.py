"""Starts the window: one process, one library, one window; and ends it in order."""

import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from photofinder.core.errors import PhotoFinderError
from photofinder.library.backups import with_offer
from photofinder.library.library import Library
from photofinder.library.locations import Locations
from photofinder.ui import icons, theme
from photofinder.ui.bridge import Bridge
from photofinder.ui.failures import Reporter
from photofinder.ui.first_paint import PAINTED, LeaveOncePainted
from photofinder.ui.main_window import MainWindow
from photofinder.ui.single_instance import SingleInstance
from photofinder.ui.window_state import WindowState

COLLECT_EVERY_MS = 1_000
FREEZE_AFTER_MS = 5_000
"""By then everything is loaded that stays until the end: some 200,000 objects, 50 ms to go through each time."""
SWITCH_S = 0.0005
"""How long a thread may keep the interpreter from another that waits for it.

Painting gives it away with every call into Qt; at Python's own 5 ms one painting of a grid took up to 300 ms in the
middle of an ingest.
"""

LARGE_BYTES = 1 << 20
_M_MMAP_THRESHOLD = -3  # malloc.h


def give_back_large_memory() -> None:
    """Have blocks of a megabyte and more go back to the system when they are freed. For the whole process.

    Left to itself glibc (mallopt(3), "dynamic mmap threshold") keeps them from the second one on, up to 32 MB each, in
    pieces between small blocks that stay: looking at photos for five minutes took 200 MB more.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


class Collector(QObject):
    """Python's cycle collector, on the window's thread only: elsewhere it may delete a QObject, which ends badly.

    What has been loaded by the time the window has settled is not gone through again.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self, interval=COLLECT_EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        self._frozen = False
        self._freezing = QTimer(self, singleShot=True, interval=FREEZE_AFTER_MS)
        self._freezing.timeout.connect(self._freeze)
        self._freezing.start()

    @Slot()
    def _freeze(self) -> None:
        gc.freeze()
        self._frozen = True

    @Slot()
    def _collect(self) -> None:
        """As often as Python itself would, by the same thresholds; the oldest only when they are few enough."""
        for generation, (count, threshold) in reversed(
            list(enumerate(zip(gc.get_count(), self._thresholds, strict=True)))
        ):
            if threshold and count > threshold and (generation < 2 or self._frozen):
                gc.collect(generation)
                return

    def close(self) -> None:
        """Leave the collector as it was found."""
        self._timer.stop()
        self._freezing.stop()
        if self._frozen:
            gc.unfreeze()
        if self._was_on:
            gc.enable()


class Program(QObject):
    """An open library with its window. Window's thread. Made, shown, and closed once.

    Raises EnvironmentProblem if the library cannot be opened.
    """

    def __init__(self, where: Locations) -> None:
        super().__init__()
        sys.setswitchinterval(SWITCH_S)
        give_back_large_memory()
        self.library = Library(where, create=True)
        self.state = WindowState(where.data)
        theme.use(theme.resolve(self.state.theme))
        self.bridge = Bridge(self.library)
        self.window = MainWindow(self.bridge, self.state)

    def close(self) -> bool:
        """End the window's and the bridge's threads and let go of the library; whether all ended in time."""
        self.window.close_down()
        return self.bridge.close()


def run(application: QApplication, where: Locations, paths: Sequence[str]) -> int:
    """Open the window on a library, with folders or pictures to begin with; returns the exit code."""
    application.setWindowIcon(icons.program_icon())
    collector = Collector(application)
    try:
        program = Program(where)
    except PhotoFinderError as problem:
        theme.use(theme.DARK)
        box = QMessageBox(QMessageBox.Icon.Critical, "PhotoFinder", problem.what)
        box.setInformativeText(with_offer(problem, where).remedy)
        box.exec()
        return 1
    reporter = Reporter(lambda: program.window)
    reporter.install()
    program.bridge.crashed.connect(reporter.report)
    instance = SingleInstance(where.data, application)
    instance.arguments_received.connect(program.window.take_arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # heard at the collector's next round, when Python runs again
        signal.signal(number, lambda _number, _frame: application.quit())
    if PAINTED in os.environ:
        application.installEventFilter(LeaveOncePainted(Path(os.environ[PAINTED]), application))
    program.window.show()
    if paths:
        program.window.take_arguments(paths)
    code = application.exec()
    instance.close()
    in_time = program.close()
    collector.close()
    if not in_time:
        # A thread deep in foreign code would be torn apart at the interpreter's end; what is committed is safe.
        logging.shutdown()
        os._exit(code)
    return code
