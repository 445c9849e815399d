"""To the system's trash, and back.

A photo goes with all its files: RAW, sidecar, video. Taking it back is possible where trashes are kept by the
freedesktop.org specification (Linux), which says where everything came from. macOS and Windows do not tell a program
where in the trash a file is: there the user takes it back in the Finder or in the Recycle Bin.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from photofinder.core.cancel import CancelToken
from photofinder.core.types import Photo
from photofinder.library.library import Library

CAN_TAKE_BACK = sys.platform not in {"win32", "darwin"}
"""Whether this system lets a program take back what it has moved to the trash."""

_COMMIT_EVERY = 64
_INFO_SUFFIX = ".trashinfo"
_QUOTED = re.compile(rb"%([0-9A-Fa-f]{2})")


class _Moved(NamedTuple):
    """A file, and where it is in the trash with the note about it; None where that cannot be known."""

    path: str
    kept: tuple[str, str] | None


@dataclass(slots=True)
class Trashed:
    """What went to the trash: photo id → its files. `failed` are paths that stayed, with the reason."""

    photos: dict[int, list[_Moved]] = field(default_factory=dict[int, list[_Moved]])
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def can_be_taken_back(self) -> bool:
        """Whether `take_back` will find all of it, unless the trash is emptied meanwhile."""
        return bool(self.photos) and all(moved.kept for files in self.photos.values() for moved in files)


def trash(
    library: Library,
    ids: Sequence[int],
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> Trashed:
    """Move photos to the trash, each with all its files; the catalogue counts them as missing and forgets nothing.

    `on_progress` gets how many are dealt with; when cancelled, what is done is returned. Any thread, one call at a
    time. A photo that has to stay does not stop the others. Raises EnvironmentProblem if the catalogue cannot be
    changed; then at most the last photos are in the trash without it knowing, as the next ingest will find.
    """
    writer = library.writer()  # before anything is moved: without it nothing is
    photos = library.reader.photos(ids)
    done = Trashed()
    pending: list[int] = []
    try:
        for count, photo_id in enumerate(ids, start=1):
            if cancel is not None and cancel.cancelled:
                break
            if photo_id in photos and _trash_photo(photos[photo_id], done):
                pending.append(photo_id)
                if len(pending) >= _COMMIT_EVERY:
                    writer.mark_missing(pending)
                    pending = []
            on_progress(count)
    finally:
        writer.mark_missing(pending)
    return done


def take_back(
    library: Library, trashed: Trashed, *, on_progress: Callable[[int], None] = lambda _: None
) -> list[tuple[str, str]]:
    """Put photos back where they were. Returns the paths that could not be, with the reason.

    `on_progress` gets how many are dealt with. Any thread. Nothing that lies there now is replaced. Raises
    EnvironmentProblem if the catalogue cannot be changed.
    """
    writer = library.writer()
    failed: list[tuple[str, str]] = []
    back: list[int] = []
    for count, (photo_id, files) in enumerate(trashed.photos.items(), start=1):
        problems = [(moved.path, problem) for moved in files if (problem := _put_back(moved))]
        failed += problems
        if files[0].path not in {path for path, _ in problems}:
            back.append(photo_id)
        on_progress(count)
    writer.mark_present(back)
    return failed


def _trash_photo(photo: Photo, done: Trashed) -> bool:
    """Whether the photo is gone. Its main file goes first: if that stays, all stay."""
    moved: list[_Moved] = []
    for path, _role in photo.files:
        problem = _send(path)
        if problem is not None:
            done.failed.append((path, problem))
            if not moved:
                return False
        else:
            moved.append(_Moved(path, _find(path)))
    if moved:
        done.photos[photo.id] = moved
    return bool(moved)


def _send(path: str) -> str | None:
    """Move one file to the trash; None, or in words why it stays."""
    from send2trash import send2trash
    from send2trash.exceptions import TrashPermissionError

    if not os.path.lexists(path):
        return "It is not where it was; perhaps its drive is not plugged in."
    try:
        send2trash(path)
    except TrashPermissionError:
        return "Its drive has no trash that may be used."
    except PermissionError:
        return "You do not have permission to move it."
    except OSError as error:
        return f"It could not be moved ({error.strerror or error})."
    return None


def _find(path: str) -> tuple[str, str] | None:
    """Where a file that was just trashed lies, and the note about it (freedesktop.org Trash specification 1.0)."""
    if not CAN_TAKE_BACK:
        return None
    stem = os.path.splitext(os.path.basename(path))[0]  # noqa: PTH119, PTH122 - any bytes
    found: list[tuple[int, str, str]] = []
    for folder, top in _trashes(path):
        origins = {os.fsencode(path), os.fsencode(os.path.relpath(path, top))}
        try:
            notes = [entry for entry in os.scandir(os.path.join(folder, "info")) if entry.name.startswith(stem)]  # noqa: PTH118
        except OSError:
            continue  # no trash here
        for note in notes:
            kept = os.path.join(folder, "files", note.name.removesuffix(_INFO_SUFFIX))  # noqa: PTH118
            if _origin(note.path) in origins and os.path.lexists(kept):
                found.append((note.stat().st_mtime_ns, kept, note.path))
    return max(found)[1:] if found else None  # the same path may have been trashed before


def _trashes(path: str) -> Iterator[tuple[str, str]]:
    """The folders that may be the trash for a path, and what the origins in their notes are relative to."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")  # noqa: PTH111
    yield os.path.join(data, "Trash"), data  # noqa: PTH118
    top = os.path.realpath(os.path.dirname(path))  # noqa: PTH120
    while not os.path.ismount(top):
        top = os.path.dirname(top)  # noqa: PTH120
    yield os.path.join(top, ".Trash", str(os.getuid())), top  # noqa: PTH118
    yield os.path.join(top, f".Trash-{os.getuid()}"), top  # noqa: PTH118


def _origin(note: str) -> bytes | None:
    try:
        with open(note, "rb") as file:  # noqa: PTH123 - any bytes
            lines = file.read(65_536).splitlines()
    except OSError:
        return None
    quoted = next((line[5:] for line in lines if line.startswith(b"Path=")), None)
    return None if quoted is None else _QUOTED.sub(lambda found: bytes([int(found[1], 16)]), quoted)


def _put_back(moved: _Moved) -> str | None:
    """None, or in words why a file stays in the trash."""
    if moved.kept is None:
        return "Only you can take it back, from the system's trash."
    kept, note = moved.kept
    if not os.path.lexists(kept):
        return "It is no longer in the trash."
    if os.path.lexists(moved.path):
        return "Something else lies in its place now."
    try:
        os.makedirs(os.path.dirname(moved.path), exist_ok=True)  # noqa: PTH103, PTH120
        shutil.move(kept, moved.path)
        os.unlink(note)  # noqa: PTH108
    except OSError as error:
        return f"It could not be moved back ({error.strerror or error})."
    return None
