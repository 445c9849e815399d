"""What is handed to the window: folders to watch, a picture to find similar photos of; chosen, dropped or pasted."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from photofinder.ui.incoming import Inbox, Incoming, sorted_out


class Receiving(QObject):
    """Window's thread. Close it at the end: it keeps pasted pictures until then."""

    folders_received = Signal(list, str)
    """Folders (Path), and the name of a better encoder to be installed: none."""
    picture_received = Signal(object)
    """The path of a picture."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._inbox = Inbox()

    def choose_folder(self) -> None:
        """Ask for a folder."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, self.tr("Choose a folder with photos"), str(Path.home())
        )
        if chosen:
            self._take(Incoming(folders=[Path(chosen)]))

    def choose_picture(self) -> None:
        """Ask for a picture."""
        title = self.tr("Find photos similar to a file")
        chosen, _ = QFileDialog.getOpenFileName(self._window, title, str(Path.home()))
        if chosen:
            self._take(Incoming(files=[Path(chosen)]))

    def paste(self) -> None:
        """Take what lies on the clipboard."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> None:
        """Take what was dropped or pasted."""
        self._take(self._inbox.take(data))

    def take_paths(self, paths: Sequence[str]) -> None:
        """Take what the program was started with."""
        self._take(sorted_out([Path(path) for path in paths]))

    def close(self) -> None:
        """Delete what was kept."""
        self._inbox.close()

    def _take(self, incoming: Incoming) -> None:
        if incoming.folders:
            self.folders_received.emit(incoming.folders, "")
        elif incoming.files:
            self.picture_received.emit(incoming.files[0])
