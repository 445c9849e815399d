"""Moving photos to the system's trash: asked for, done, and taken back where the system allows it."""

import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from photofinder.core.cancel import CancelToken
from photofinder.library.trash import CAN_TAKE_BACK, Trashed, take_back, trash
from photofinder.ui import icons, theme, wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.long_work import LongWork
from photofinder.ui.undoing import Undoing

MOST_NAMED = 12


class Trashing(QObject):
    """Window's thread; moving is on the bridge's edits thread. `window` is what its dialogs belong to."""

    photos_gone = Signal(object)
    """Ids (list) of photos that are in the trash now."""
    photos_back = Signal(object)
    """Ids (list) of photos that were taken back."""
    told = Signal(str)
    """What was done, for the status line."""

    def __init__(self, bridge: Bridge, undoing: Undoing, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._undoing = undoing
        self._window = window
        self._cancel = CancelToken()
        self.work: LongWork | None = None
        """What is being done, or was the last time."""
        self.asking: QMessageBox | None = None
        """The question that is open."""

    def ask(self, ids: Sequence[int]) -> None:
        """Ask whether these photos are to go, and do it if the answer is yes."""
        if not ids or self.asking is not None:
            return
        library, wanted = self._bridge.library, list(ids)

        def count() -> tuple[list[int], int]:
            found = library.reader.photos(wanted)
            return [photo_id for photo_id in wanted if photo_id in found], sum(len(p.files) for p in found.values())

        self._bridge.errand(count, lambda known: self._ask(*known))

    def _ask(self, ids: list[int], file_count: int) -> None:
        if not ids or self.asking is not None:
            return
        box = self.asking = QMessageBox(self._window)
        box.setIconPixmap(icons.pixmap("trash", theme.current().text_dim, 40, self._window.devicePixelRatioF()))
        box.setText(self.tr("Move {} to the trash?").format(wording.photos(len(ids))))
        said = []
        if file_count > len(ids):
            said.append(
                self.tr("RAW files, videos and sidecars go along: {} files in all.").format(wording.count(file_count))
            )
        if CAN_TAKE_BACK:
            said.append(self.tr("Ctrl+Z takes them back, as long as the trash is not emptied."))
        elif sys.platform == "darwin":
            said.append(self.tr("PhotoFinder cannot take them back; in the Finder's Trash you can put them back."))
        else:
            said.append(
                self.tr(
                    "PhotoFinder cannot take them back; in the Recycle Bin you can restore them. "
                    "Network and removable drives may have none: there they are deleted."
                )
            )
        box.setInformativeText(" ".join(said))
        go = box.addButton(self.tr("Move to trash"), QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setEscapeButton(cancel)
        box.setDefaultButton(go if CAN_TAKE_BACK else cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        go.clicked.connect(lambda: self._move(ids))
        box.finished.connect(self._answered)
        box.open()

    def _answered(self) -> None:
        self.asking = None

    def _move(self, ids: list[int]) -> None:
        library = self._bridge.library
        self.told.emit(self.tr("Moving to the trash…"))
        cancel = self._cancel = CancelToken()
        words = self.tr("Moving {} to the trash…").format(wording.photos(len(ids)))
        work = self.work = LongWork(self._bridge, words, len(ids), self._window, can_stop=True)
        work.stop_requested.connect(cancel.cancel)
        self._bridge.edit(
            lambda: trash(library, ids, on_progress=work.note, cancel=cancel),
            lambda done: work.over(lambda: self._moved(done)),
            lambda problem: work.over(lambda: self._bridge.problem_met.emit(problem)),
        )

    def close(self) -> None:
        """Stop, for good; what is done stays done."""
        self._cancel.cancel()

    def _moved(self, done: Trashed) -> None:
        gone = list(done.photos)
        if gone:
            words = self.tr("{} moved to the trash").format(wording.photos(len(gone)))
            if done.can_be_taken_back:
                self._undoing.push(words, lambda: self._take_back(done))
                self.told.emit(self.tr("{} · Ctrl+Z takes them back").format(words))
            else:
                self.told.emit(words)
            self.photos_gone.emit(gone)
        self._tell_failed(self.tr("Some files could not be moved to the trash"), done.failed)

    def _take_back(self, done: Trashed) -> None:
        library = self._bridge.library

        def back(failed: list[tuple[str, str]]) -> None:
            stayed = {path for path, _ in failed}
            returned = [photo_id for photo_id, files in done.photos.items() if files[0].path not in stayed]
            self.told.emit(self.tr("{} taken back").format(wording.photos(len(returned))))
            self.photos_back.emit(returned)
            self._tell_failed(self.tr("Some files could not be taken back"), failed)

        words = self.tr("Taking {} back…").format(wording.photos(len(done.photos)))
        work = self.work = LongWork(self._bridge, words, len(done.photos), self._window, can_stop=False)
        self._bridge.edit(
            lambda: take_back(library, done, on_progress=work.note),
            lambda failed: work.over(lambda: back(failed)),
            lambda problem: work.over(lambda: self._bridge.problem_met.emit(problem)),
        )

    def _tell_failed(self, what: str, failed: Sequence[tuple[str, str]]) -> None:
        if not failed:
            return
        lines = [f"{path}\n{reason}" for path, reason in failed]
        more = len(lines) - MOST_NAMED
        box = QMessageBox(
            QMessageBox.Icon.Warning, "PhotoFinder", what, QMessageBox.StandardButton.Ok, parent=self._window
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        rest = [self.tr("and {} more").format(wording.count(more))] if more > 0 else []
        box.setInformativeText("\n\n".join(lines[:MOST_NAMED] + rest))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
