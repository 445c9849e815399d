"""What can be done with photos: open, show where they are, copy, find similar ones."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QProcess, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage

from photofinder.core.types import Photo
from photofinder.library.pictures import full
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge

OPEN_AT_MOST = 12
"""More windows than this at once is a slip of the hand."""
COPIED_PIXELS = 50_000_000
"""A copied picture is reduced to this: other programs hold several uncompressed copies of what is pasted."""


class PhotoActions(QObject):
    """Window's thread; what takes time is an errand."""

    told = Signal(str)
    """What was done, for the status line."""
    similar_requested = Signal(object)
    """Find photos that look like the one at this path."""

    program_wanted = Signal(list)
    """Paths of photos that are to be opened with a program yet to be chosen."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge

    def open_outside(self, ids: Sequence[int]) -> None:
        """Open with the system's default program."""
        if len(ids) > OPEN_AT_MOST:
            self.told.emit(self.tr("Only the first {} are opened").format(OPEN_AT_MOST))
        self._with_photos(
            ids[:OPEN_AT_MOST],
            lambda photos: [QDesktopServices.openUrl(QUrl.fromLocalFile(photo.path)) for photo in photos],
        )

    def open_with(self, ids: Sequence[int]) -> None:
        """Open with a program that the user chooses."""
        if len(ids) > OPEN_AT_MOST:
            self.told.emit(self.tr("Only the first {} are opened").format(OPEN_AT_MOST))
        self._with_photos(ids[:OPEN_AT_MOST], lambda photos: self.program_wanted.emit([photo.path for photo in photos]))

    def reveal(self, ids: Sequence[int]) -> None:
        """Show in the system's file manager."""
        self._with_photos(ids[:OPEN_AT_MOST], lambda photos: [reveal_path(photo.path, self) for photo in photos[:1]])

    def copy_paths(self, ids: Sequence[int]) -> None:
        """Put the paths on the clipboard, one a line."""

        def copy(photos: list[Photo]) -> None:
            QGuiApplication.clipboard().setText("\n".join(photo.path for photo in photos))
            self.told.emit(self.tr("Path copied") if len(photos) == 1 else self.tr("Paths copied"))

        self._with_photos(ids, copy)

    def copy_files(self, ids: Sequence[int]) -> None:
        """Put the photos' files on the clipboard; a single photo's picture as well."""

        def copy(photos: list[Photo], image: QImage | None = None) -> None:
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(photo.path) for photo in photos])
            if image is not None:
                data.setImageData(image)
            QGuiApplication.clipboard().setMimeData(data)
            self.told.emit(self.tr("{} copied").format(wording.photos(len(photos))).capitalize())

        if len(ids) != 1:
            self._with_photos(ids, copy)
            return
        library, photo_id = self._bridge.library, ids[0]

        def work() -> tuple[list[Photo], QImage]:
            pixels = full(library, photo_id, COPIED_PIXELS)
            height_px, width_px, _ = pixels.shape
            image = QImage(pixels.tobytes(), width_px, height_px, 3 * width_px, QImage.Format.Format_RGB888)
            return list(library.reader.photos([photo_id]).values()), image.copy()

        self._bridge.errand(work, lambda found: copy(*found))

    def find_similar(self, photo_id: int) -> None:
        """Ask for photos that look like this one."""
        self._with_photos([photo_id], lambda photos: [self.similar_requested.emit(photo.location) for photo in photos])

    def _with_photos(self, ids: Sequence[int], then: Callable[[list[Photo]], object]) -> None:
        library, wanted = self._bridge.library, list(ids)

        def work() -> list[Photo]:
            found = library.reader.photos(wanted)
            return [found[photo_id] for photo_id in wanted if photo_id in found]

        self._bridge.errand(work, lambda photos: photos and then(photos))


def reveal_path(path: str, parent: QObject) -> None:
    """Show a file in the system's file manager, marked where that is possible. Window's thread."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", path])
        return
    if sys.platform == "win32":
        QProcess.startDetached("explorer", ["/select,", str(Path(path))])
        return
    # The file managers of all desktops listen for this; without one the folder is opened.
    process = QProcess(parent)
    folder = QUrl.fromLocalFile(str(Path(path).parent))

    def ended(code: int = 1) -> None:
        if code != 0:
            QDesktopServices.openUrl(folder)
        process.deleteLater()

    process.finished.connect(ended)
    process.errorOccurred.connect(lambda error: ended() if error is QProcess.ProcessError.FailedToStart else None)
    address = QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded).replace(",", "%2C")
    process.start(
        "dbus-send",
        [
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.FileManager1",
            "/org/freedesktop/FileManager1",
            "org.freedesktop.FileManager1.ShowItems",
            f"array:string:{address}",
            "string:",
        ],
    )
