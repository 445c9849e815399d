"""What could not be read, and why; and the one place where bugs are told of."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from photofinder import __version__
from photofinder.core.errors import PhotoFinderError
from photofinder.ui import wording
from photofinder.ui.pages import open_at

_log = logging.getLogger(__name__)


class Failed(Protocol):
    """A photo that could not be read, as the library lists it."""

    @property
    def path(self) -> str: ...  # noqa: D102 - a field
    @property
    def kind(self) -> str: ...  # noqa: D102 - a field
    @property
    def reason(self) -> str: ...  # noqa: D102 - a field


class ClosedFolder(NamedTuple):
    """A folder that could not be opened, listed as what could not be read."""

    path: str
    reason: str
    kind: str = "folders"


class FailureList(QDialog):
    """The photos that could not be read, by reason, with a way to try again. Window's thread."""

    retry_requested = Signal()
    reveal_requested = Signal(str)
    """Show this path in the file manager."""

    def __init__(self, failures: Sequence[Failed], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Photos that could not be read"))
        open_at(self, 720, 460)
        heading = QLabel(
            self.tr("{} could not be read").format(wording.photos(len(failures)))
            if failures and not any(isinstance(each, ClosedFolder) for each in failures)
            else self.tr("What could not be read")
            if failures
            else self.tr("Every photo can be read")
        )
        heading.setProperty("heading", True)
        note = QLabel(
            self.tr(
                "They stay where they are, untouched. Each is tried again by itself as soon as it changes; "
                "try all again after plugging in a drive or changing permissions."
            )
        )
        note.setWordWrap(True)
        note.setProperty("dim", True)
        self.tree = QTreeWidget()
        self.tree.setObjectName("failures")
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.setColumnWidth(0, 300)
        self.tree.setAccessibleName(self.windowTitle())
        by_kind: dict[str, list[Failed]] = {}
        for failure in failures:
            by_kind.setdefault(failure.kind, []).append(failure)
        for kind, those in sorted(by_kind.items(), key=lambda item: -len(item[1])):
            group = QTreeWidgetItem([self.tr("{0} ({1})").format(kind.capitalize(), wording.count(len(those)))])
            self.tree.addTopLevelItem(group)
            group.setFirstColumnSpanned(True)
            group.setExpanded(len(by_kind) == 1 or len(failures) <= 50)
            for failure in those:
                line = QTreeWidgetItem([Path(failure.path).name, failure.reason])
                line.setToolTip(0, failure.path)
                line.setToolTip(1, failure.reason)
                line.setData(0, Qt.ItemDataRole.UserRole, failure.path)
                group.addChild(line)
        self.tree.itemActivated.connect(self._activated)
        self._failures = list(failures)

        copy = QPushButton(self.tr("Copy list"))
        copy.clicked.connect(self._copy)
        retry = QPushButton(self.tr("Try again"))
        retry.setProperty("primary", True)
        retry.clicked.connect(self._retry)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(copy)
        buttons.addStretch()
        buttons.addWidget(close)
        buttons.addWidget(retry)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(note)
        layout.addWidget(self.tree, 1)
        layout.addLayout(buttons)
        retry.setDefault(True)

    @Slot()
    def _copy(self) -> None:
        lines = (f"{failure.path}\t{failure.reason}" for failure in self._failures)
        QGuiApplication.clipboard().setText("\n".join(lines))

    @Slot()
    def _retry(self) -> None:
        self.retry_requested.emit()
        self.accept()

    @Slot(QTreeWidgetItem, int)
    def _activated(self, item: QTreeWidgetItem, _column: int) -> None:
        path = item.data(0, Qt.ItemDataRole.UserRole)
        if path:
            self.reveal_requested.emit(path)


def tell(problem: PhotoFinderError, parent: QWidget | None) -> QDialog:
    """Tell of a problem that a person can do something about, without holding anything up; the open dialog."""
    _log.warning("%s", problem)
    box = QMessageBox(QMessageBox.Icon.Warning, "PhotoFinder", problem.what, QMessageBox.StandardButton.Ok, parent)
    box.setInformativeText(problem.remedy)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


class Reporter(QObject):
    """The one place for bugs: a log entry and a dialog with what to send. Window's thread.

    Takes over `sys.excepthook`, where PySide delivers what escapes from slots, and `threading.excepthook`.
    """

    _heard = Signal(object)

    def __init__(self, parent_of_dialogs: Callable[[], QWidget | None]) -> None:
        super().__init__()
        self._parent_of_dialogs = parent_of_dialogs
        self._open: QDialog | None = None
        self._heard.connect(self.report, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Hear of everything that nobody caught."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    @Slot(object)
    def report(self, bug: BaseException) -> None:
        """Log a bug, and show it unless one is shown already: a bug in painting comes sixty times a second."""
        _log.critical("A bug", exc_info=bug)
        if self._open is not None:
            return
        self._open = _BugDialog("".join(traceback.format_exception(bug)), self._parent_of_dialogs())
        self._open.finished.connect(self._closed)
        self._open.open()

    def _hook(self, kind: type[BaseException], bug: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self.report(bug.with_traceback(trace))

    def _thread_hook(self, heard: threading.ExceptHookArgs) -> None:
        """On the thread that had the bug."""
        if heard.exc_value is not None:
            self._heard.emit(heard.exc_value)

    @Slot()
    def _closed(self) -> None:
        self._open = None


class _BugDialog(QDialog):
    """Says that it was our fault. Window's thread."""

    def __init__(self, trace: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("PhotoFinder")
        open_at(self, 640, 380)
        heading = QLabel(self.tr("Something went wrong in PhotoFinder"))
        heading.setProperty("heading", True)
        note = QLabel(
            self.tr(
                "Your photos and your library are safe. You can go on; if it happens again, please send this text "
                "to the authors. It names folders and photos of yours: look through it before."
            )
        )
        note.setWordWrap(True)
        text = QPlainTextEdit(f"PhotoFinder {__version__}, Python {sys.version.split()[0]}, {sys.platform}\n\n{trace}")
        text.setReadOnly(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text.toPlainText()))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        for widget in (heading, note, text, buttons):
            layout.addWidget(widget)
