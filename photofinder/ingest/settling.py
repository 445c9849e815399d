"""Files that change are looked at once they stand still: half a photo is none."""

import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from photofinder.ingest.scan import SETTLE_S
from photofinder.media.formats import companion_role, is_ignored_name, is_photo_name

_Stamp = tuple[int, int]


class Changed(NamedTuple):
    """A folder of a root in which something changed: relative, "/"-separated; `deep`: also in folders inside."""

    folder: bytes
    deep: bool


class _Pending(NamedTuple):
    stamp: _Stamp | None  # None: there is nothing, or a folder
    since_s: float


class Settling:
    """What was told of one root, until it may be looked at. One thread at a time.

    A file that is gone waits as long as one that came: the two ends of a move are then looked at together.
    """

    def __init__(self, top: str, settle_s: float = SETTLE_S) -> None:
        self._top = os.fsencode(top).rstrip(os.sep.encode())
        self._settle_s = settle_s
        self._pending: dict[str, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def note(self, paths: Iterable[str], now_s: float) -> None:
        """These paths, absolute, have changed at `now_s`, on a clock that does not jump."""
        for path in paths:
            if self._is_ours(path):
                stamp, _, matters = self._state(path)
                if matters:
                    self._pending[path] = _Pending(stamp, now_s)

    def due(self, now_s: float) -> set[Changed]:
        """The folders of what has stood still for long enough, once each."""
        found: set[Changed] = set()
        for path, before in list(self._pending.items()):
            if now_s - before.since_s < self._settle_s:
                continue
            stamp, is_folder, _ = self._state(path)
            if stamp != before.stamp:
                self._pending[path] = _Pending(stamp, now_s)
                continue
            del self._pending[path]
            found.add(self._changed(path, is_folder=is_folder))
        return found

    def _is_ours(self, path: str) -> bool:
        inner = os.fsencode(path)[len(self._top) :].replace(os.sep.encode(), b"/")
        return not any(is_ignored_name(part) for part in os.fsdecode(inner).split("/") if part)

    def _state(self, path: str) -> tuple[_Stamp | None, bool, bool]:
        """Stamp of a file; whether it is a folder, or may have been one; whether any of it matters to a library."""
        is_file_name = is_photo_name(os.path.basename(path)) or companion_role(os.path.basename(path)) is not None  # noqa: PTH119
        try:
            found = os.lstat(path)
        except OSError:
            return None, not is_file_name, True
        if stat.S_ISDIR(found.st_mode):
            return None, True, True
        return (found.st_size, found.st_mtime_ns), False, is_file_name

    def _changed(self, path: str, *, is_folder: bool) -> Changed:
        inner = os.fsencode(path)[len(self._top) :].replace(os.sep.encode(), b"/").strip(b"/")
        return Changed(inner, deep=True) if is_folder else Changed(inner.rpartition(b"/")[0], deep=False)
