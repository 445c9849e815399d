"""Capture times put right where the camera's clock was wrong: asked for, done, and taken back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from photofinder.core.types import Photo
from photofinder.library import clocks
from photofinder.library.clocks import Former
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.undoing import Undoing

if TYPE_CHECKING:  # only when it is wanted
    from photofinder.ui.shift_dialog import ShiftDialog


class Shifting(QObject):
    """Window's thread; the catalogue is changed on the bridge's edits thread, also while an ingest runs."""

    shifted = Signal(object)
    """Ids (list) of the photos whose capture time is another now."""
    told = Signal(str)
    """What was done, for the status line."""

    def __init__(self, bridge: Bridge, undoing: Undoing, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._undoing = undoing
        self._window = window
        self.dialog: ShiftDialog | None = None
        """The one that is open."""

    def ask(self, ids: Sequence[int], current: int | None) -> None:
        """Ask how far, told by the current photo if it is one of these and dated, else by the first that is."""
        if not ids or self.dialog is not None:
            return
        library, wanted = self._bridge.library, list(ids)
        first = [current] if current in wanted and current is not None else []
        self._bridge.errand(
            lambda: clocks.anchor(library, [*first, *wanted]), lambda anchor: self._ask(wanted, anchor), owner=self
        )

    def _ask(self, ids: list[int], anchor: Photo | None) -> None:
        if self.dialog is not None:
            return
        if anchor is None:
            self.told.emit(self.tr("None of these photos says when it was taken: there is nothing to shift"))
            return
        from photofinder.ui.shift_dialog import ShiftDialog  # noqa: PLC0415

        made = self.dialog = ShiftDialog(anchor, len(ids), self._window)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.shift_wanted.connect(lambda by: self.shift(ids, by))
        made.finished.connect(self._closed)
        made.open()

    def _closed(self) -> None:
        self.dialog = None

    def shift(self, ids: Sequence[int], by: timedelta | None) -> None:
        """Move capture times; None: as the files say."""
        library = self._bridge.library
        if by is None:
            words, job = self.tr("taken when the file says"), lambda: clocks.as_in_files(library, ids)
        else:
            words, job = self.tr("shifted by {}").format(clocks.said(by)), lambda: clocks.shift(library, ids, by)

        def done(former: Former) -> None:
            if former:
                self._undoing.push(words, lambda: self._take_back(former, words))
            stay = len(ids) - len(former)
            text = f"{wording.photos(len(former))} {words}"
            if by is not None and stay:
                text = self.tr("{0}; {1} without a capture time stay as they are").format(text, wording.count(stay))
            self.told.emit(text[:1].upper() + text[1:])
            self.shifted.emit(list(former))

        self._bridge.edit(job, done)

    def _take_back(self, former: Former, words: str) -> None:
        library = self._bridge.library

        def done(changed: Former) -> None:
            self.told.emit(self.tr("Undone: {}").format(words))
            self.shifted.emit(list(changed))

        self._bridge.edit(lambda: clocks.put(library, former), done)
