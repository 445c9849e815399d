"""Stars, flags and colour labels, as the user gives them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from photofinder.core.types import Label, Pick
from photofinder.library import marks
from photofinder.library.browse import Tile, details
from photofinder.library.details import stars
from photofinder.library.marks import Former
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.undoing import Undoing


class Marking(QObject):
    """Window's thread; the catalogue is changed on the bridge's edits thread, also while an ingest runs.

    `in_view` answers which photos are on the screen: their tiles come with the change, in one step.
    """

    marked = Signal(object, object)
    """Ids (list) of the photos whose marks have changed, and the new tiles (dict by id) of those in view."""
    told = Signal(str)
    """What was done, for the status line."""

    def __init__(
        self, bridge: Bridge, undoing: Undoing, in_view: Callable[[], NDArray[np.int64]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._undoing = undoing
        self._in_view = in_view

    def rate(self, ids: Sequence[int], count: int) -> None:
        """Give 0 to 5 stars."""
        library = self._bridge.library
        words = self.tr("rated {}").format(stars(count)) if count else self.tr("without stars")
        self._change(ids, words, lambda: marks.rate(library, ids, count))

    def flag(self, ids: Sequence[int], pick: Pick) -> None:
        """Pick, reject, or take the flag away."""
        library = self._bridge.library
        words = {
            Pick.PICKED: self.tr("picked"),
            Pick.REJECTED: self.tr("rejected"),
            Pick.NONE: self.tr("without a flag"),
        }
        self._change(ids, words[pick], lambda: marks.flag(library, ids, pick))

    def label(self, ids: Sequence[int], colour: Label) -> None:
        """Give a colour label, or take it away where all have it."""
        library = self._bridge.library
        words = self.tr("label {}").format(self.tr(colour.value))
        self._change(ids, words, lambda: marks.label(library, ids, colour))

    def _change(self, ids: Sequence[int], words: str, job: Callable[[], Former]) -> None:
        if not ids:
            return

        def done(former: Former, tiles: dict[int, Tile]) -> None:
            if former:
                self._undoing.push(words, lambda: self._put(former, words))
            self.told.emit(self.tr("{0} {1}").format(wording.photos(len(ids)), words))
            self.marked.emit(list(former), tiles)

        self._run(job, done)

    def _put(self, former: Former, words: str) -> None:
        library = self._bridge.library

        def done(changed: Former, tiles: dict[int, Tile]) -> None:
            self.told.emit(self.tr("Undone: {}").format(words))
            self.marked.emit(list(changed), tiles)

        self._run(lambda: marks.put(library, former), done)

    def _run(self, job: Callable[[], Former], done: Callable[[Former, dict[int, Tile]], object]) -> None:
        library, in_view = self._bridge.library, set(self._in_view().tolist())

        def work() -> tuple[Former, dict[int, Tile]]:
            former = job()
            return former, details(library, [photo_id for photo_id in former if photo_id in in_view])

        self._bridge.edit(work, lambda found: done(*found))
