"""Keeps what is around the grid true: folders and dates with counts, progress, what could not be read."""

import time
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from photofinder.library.browse import FolderScope, Node, date_counts, folder_tree
from photofinder.library.library import Library
from photofinder.library.roots import watched
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.installing import Installing, Step
from photofinder.ui.navigation import Navigation
from photofinder.ui.progress import StatusLine
from photofinder.ui.upkeep import State, Upkeep

if TYPE_CHECKING:
    from photofinder.library.indexing import Progress, Report

REST_FACTOR = 10
"""After counting, so many times as long as that took is waited: counting never takes more than a tenth of a core."""
LEAST_REST_MS = 500
PATIENCE_S = 1.5
"""A look for changes that is over within this is not worth a word."""


class Overview(NamedTuple):
    """The library from afar."""

    roots: int
    photos: int
    failed: int
    folders: list[Node]
    dates: list[Node]
    away: list[str]
    """Watched folders whose drive is not plugged in."""


def overview(library: Library) -> Overview:
    """Count. Any thread; about a second for a million photos. Raises EnvironmentProblem."""
    roots = {root.id: root.path for root in watched(library)}
    counts = library.reader.counts()
    folders = [node for node in folder_tree(library) if isinstance(node.key, FolderScope) and node.key.root_id in roots]
    away = [root.path for root in library.absent_roots() if root.id in roots]
    return Overview(len(roots), counts.present, counts.failed, folders, date_counts(library), away)


class Surroundings(QObject):
    """Window's thread; counting is an errand, one at a time, and rests in between."""

    overview_changed = Signal(object)
    """An Overview."""

    def __init__(
        self, bridge: Bridge, upkeep: Upkeep, installing: Installing, navigation: Navigation, status: StatusLine
    ) -> None:
        super().__init__(status)
        self._installing = installing
        self._bridge = bridge
        self._upkeep = upkeep
        self._navigation = navigation
        self._status = status
        self._left: int | None = None
        self._failed = 0
        self.closed_folders: list[tuple[str, str]] = []
        """Folders that could not be opened by the last ingest, with the reason."""
        self._backup_problem_told = False  # once is enough; its words change with the free space
        self._since_s = 0.0
        self._counting = False
        self._again = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._rested)
        upkeep.state_changed.connect(self._state_changed)
        upkeep.progressed.connect(self._progressed)
        installing.step_changed.connect(self._show_fetching)
        installing.progressed.connect(self._show_fetching)
        upkeep.ingest_ended.connect(self._ended)
        upkeep.photos_changed.connect(self.refresh)
        upkeep.roots_changed.connect(self.refresh)
        status.pause_requested.connect(upkeep.pause)
        status.resume_requested.connect(upkeep.resume)
        status.stop_requested.connect(upkeep.stop)

    @Slot()
    def refresh(self) -> None:
        """Count again, now or as soon as it is due."""
        if self._counting or self._rest.isActive():
            self._again = True
            return
        self._counting, self._again = True, False
        library, began_s = self._bridge.library, time.monotonic()
        self._bridge.errand(lambda: overview(library), lambda found: self._show(found, time.monotonic() - began_s))

    def _show(self, found: Overview, took_s: float) -> None:
        self._counting = False
        self._rest.start(max(LEAST_REST_MS, round(REST_FACTOR * took_s * 1000)))
        self._navigation.set_total(found.photos)
        self._navigation.set_folders(found.folders)
        self._navigation.set_dates(found.dates)
        self._failed = found.failed
        self._status.show_failures(found.failed, len(self.closed_folders))
        self._status.show_away(found.away)
        self.overview_changed.emit(found)

    @Slot()
    def _rested(self) -> None:
        if self._again:
            self.refresh()

    @Slot(object)
    def _state_changed(self, state: State) -> None:
        if state is State.IDLE:
            self._status.show_idle()
        elif state is State.PAUSED:
            self._status.show_paused(self._left)
        elif state is State.STOPPING:
            self._status.show_stopping()
        else:
            self._left, self._since_s = None, time.monotonic()

    @Slot(object)
    def _progressed(self, progress: "Progress") -> None:
        where = self._upkeep.where or self.tr("your folders")
        if progress.done == 0 and (progress.scanning or not progress.found):
            if time.monotonic() - self._since_s > PATIENCE_S:
                self._status.show_scanning(where, progress.found)
        elif progress.found:
            self._left = None if progress.scanning else progress.found - progress.done
            self._status.show_progress(time.monotonic(), progress.done, progress.found, where)

    @Slot()
    def _show_fetching(self) -> None:
        step, (done, total) = self._installing.step, self._installing.amount
        words = {
            Step.NONE: "",
            Step.RUNNING: self.tr("Fetching the encoder · {0} of {1} MB"),
            Step.PAUSED: self.tr("Fetching the encoder · paused"),
            Step.FAILED: self.tr("The encoder could not be fetched"),
        }[step]
        self._status.show_fetching(words.format(wording.count(done), wording.count(total)), warning=step is Step.FAILED)

    @Slot(object)
    def _ended(self, report: "Report") -> None:
        self.closed_folders = report.unreadable_folders
        self._status.show_failures(self._failed, len(self.closed_folders))
        parts = [
            (report.added, self.tr("added")),
            (report.changed, self.tr("changed")),
            (report.moved, self.tr("moved")),
            (report.vanished, self.tr("gone")),
        ]
        said = [f"{wording.count(number)} {word}" for number, word in parts if number]
        if report.backup_problem and not self._backup_problem_told:
            said.append(self.tr("the weekly backup was not made: {}").format(report.backup_problem))
            self._backup_problem_told = True
        if said:
            self._status.tell(", ".join(said), report.backup_problem)
