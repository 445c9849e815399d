"""Accepting proposed places, taking them back, undoing both."""

# A window that opens does not wait for the table of places, which accepting loads.
# ruff: noqa: PLC0415

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.undoing import Undoing

if TYPE_CHECKING:
    from photofinder.library.accepting import Former
    from photofinder.library.proposing import Proposals


class PlaceAccepting(QObject):
    """Window's thread; the work is on the bridge's edits thread, in order with all else that is done to photos."""

    told = Signal(str)
    """What was done, in words."""
    changed = Signal(object)
    """Ids of the photos whose place has changed."""

    def __init__(self, bridge: Bridge, undoing: Undoing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._undoing = undoing

    def accept(self, found: "Proposals", rows: Sequence[int]) -> None:
        """Keep these proposals."""
        from photofinder.library import accepting

        library = self._bridge.library
        self._run(lambda: accepting.accept(library, found, rows), self.tr("placed as proposed"))

    def withdraw(self, ids: Sequence[int] | None) -> None:
        """Take accepted places back, of these photos or of all."""
        from photofinder.library import accepting

        library = self._bridge.library
        self._run(lambda: accepting.withdraw(library, ids), self.tr("without their proposed place"))

    def _run(self, job: "Callable[[], Former]", words: str) -> None:
        def done(former: "Former") -> None:
            if former:
                self._undoing.push(words, lambda: self._put(former, words))
            self.told.emit(self.tr("{0} {1}").format(wording.photos(len(former)), words))
            self.changed.emit(list(former))

        self._bridge.edit(job, done)

    def _put(self, former: "Former", words: str) -> None:
        from photofinder.library import accepting

        library = self._bridge.library

        def done(changed: "Former") -> None:
            self.told.emit(self.tr("Undone: {}").format(words))
            self.changed.emit(list(changed))

        self._bridge.edit(lambda: accepting.put(library, former), done)
