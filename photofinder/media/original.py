"""One photo's original, opened once and read-only."""

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from photofinder.core.errors import FailureKind, MediaProblem

_HEAD_BYTES: Final = 4096
_MAX_CONTENT_BYTES: Final = 1 << 30


class Original:
    """A photo's file while it is being read. Belongs to the thread that opened it.

    Attributes:
        path: where it lies; may hold surrogate escapes for names that are not UTF-8
        file: the open file, positioned anywhere
        size_bytes, mtime_ns: as they were on opening
        head: its first bytes, enough for `sniff`

    Raises on opening: `MediaProblem` (EMPTY; UNREADABLE if it is a pipe or a folder) or the system's OSError.

    """

    def __init__(self, path: Path) -> None:
        # Asked before opening: opening a named pipe would wait for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise MediaProblem(FailureKind.UNREADABLE, "It is not an ordinary file.")
        self.path = path
        self.file: BinaryIO = path.open("rb")
        self._content: bytes | None = None
        try:
            status = os.fstat(self.file.fileno())
            self.size_bytes = status.st_size
            self.mtime_ns = status.st_mtime_ns
            self.head = self.file.read(_HEAD_BYTES)
        except OSError:
            self.file.close()
            raise
        if not self.head:
            self.file.close()
            raise MediaProblem(FailureKind.EMPTY, "It is empty: zero bytes.")

    def content(self) -> bytes:
        """All of it, read on the first call and kept. Raises `MediaProblem` (TOO_LARGE) above 1 GiB."""
        if self._content is None:
            if self.size_bytes > _MAX_CONTENT_BYTES:
                raise MediaProblem(
                    FailureKind.TOO_LARGE, f"It is {self.size_bytes / 2**30:.1f} GiB, too large to decode."
                )
            self.file.seek(0)
            self._content = self.file.read()
        return self._content

    @property
    def source(self) -> bytes | BinaryIO:
        """What to hash: the bytes if they are in memory, else the file."""
        return self.file if self._content is None else self._content

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
