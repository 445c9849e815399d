"""Copies of photos for other people and programs: smaller if wanted, and saying no more than wanted.

The photos themselves are only read, and nothing that lies in the folder of the copies is ever replaced.
"""

import dataclasses
import enum
import errno
import itertools
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import EnvironmentProblem, PhotoFinderError
from photofinder.core.types import Photo
from photofinder.library.library import Library
from photofinder.library.pictures import find, readable

_ENOUGH = 0.95
"""The picture a camera puts into a RAW file may be a few pixels smaller than the sensor's; that is the full one."""
_MOST_TRIES = 10_000


class Saying(enum.StrEnum):
    """What copies say of themselves. Stored in the settings; values never change."""

    ALL = "all"
    NO_PLACE = "all but the place"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What copies are to be like. `long_px` None is the photo's own size; `quality` is JPEG's, 1 to 100."""

    folder: Path
    long_px: int | None = None
    quality: int = 90
    saying: Saying = Saying.ALL


@dataclass(slots=True)
class Exported:
    """What came of an export: the copies, and name and reason of each photo that could not be copied."""

    copies: list[Path] = field(default_factory=list[Path])
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    size_bytes: int = 0
    stopped: bool = False


def export(
    library: Library,
    ids: Sequence[int],
    wanted: Wanted,
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> Exported:
    """Write a JPEG copy of each photo, in order. `on_progress` gets how many are dealt with.

    Any thread; some hundred milliseconds for each photo. A photo that cannot be read does not stop the others; when
    cancelled, what is done is returned. Raises EnvironmentProblem if the folder cannot be written or the disk is full:
    the copies made until then stay.
    """
    cancel = cancel or CancelToken()
    done = Exported()
    with _writing(wanted.folder):
        wanted.folder.mkdir(parents=True, exist_ok=True)
    for count, photo_id in enumerate(ids, start=1):
        if cancel.cancelled:
            done.stopped = True
            break
        name = str(photo_id)
        try:
            photo = find(library, photo_id)
            name = photo.location.name
            content = _copied(library, readable(photo), wanted)
        except EnvironmentProblem:
            raise
        except PhotoFinderError as problem:
            done.failed.append((name, problem.what))
        else:
            done.copies.append(_written(wanted.folder, photo.location.stem, content))
            done.size_bytes += len(content)
        on_progress(count)
    return done


def _copied(library: Library, photo: Photo, wanted: Wanted) -> bytes:
    # Only now: a window that opens does not wait for decoders.
    from photofinder.media.copies import Said
    from photofinder.media.picture import Need

    short_px, long_px = sorted((photo.width_px or 1, photo.height_px or 1))
    whole = Need(max(1, int(short_px * _ENOUGH)), max(1, int(long_px * _ENOUGH)))
    need = whole if wanted.long_px is None else Need(1, min(wanted.long_px, whole.long_px))
    said = Said()
    if wanted.saying is not Saying.NOTHING:
        meta = photo.metadata if wanted.saying is Saying.ALL else dataclasses.replace(photo.metadata, gps=None)
        said = Said(meta, photo.label, authorship=True)
    return library.decoders().jpeg_copy(photo.location, need, wanted.long_px, wanted.quality, said)


def _written(folder: Path, stem: str, content: bytes) -> Path:
    """Write under a name that is free: `stem.jpg`, else `stem-2.jpg` and so on."""
    with _writing(folder):
        for number in itertools.count(1):
            path = folder / (f"{stem}.jpg" if number == 1 else f"{stem}-{number}.jpg")
            try:
                file = path.open("xb")
            except FileExistsError:
                if number >= _MOST_TRIES:
                    raise
                continue
            try:
                with file:
                    file.write(content)
                    os.fsync(file.fileno())
            except OSError:
                path.unlink(missing_ok=True)  # our own, just made, and not whole
                raise
            return path
    raise AssertionError("unreachable: the numbers do not end")


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            what, remedy = f"The disk that holds {folder} is full.", "Free some space; the copies made so far stay."
        elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            what, remedy = f"Copies may not be written to {folder}.", "Choose another folder, or allow writing there."
        else:
            what, remedy = f"Copies cannot be written to {folder} ({error.strerror}).", "Choose another folder."
        raise EnvironmentProblem(what, remedy) from error
