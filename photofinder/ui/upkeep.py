"""Everything that changes the library, one piece at a time: ingest, folders, encoders."""

import copy
import enum
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, PhotoFinderError
from photofinder.core.types import Root
from photofinder.library.library import Library
from photofinder.library.roots import stop_watching, watched
from photofinder.ui.bridge import Bridge

if TYPE_CHECKING:
    from photofinder.library.indexing import Place, Progress, Report
    from photofinder.library.watching import RootState

TELL_EVERY_MS = 100
"""Progress reaches the window at most this often."""
UNSEEN_S = 1.5
"""Changes that come by themselves show no progress if they are taken in within this."""
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
    """One ingest: of folders to be added; or of `places` where something changed; or, with neither, of all roots."""

    folders: tuple[Path, ...] = ()
    retry_failed: bool = False
    places: "tuple[Place, ...]" = ()


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
    left_growing = Signal(object)
    """Paths of files that were still being written, and so not looked at."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._gentle = False
        self.watch_states: dict[int, RootState] = {}
        """How each root is kept up to date, by its id."""
        self._waiting: list[Errand] = []
        self._put_off: dict[Place, None] = {}
        """Places where something changed that was not looked at to the end: they come back with the next change."""
        self._running: Errand | None = None
        self._cancel = CancelToken()
        self._state = State.IDLE
        self._latest: Progress | None = None
        self._told_done = 0
        self._told_at_s = 0.0
        self._began_s = 0.0
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

    def catch_up(self, places: "Sequence[Place]") -> None:
        """Look at places where something changed, all that came together at once, after what is running.

        Unlike an ingest that the user asks for this waits while one is paused. Places that were not looked at to the
        end, because the user stopped that or something was in the way, are looked at again with these.
        """
        waiting = next((errand for errand in self._waiting if errand.places), Errand())
        if waiting.places:
            self._waiting.remove(waiting)
        self._waiting.append(Errand(places=tuple(dict.fromkeys((*self._put_off, *waiting.places, *places)))))
        self._put_off.clear()
        self._next()

    def take_states(self, states: "dict[int, RootState]") -> None:
        """How roots are kept up to date has changed."""
        self.watch_states = states
        self.roots_changed.emit()

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
        """Stop, also what waits. What is committed stays.

        What was left of changes that came by themselves is looked at with the next change, wherever that is; what was
        left of an ingest that the user asked for, when it is asked for again. In any case at the next start, which
        looks through every root.
        """
        for errand in [*([self._running] if self._running else []), *self._waiting]:
            self._put_off.update(dict.fromkeys(errand.places))
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
        self._waiting = [errand for errand in self._waiting if errand.folders or errand.places]
        if self._running is not None and (self._running.folders or self._running.places):
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
        self._began_s = time.monotonic()
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

    def _note(self, progress: "Progress") -> None:
        """On the upkeep thread: leave a copy for the ticker."""
        self._latest = copy.copy(progress)

    @Slot()
    def _tick(self) -> None:
        latest = self._latest
        if latest is None:
            return
        now_s = time.monotonic()
        # A few photos that come by themselves are shown when they are there, without a bar for a moment.
        by_itself = self._running is not None and bool(self._running.places)
        if self._state is State.RUNNING and not (by_itself and now_s - self._began_s < UNSEEN_S):
            self.progressed.emit(latest)
        if latest.done != self._told_done and now_s - self._told_at_s >= CHANGED_EVERY_S:
            if not self._told_done:
                self.roots_changed.emit()
            self._told_done, self._told_at_s = latest.done, now_s
            self.photos_changed.emit()

    def _ended(self, report: "Report") -> None:
        if self._running is not None and self._running.places:
            self._end_quietly(report)
        else:
            self._over()
            self.ingest_ended.emit(report)
        if report.growing:
            self.left_growing.emit(report.growing)
        self._next()

    def _end_quietly(self, report: "Report") -> None:
        """Changes that came by themselves: views hear of what there is to show, and of nothing where there is not."""
        known = report.changed + report.moved + report.vanished + report.returned + report.forgotten
        if known or report.failed_anew or any(place.is_root for place in self._places()):
            self._over()
        else:
            self._running = None
            self._ticker.stop()
            if report.added:
                self.photos_changed.emit()
        if known or report.added or report.unreadable_folders or report.backup_problem:
            self.ingest_ended.emit(report)

    def _places(self) -> "tuple[Place, ...]":
        return self._running.places if self._running else ()

    def _failed(self, problem: PhotoFinderError) -> None:
        if not isinstance(problem, Cancelled):
            self._put_off.update(dict.fromkeys(self._places()))
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
        if errand.places:
            left_places = tuple(place for place in errand.places if place.root.id != root.id)
            return Errand(places=left_places) if left_places else None
        if not errand.folders:
            return errand
        left = tuple(folder for folder in errand.folders if not folder.resolve().is_relative_to(root.path))
        return Errand(left, errand.retry_failed) if left else None


def _run(
    library: Library, errand: Errand, note: Callable[["Progress"], None], cancel: CancelToken, *, gentle: bool
) -> "Report":
    # Only now: a window that opens does not wait for decoders and encoders to load.
    from photofinder.library.indexing import Report, index, index_changes  # noqa: PLC0415

    if errand.places:
        return index_changes(library, errand.places, on_progress=note, cancel=cancel, gentle=gentle)
    if not errand.folders and not watched(library):
        return Report()  # the last root was taken out while this waited
    return index(
        library, errand.folders, on_progress=note, cancel=cancel, retry_failed=errand.retry_failed, gentle=gentle
    )
