"""Watches the library's folders while the window is open, and says how that goes."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from photofinder.library.indexing import Place
from photofinder.library.watching import How, RootState, Watching
from photofinder.ui.bridge import Bridge
from photofinder.ui.upkeep import Upkeep


class FolderWatching(QObject):
    """Window's thread; the watching has threads of its own, which `close` ends."""

    states_changed = Signal()
    """A drive went or came, or a folder can no longer be watched; or can again."""
    noticed = Signal(str, str)
    """The same for the user: in a few words, and at length."""

    def __init__(self, bridge: Bridge, upkeep: Upkeep, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.states: dict[int, RootState] = {}
        self._bridge = bridge
        self._upkeep = upkeep
        self._watching = Watching(
            bridge.library,
            lambda places: bridge.cross(lambda: self._take_due(places)),
            lambda states: bridge.cross(lambda: self._take_states(states)),
        )
        upkeep.roots_changed.connect(self._watching.refresh)
        upkeep.left_growing.connect(self._watching.retry)

    def close(self) -> None:
        """Stop watching. Waits for its threads, some tenths of a second."""
        self._upkeep.roots_changed.disconnect(self._watching.refresh)
        self._watching.close()

    def _take_due(self, places: list[Place]) -> None:
        self._upkeep.catch_up(places)

    def _take_states(self, states: list[RootState]) -> None:
        before, self.states = self.states, {state.root.id: state for state in states}
        self._upkeep.take_states(self.states)
        if any(state != before.get(state.root.id) for state in states if before or state.how is How.AWAY):
            self.states_changed.emit()
        for state in states:
            former = before.get(state.root.id)
            if state.how is not (former.how if former else How.WATCHED):
                self.noticed.emit(self._notice(state, former), said_at_length(state))

    def _notice(self, state: RootState, former: RootState | None) -> str:
        name = Path(state.root.path).name or state.root.path
        if state.how is How.WATCHED and former is not None and former.how is How.AWAY:
            return self.tr("{} is back").format(former.drive)
        return f"{name}: {in_words(state)}"


def in_words(state: RootState) -> str:
    """How a root is kept up to date, for lists: "watched", "scanned every 5 minutes", "away: plug in ARCHIVE-2"."""
    if state.how is How.AWAY:
        return _tr("away: plug in {}").format(state.drive)
    if state.how is How.SCANNED:
        return _tr("scanned every {} minutes").format(state.minutes)
    return _tr("watched")


def said_at_length(state: RootState) -> str:
    """Why, and what the user can do."""
    if state.how is How.AWAY:
        return _tr("Its thumbnails, search and everything known of its photos stay. Nothing is forgotten.")
    if state.how is How.SCANNED:
        return f"{state.why} {state.remedy}".rstrip()
    return _tr("What changes in it shows up within two seconds.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("FolderWatching", text)
