"""The one crossing between threads: library calls run on worker threads, what comes of them arrives on the window's.

Nothing else in the window starts a thread that touches the library, except the loaders of thumbnails and pictures,
which deliver pixels and nothing more.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal, Slot

from photofinder.core.errors import PhotoFinderError
from photofinder.library.library import Library
from photofinder.ui.workers import WorkerThread

T = TypeVar("T")

DEADLINE_S = 8.0
"""How long closing waits for work in progress; a batch of photos in a slow encoder takes a few seconds."""

_log = logging.getLogger(__name__)


class Bridge(QObject):
    """Runs library calls on threads of its own, and hands results to functions on the window's thread.

    - *queries*: what the grid shows. The latest wins: of those that wait, only the newest is run, and a result that is
      no longer wanted is not delivered.
    - *errands*: counts, lists, single pictures. In order.
    - *edits*: what the user does to photos: stars, flags, the trash, undoing. In order, also while an ingest runs.
    - *upkeep*: everything else that changes the library. In order, one at a time, as the library demands.
    - *exports*: writing copies, which may take minutes.
    - *downloads*: fetching encoders, which may take an hour and must hold up nothing else.
    """

    problem_met = Signal(object)
    """A PhotoFinderError that nobody else takes care of: to be told to the user."""
    crashed = Signal(object)
    """Any other exception: a bug, for the one reporter."""

    _crossed = Signal(object)

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.library = library
        self._crossed.connect(self._land, Qt.ConnectionType.QueuedConnection)
        self._generation = 0
        self._closing = False
        at_end = library.reader.close
        self._queries = WorkerThread("queries", at_end=at_end, latest_only=True)
        self._errands = WorkerThread("errands", at_end=at_end)
        self._edits = WorkerThread("edits", at_end=at_end)
        self._exports = WorkerThread("exports", at_end=at_end)
        self._upkeep = WorkerThread("upkeep", at_end=at_end, gentle=True)
        self._downloads = WorkerThread("downloads", at_end=at_end)

    def query(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
    ) -> None:
        """Run `job` on the queries thread, then `then` with its result here, unless a newer query was asked since."""
        self._generation += 1
        wanted = self._generation

        def if_wanted(result: T) -> None:
            if wanted == self._generation:
                then(result)

        def if_wanted_failed(problem: PhotoFinderError) -> None:
            if wanted == self._generation:
                (failed or self.problem_met.emit)(problem)

        self._submit(self._queries, job, if_wanted, if_wanted_failed)

    def errand(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
        *,
        owner: QObject | None = None,
    ) -> None:
        """Run `job` on the errands thread, then `then` with its result here, unless `owner` is gone by then.

        Name an owner wherever `then` needs an object that may be closed meanwhile, as a dialog may.
        """

        def if_there(result: T) -> None:
            if owner is None or shiboken6.isValid(owner):
                then(result)

        self._submit(self._errands, job, if_there, failed or self.problem_met.emit)

    def edit(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
    ) -> None:
        """Run `job` on the edits thread, then `then` with its result here."""
        self._submit(self._edits, job, then, failed or self.problem_met.emit)

    def export(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
    ) -> None:
        """Run `job` on the exports thread, then `then` with its result here."""
        self._submit(self._exports, job, then, failed or self.problem_met.emit)

    def upkeep(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
    ) -> None:
        """Run `job` on the upkeep thread, then `then` with its result here. `failed` also hears of `Cancelled`."""
        self._submit(self._upkeep, job, then, failed or self.problem_met.emit)

    def download(
        self,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object] | None = None,
    ) -> None:
        """Run `job` on the downloads thread, then `then` with its result here. `failed` also hears of `Cancelled`."""
        self._submit(self._downloads, job, then, failed or self.problem_met.emit)

    def cross(self, call: Callable[[], object]) -> None:
        """Have `call` run on the window's thread, soon. For jobs that report on the way; from any thread."""
        self._crossed.emit(call)

    def close(self, deadline_s: float = DEADLINE_S) -> bool:
        """End the threads, queries first, upkeep last, then let go of the library; whether all ended in time.

        Whoever has cancelable work running cancels it before. What arrives from now on is dropped. If a thread does
        not end, the library is left open: everything committed is safe, and the process may end as it is.
        """
        self._closing = True
        until = time.monotonic() + deadline_s
        threads = (self._queries, self._errands, self._downloads, self._exports, self._edits, self._upkeep)
        for thread in threads:
            thread.stop()
        ended = [thread.join(until) for thread in threads]
        if all(ended):
            self.library.close()
        else:
            _log.warning("Closing did not wait for %d threads", ended.count(False))
        return all(ended)

    def _submit(
        self,
        thread: WorkerThread,
        job: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[PhotoFinderError], object],
    ) -> None:
        def run() -> None:
            try:
                result = job()
            except PhotoFinderError as problem:
                self.cross(lambda problem=problem: failed(problem))
            except Exception as bug:  # noqa: BLE001 - carried to the window's thread, where the reporter is
                self.cross(lambda bug=bug: self.crashed.emit(bug))
            else:
                self.cross(lambda: then(result))

        thread.submit(run)

    @Slot(object)
    def _land(self, call: Callable[[], object]) -> None:
        if not self._closing:
            call()
