"""Dated copies of the catalogue beside it, and putting one back.

    backups/0007-2026-11-21T173300Z-scheduled.sqlite

Copies are numbered, because clocks are set back. Each is made with SQLite's backup interface from one moment of the
catalogue, looked at from end to end, and only then given its name; so whatever has the name is whole, and a damaged
catalogue never pushes out a sound copy. They hold the embeddings too: those take days to make again.
"""

import contextlib
import datetime as dt
import enum
import errno
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from photofinder.catalogue.connection import open_reading, open_writing, translated
from photofinder.core.cancel import CancelToken
from photofinder.core.durable import push_to_disk
from photofinder.core.errors import DamagedCatalogue, EnvironmentProblem, QueryProblem

EVERY_S: Final = 7 * 24 * 3600
KEPT: Final = 3
"""Of each kind."""
SPARE_BYTES: Final = 256 << 20
"""A scheduled copy leaves at least this much of the disk free: it must not be what fills it."""

_PAGES: Final = 2_000  # copied between two looks at the cancel token: 8 MB
_NAME = re.compile(r"(\d{4,})-(\d{4}-\d\d-\d\dT\d{6}Z)-([a-z-]+)\.sqlite")
_DATE = "%Y-%m-%dT%H%M%SZ"
_UNFINISHED = ".unfinished"


class Kind(enum.StrEnum):
    """Why a copy was made. Part of its file name."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    BEFORE_UPDATE = "before-update"
    REPLACED = "replaced"  # the catalogue that another copy was put in place of


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy on disk. `made_at` is in UTC."""

    number: int
    kind: Kind
    made_at: dt.datetime
    path: Path

    @property
    def size_bytes(self) -> int:
        """What it takes on disk."""
        return self.path.stat().st_size


def folder_of(catalogue: Path) -> Path:
    """Where the copies of a catalogue lie."""
    return catalogue.parent / "backups"


def backups(catalogue: Path) -> list[Backup]:
    """All copies, the latest first. Any thread. Raises EnvironmentProblem if their folder cannot be read."""
    found: list[Backup] = []
    try:
        paths = list(folder_of(catalogue).iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise EnvironmentProblem(
            f"The backups in {folder_of(catalogue)} cannot be listed ({error.strerror}).", "Check its permissions."
        ) from error
    for path in paths:
        match = _NAME.fullmatch(path.name)
        if match and match[3] in set(Kind):
            made_at = dt.datetime.strptime(match[2], _DATE).replace(tzinfo=dt.UTC)
            found.append(Backup(int(match[1]), Kind(match[3]), made_at, path))
    return sorted(found, key=lambda backup: backup.number, reverse=True)


def is_due(catalogue: Path) -> bool:
    """Whether the last scheduled copy is a week old. One from the future, by a clock since set back, counts as old."""
    made = [backup.made_at.timestamp() for backup in backups(catalogue) if backup.kind is Kind.SCHEDULED]
    return not made or not 0 <= time.time() - made[0] < EVERY_S


def make(catalogue: Path, kind: Kind, cancel: CancelToken | None = None) -> Backup:
    """Copy the catalogue as it is at this moment, and drop the oldest copies of this kind. Any thread.

    Writing may go on meanwhile; hold the library's lock, so that two do not number alike. Reads the file once and the
    copy once. Raises EnvironmentProblem (no room, not writable; also a damaged catalogue, of which no copy is kept)
    and Cancelled; nothing is left behind then.
    """
    folder = folder_of(catalogue)
    with _refused(folder):
        folder.mkdir(exist_ok=True)
        _sweep(folder)
    _need_room(catalogue, folder, SPARE_BYTES if kind is Kind.SCHEDULED else 0)
    unfinished = folder / f"{os.getpid()}{_UNFINISHED}"
    try:
        _copy(catalogue, unfinished, cancel or CancelToken())
        made = _publish(unfinished, _next(catalogue, kind))
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    _drop_oldest(catalogue, kind)
    return made


def restore(catalogue: Path, number: int) -> Backup | None:
    """Put a copy in the catalogue's place; returns the copy of kind REPLACED that keeps what was there, if anything.

    Under the library's lock, with no write connection open. Done in one transaction of SQLite's, so that whoever is
    reading sees either the old or the new, and a crash leaves one of them; only where the old file is so damaged that
    SQLite does not take it for a database is the file itself exchanged, in one step. Raises QueryProblem for a number
    that is not there, EnvironmentProblem if the copy is damaged or the disk refuses; nothing changed then.
    """
    chosen = next((backup for backup in backups(catalogue) if backup.number == number), None)
    if chosen is None:
        raise QueryProblem(f"There is no backup {number}.", "See which there are: photofinder restore")
    _verify(chosen.path)
    replaced = _set_aside(catalogue) if catalogue.exists() else None
    if replaced is None or not _pour(chosen.path, catalogue):
        _exchange(chosen.path, catalogue)
    return replaced


def _copy(catalogue: Path, target: Path, cancel: CancelToken) -> None:
    with (
        contextlib.closing(open_reading(catalogue)) as source,
        translated(target),
        contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        copy.execute("PRAGMA synchronous = OFF")  # one push to the disk at the end
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM sqlite_schema").fetchone()  # holds this moment: writers do not disturb
        source.backup(copy, pages=_PAGES, progress=lambda _status, _left, _total: cancel.check(), sleep=0)
        # The copy is for reading: without a write-ahead log it is one file, wherever it is carried.
        copy.execute("PRAGMA journal_mode = DELETE")
    _verify(target)
    with _refused(target), target.open("rb+") as file:
        os.fsync(file.fileno())


def _verify(path: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        what = f"The backup {path.name} is damaged" if _NAME.fullmatch(path.name) else "The catalogue is damaged"
        raise DamagedCatalogue(f"{what} ({found[0]}).", "See which backups there are: photofinder restore")


def _next(catalogue: Path, kind: Kind) -> Backup:
    number = max((backup.number for backup in backups(catalogue)), default=0) + 1
    made_at = dt.datetime.now(dt.UTC).replace(microsecond=0)
    path = folder_of(catalogue) / f"{number:04}-{made_at.strftime(_DATE)}-{kind}.sqlite"
    return Backup(number, kind, made_at, path)


def _publish(unfinished: Path, as_what: Backup) -> Backup:
    with _refused(as_what.path):
        unfinished.replace(as_what.path)
        push_to_disk(as_what.path.parent)
    return as_what


def _drop_oldest(catalogue: Path, kind: Kind) -> None:
    same = [backup for backup in backups(catalogue) if backup.kind is kind]
    with _refused(folder_of(catalogue)):
        for backup in same[KEPT:]:
            backup.path.unlink(missing_ok=True)
            _log_of(backup.path).unlink(missing_ok=True)  # beside what was set aside damaged


def _set_aside(catalogue: Path) -> Backup:
    """Keep the present catalogue: by a copy like any other, or, if it is damaged, byte by byte with its log."""
    try:
        return make(catalogue, Kind.REPLACED)
    except DamagedCatalogue:
        pass
    replaced = _next(catalogue, Kind.REPLACED)
    unfinished = folder_of(catalogue) / f"{os.getpid()}{_UNFINISHED}"
    with _refused(replaced.path):
        for source, kept in ((_log_of(catalogue), _log_of(replaced.path)), (catalogue, replaced.path)):
            if source.exists():
                _copy_bytes(source, unfinished)
                unfinished.replace(kept)
        push_to_disk(replaced.path.parent)
    _drop_oldest(catalogue, Kind.REPLACED)
    return replaced


def _pour(source: Path, catalogue: Path) -> bool:
    """All pages of a copy into the catalogue, as one transaction; whether the catalogue could take them."""
    try:
        with (
            contextlib.closing(open_writing(catalogue)) as target,
            translated(catalogue),
            contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as copy,
        ):
            copy.backup(target)
            return target.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except DamagedCatalogue:
        return False


def _exchange(source: Path, catalogue: Path) -> None:
    arriving = catalogue.with_name(f"{catalogue.name}.arriving")
    with _refused(catalogue):
        _copy_bytes(source, arriving)
        # First the log of a file that is no database any more (it has been set aside): replayed over the copy, it
        # would damage that.
        for leftover in ("-wal", "-shm"):
            catalogue.with_name(catalogue.name + leftover).unlink(missing_ok=True)
        arriving.replace(catalogue)
        push_to_disk(catalogue.parent)


def _need_room(catalogue: Path, folder: Path, spare_bytes: int) -> None:
    with _refused(folder):
        log = _log_of(catalogue)
        needed_bytes = catalogue.stat().st_size + (log.stat().st_size if log.exists() else 0) + spare_bytes
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise EnvironmentProblem(
            f"There is no room for a backup of the catalogue: it needs {needed_bytes / 1e6:,.0f} MB,"
            f" and {free_bytes / 1e6:,.0f} MB are free on the disk with {folder}.",
            "Free some space and try again; the catalogue itself is as it was.",
        ) from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sweep(folder: Path) -> None:
    """Delete what a crash left half-copied. Nobody else copies: the library is locked."""
    for leftover in folder.glob(f"*{_UNFINISHED}*"):
        leftover.unlink(missing_ok=True)
    for log in folder.glob("*.sqlite-wal"):
        if not log.with_name(log.name.removesuffix("-wal")).exists():
            log.unlink(missing_ok=True)


def _log_of(database: Path) -> Path:
    """SQLite's write-ahead log of a database: what is committed and not yet in its file."""
    return database.with_name(f"{database.name}-wal")


def _copy_bytes(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _refused(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        remedy = "Check its permissions and the disk."
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            remedy = "Free some space and try again; the catalogue itself is as it was."
        raise EnvironmentProblem(f"The backup cannot be written to {path} ({error.strerror}).", remedy) from error
