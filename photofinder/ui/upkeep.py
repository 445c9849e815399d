"""Everything that changes the library, one piece at a time: ingest, folders, encoders."""

import copy
import enum
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, PhotoFinderError
from photofinder.core.types import Root
from photofinder.library.indexing import Progress, Report, index
from photofinder.library.library import Library
from photofinder.library.roots import stop_watching, watched
from photofinder.ui.bridge import Bridge

TELL_EVERY_MS = 100
"""Progress reaches the window at most this often."""
CHANGED_EVERY_S = 1.0
"""So often, at most, views hear that photos have come while an ingest runs."""


class State(enum.Enum):
    """What the ingest is doing."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Errand:
    """One ingest: of folders to be added, or, with none, of all roots."""

    folders: tuple[Path, ...] = ()
    retry_failed: bool = False


class Upkeep(QObject):
    """Runs ingests one after another. Window's thread; the work is on the bridge's upkeep thread.

    Pausing is stopping with the intention to go on: what is committed stays, and an ingest that starts again looks
    only at what is left.
    """

    state_changed = Signal(object)
    """A State."""
    progressed = Signal(object)
    """A Progress, at most ten times a second."""
    photos_changed = Signal()
    """Photos came: about once a second while an ingest runs. At its end comes `settled`."""
    settled = Signal()
    """An ingest is over, however it ended, or a root was taken out: time to look at everything anew."""
    roots_changed = Signal()
    """A folder is watched, or no longer."""
    ingest_ended = Signal(object)
    """A Report."""
    gentle_changed = Signal(bool)
    """Ingests leave the computer to others from now on, or no longer."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._gentle = False
        self._waiting: list[Errand] = []
        self._running: Errand | None = None
        self._cancel = CancelToken()
        self._state = State.IDLE
        self._latest: Progress | None = None
        self._told_done = 0
        self._told_at_s = 0.0
        self._ticker = QTimer(self, interval=TELL_EVERY_MS)
        self._ticker.timeout.connect(self._tick)

    @property
    def state(self) -> State:
        """What the ingest is doing."""
        return self._state

    @property
    def where(self) -> str:
        """The folder that is being ingested, in words; empty for all of them."""
        folders = self._running.folders if self._running else ()
        return ", ".join(folder.name or str(folder) for folder in folders)

    def ingest(self, folders: Sequence[Path] = (), *, retry_failed: bool = False) -> None:
        """Add folders and ingest them, or bring all roots up to date; after what is running."""
        errand = Errand(tuple(folders), retry_failed)
        if errand not in self._waiting:
            self._waiting.append(errand)
        if self._state is State.PAUSED:
            self._set_state(State.IDLE)
        self._next()

    @Slot()
    def pause(self) -> None:
        """Stop for now."""
        if self._state is State.RUNNING and self._running is not None:
            self._waiting.insert(0, self._running)
            self._set_state(State.PAUSED)
            self._cancel.cancel()

    @Slot()
    def resume(self) -> None:
        """Go on after a pause."""
        if self._state is State.PAUSED:
            self._set_state(State.IDLE)
            self._next()

    @Slot()
    def stop(self) -> None:
        """Stop, also what waits. What is committed stays."""
        self._waiting.clear()
        if self._running is not None:
            self._set_state(State.STOPPING)
            self._cancel.cancel()
        else:
            self._set_state(State.IDLE)

    def stop_watching(self, root: Root) -> None:
        """Leave a root out; an ingest that runs is interrupted for it and goes on without it."""
        kept = [self._without(errand, root) for errand in ([self._running] if self._running else []) + self._waiting]
        self._waiting = [errand for errand in kept if errand is not None]
        self._cancel.cancel()
        library = self._bridge.library

        self._bridge.upkeep(lambda: stop_watching(library, root.id), lambda _: self._tell_settled())

    def use_bundle(self, name: str) -> None:
        """Embed with another bundle from now on, all photos anew; searches go on in what there is meanwhile."""
        self._waiting = [errand for errand in self._waiting if errand.folders]
        if self._running is not None and self._running.folders:
            self._waiting.insert(0, self._running)
        self._cancel.cancel()
        library = self._bridge.library
        self._bridge.upkeep(lambda: library.use_bundle(name), lambda _: self.ingest())

    @property
    def gentle(self) -> bool:
        """Whether ingests leave the computer to whoever works with it."""
        return self._gentle

    @Slot(bool)
    def set_gentle(self, gentle: bool) -> None:
        """Work with less of the computer, or with all of it again, from now on: what runs starts anew at its place."""
        if gentle == self._gentle:
            return
        self._gentle = gentle
        self.gentle_changed.emit(gentle)
        if self._state is State.RUNNING and self._running is not None:
            self._waiting.insert(0, self._running)
            self._cancel.cancel()

    def close(self) -> None:
        """Ask what runs to stop, for good."""
        self._ticker.stop()
        self._waiting.clear()
        self._cancel.cancel()

    # --- one after another

    def _next(self) -> None:
        if self._running is not None or self._state is State.PAUSED:
            return
        if not self._waiting:
            self._set_state(State.IDLE)
            return
        errand = self._running = self._waiting.pop(0)
        cancel = self._cancel = CancelToken()
        self._latest, self._told_done = None, 0
        library, gentle = self._bridge.library, self._gentle
        self._set_state(State.RUNNING)
        self._ticker.start()
        self._bridge.upkeep(
            lambda: _run(library, errand, self._note, cancel, gentle=gentle),
            self._ended,
            self._failed,
        )

    def _note(self, progress: Progress) -> None:
        """On the upkeep thread: leave a copy for the ticker."""
        self._latest = copy.copy(progress)

    @Slot()
    def _tick(self) -> None:
        latest = self._latest
        if latest is None:
            return
        if self._state is State.RUNNING:
            self.progressed.emit(latest)
        now_s = time.monotonic()
        if latest.done != self._told_done and now_s - self._told_at_s >= CHANGED_EVERY_S:
            if not self._told_done:
                self.roots_changed.emit()
            self._told_done, self._told_at_s = latest.done, now_s
            self.photos_changed.emit()

    def _ended(self, report: Report) -> None:
        self._over()
        self.ingest_ended.emit(report)
        self._next()

    def _failed(self, problem: PhotoFinderError) -> None:
        self._over()
        if not isinstance(problem, Cancelled):
            self._bridge.problem_met.emit(problem)
        self._next()

    def _over(self) -> None:
        self._running = None
        self._ticker.stop()
        self._tell_settled()

    def _tell_settled(self) -> None:
        self.roots_changed.emit()
        self.settled.emit()

    def _set_state(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    @staticmethod
    def _without(errand: Errand, root: Root) -> Errand | None:
        if not errand.folders:
            return errand
        left = tuple(folder for folder in errand.folders if not folder.resolve().is_relative_to(root.path))
        return Errand(left, errand.retry_failed) if left else None


def _run(
    library: Library, errand: Errand, note: Callable[[Progress], None], cancel: CancelToken, *, gentle: bool
) -> Report:
    if not errand.folders and not watched(library):
        return Report()  # the last root was taken out while this waited
    return index(
        library, errand.folders, on_progress=note, cancel=cancel, retry_failed=errand.retry_failed, gentle=gentle
    )
