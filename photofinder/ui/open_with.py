"""Opening photos with a program that the user chooses.

On Linux the programs that say they open such photos are offered, and any other can be named. Windows has a dialog of
its own for this, which is opened; on macOS a program of the Applications folder is chosen. The photo's own file is
handed over: what the other program does with it is up to the user.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeDatabase, QProcess, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from photofinder.core.errors import EnvironmentProblem
from photofinder.ui import icons, wording
from photofinder.ui.desktop_entries import Application, applications_for
from photofinder.ui.pages import open_at

ICON_PX = 28


def kinds_of(path: str) -> list[str]:
    """The MIME type of a file by its name, with aliases and what it is a special case of. Window's thread."""
    kind = QMimeDatabase().mimeTypeForFile(path, QMimeDatabase.MatchMode.MatchExtension)
    return [kind.name(), *kind.aliases(), *(name for name in kind.allAncestors() if name.startswith("image/"))]


def start(command: Sequence[str]) -> None:
    """Start a program that lives on by itself. Raises EnvironmentProblem if that fails."""
    started, _ = QProcess.startDetached(command[0], list(command[1:]))
    if not started:
        raise EnvironmentProblem(
            f"The program {command[0]} could not be started.", "Check that it is installed, or choose another."
        )


def system_chooser(paths: Sequence[str]) -> bool:
    """Have the system itself ask which program to use, where it can (Windows); whether it does."""
    if sys.platform != "win32":
        return False
    for path in paths:
        start(["rundll32", "shell32.dll,OpenAs_RunDLL", str(Path(path))])
    return True


class OpenWith(QDialog):
    """Which program is to open these files. Window's thread."""

    commands_chosen = Signal(object)
    """A list of command lines, each a list, to be started."""

    def __init__(self, paths: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paths = list(paths)
        self.setWindowTitle(self.tr("Open with"))
        open_at(self, 440, 420)
        name = Path(paths[0]).name if len(paths) == 1 else wording.photos(len(paths))
        heading = QLabel(self.tr("Open {} with").format(name))
        heading.setProperty("heading", True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setWordWrap(True)
        note = QLabel(self.tr("The program gets the photo itself, not a copy: what you save there changes it."))
        note.setProperty("dim", True)
        note.setWordWrap(True)
        self.programs = QListWidget()
        self.programs.setIconSize(QSize(ICON_PX, ICON_PX))
        self.programs.setAccessibleName(self.tr("Programs"))
        self._applications = [] if sys.platform == "darwin" else applications_for(kinds_of(paths[0]))
        for application in self._applications:
            item = QListWidgetItem(_icon(application), application.name)
            item.setSizeHint(QSize(0, ICON_PX + 12))
            self.programs.addItem(item)
        self.programs.setCurrentRow(0)
        self.programs.setVisible(bool(self._applications))
        self.programs.itemActivated.connect(self.accept)
        none = QLabel(self.tr("No installed program says that it opens such photos. Choose one yourself."))
        none.setWordWrap(True)
        none.setVisible(not self._applications)
        other = QPushButton(self.tr("Another program…"))
        other.clicked.connect(self._choose_other)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = QPushButton(self.tr("Open"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.setEnabled(bool(self._applications))
        self.go.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(other)
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 18)
        layout.setSpacing(10)
        layout.addWidget(heading)
        layout.addWidget(self.programs, 1)
        layout.addWidget(none)
        if not self._applications:
            layout.addStretch()
        layout.addWidget(note)
        layout.addLayout(buttons)

    def accept(self) -> None:
        """Qt's: open with the program that is marked."""
        row = self.programs.currentRow()
        if row >= 0:
            self.commands_chosen.emit(self._applications[row].calls(self._paths))
            super().accept()

    @Slot()
    def _choose_other(self) -> None:
        start_in = (
            "/Applications" if sys.platform == "darwin" else str(Path(shutil.which("env") or "/usr/bin/x").parent)
        )
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a program"), start_in)
        if chosen:
            self.use(chosen)

    def use(self, program: str) -> None:
        """Open with this program: a file that can be run, on macOS an application."""
        command = ["open", "-a", program] if sys.platform == "darwin" else [program]
        self.commands_chosen.emit([[*command, *self._paths]])
        super().accept()


def _icon(application: Application) -> QIcon:
    """The program's own icon, from the desktop's theme or a file; ours for programs where there is none."""
    if Path(application.icon).is_absolute():
        found = QIcon(application.icon)
    else:
        found = QIcon.fromTheme(application.icon) if application.icon else QIcon()
    return icons.icon("open") if found.isNull() else found
