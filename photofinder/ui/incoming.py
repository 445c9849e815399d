"""What is dropped on the window or pasted into it: folders to watch, pictures to find similar photos of."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage


@dataclass(frozen=True, slots=True)
class Incoming:
    """Folders and files that were handed over."""

    folders: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def is_welcome(data: QMimeData) -> bool:
    """Whether there is anything in it for us; quick, for use while something is dragged about."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def sorted_out(paths: list[Path]) -> Incoming:
    """Folders and files; what is not there any more is left out."""
    return Incoming([path for path in paths if path.is_dir()], [path for path in paths if path.is_file()])


class Inbox:
    """Takes what comes, and keeps pasted pictures as files until it is closed. Window's thread."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def take(self, data: QMimeData) -> Incoming:
        """What is in it: files and folders where it names any, else the picture it carries, as a file of its own."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if not paths and data.hasText():
            path = Path(data.text().strip().removeprefix("file://")) if len(data.text()) < 4096 else None
            paths = [path] if path is not None and path.is_absolute() and path.exists() else []
        if paths:
            return sorted_out(paths)
        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="photofinder-")
            self._count += 1
            path = Path(self._folder.name) / f"pasted {self._count}.png"
            if image.save(str(path)):
                return Incoming(files=[path])
        return Incoming()

    def close(self) -> None:
        """Delete what was kept."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
