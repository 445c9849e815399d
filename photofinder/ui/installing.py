"""Fetching an encoder while the window goes on working: with progress, pause, and resume."""

import enum

from PySide6.QtCore import QObject, Signal, Slot

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, PhotoFinderError
from photofinder.library import bundles
from photofinder.ui.bridge import Bridge


class Step(enum.Enum):
    """How far an installation is."""

    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"


class Installing(QObject):
    """One installation at a time. Window's thread; the fetching is on the bridge's downloads thread.

    Pausing stops the fetching; what was fetched is kept, and resuming, also after a restart, goes on from there.
    Cancelling deletes it.
    """

    step_changed = Signal(object)
    """A Step."""
    progressed = Signal()
    """`amount` has changed."""
    installed = Signal(str)
    """The bundle of this name is there and verified."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._cancel = CancelToken()
        self._giving_up = False
        self.amount = (0, 0)
        """Megabytes so far, and in all."""
        self.name = ""
        self.step = Step.NONE
        self.problem: PhotoFinderError | None = None
        """Why it failed, while `step` is FAILED."""

    def start(self, name: str) -> None:
        """Fetch a known bundle; ignored while another is being fetched."""
        if self.step is Step.RUNNING:
            return
        self.name, self.amount = name, (0, 0)
        cancel = self._cancel = CancelToken()
        where = self._bridge.library.where
        self._set(Step.RUNNING)
        self._bridge.download(
            lambda: bundles.install(where, name, self._note, cancel),
            lambda bundle: self._installed(bundle.name),
            self._failed,
        )

    @Slot()
    def pause(self) -> None:
        """Stop for now."""
        self._cancel.cancel()

    @Slot()
    def resume(self) -> None:
        """Go on with what was paused or failed."""
        if self.step in (Step.PAUSED, Step.FAILED):
            self.start(self.name)

    @Slot()
    def give_up(self) -> None:
        """Stop, and delete what was fetched."""
        if self.step is Step.RUNNING:
            self._giving_up = True
            self._cancel.cancel()
        elif self.step is not Step.NONE:
            self.forget(self.name)

    def forget(self, name: str) -> None:
        """Delete what was fetched of a bundle that is not being fetched."""
        where = self._bridge.library.where
        self._bridge.download(lambda: bundles.forget(where, name), lambda _: self._set(Step.NONE))

    def close(self) -> None:
        """Stop, for good as far as this window goes."""
        self._cancel.cancel()

    def _note(self, done_bytes: int, total_bytes: int) -> None:
        """On the downloads thread: tell of every whole megabyte only."""
        amount = (done_bytes // 1_000_000, total_bytes // 1_000_000)
        if amount != self.amount:
            self.amount = amount
            self._bridge.cross(self.progressed.emit)

    def _installed(self, name: str) -> None:
        self._giving_up = False
        self._set(Step.NONE)
        self.installed.emit(name)

    def _failed(self, problem: PhotoFinderError) -> None:
        if self._giving_up:
            self._giving_up = False
            self.forget(self.name)
        elif isinstance(problem, Cancelled):
            self._set(Step.PAUSED)
        else:
            self.problem = problem
            self._set(Step.FAILED)

    def _set(self, step: Step) -> None:
        self.step = step
        self.step_changed.emit(step)
