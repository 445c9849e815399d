"""Opening the catalogue, and telling SQLite's problems in plain words."""

import contextlib
import shutil
import sqlite3
from collections.abc import Generator
from pathlib import Path

from photofinder.core.errors import DamagedCatalogue, EnvironmentProblem

BUSY_TIMEOUT_MS = 5_000

_REMEDIES = {
    sqlite3.SQLITE_FULL: (
        "The disk that holds the library is full.",
        "Free some space and start again; nothing is lost.",
    ),
    sqlite3.SQLITE_READONLY: (
        "The library cannot be written.",
        "Check the permissions of its folder, or copy it elsewhere.",
    ),
    sqlite3.SQLITE_PERM: ("The library may not be opened.", "Check the permissions of its folder."),
    sqlite3.SQLITE_CANTOPEN: (
        "The catalogue cannot be opened.",
        "Check that its folder exists and may be read and written.",
    ),
    sqlite3.SQLITE_BUSY: ("Another program is using the catalogue.", "Close it and try again."),
    sqlite3.SQLITE_LOCKED: ("Another program is using the catalogue.", "Close it and try again."),
    sqlite3.SQLITE_CORRUPT: ("The catalogue is damaged.", "Run: photofinder doctor"),
    sqlite3.SQLITE_NOTADB: (
        "The catalogue file is damaged, or not a catalogue.",
        "See which backups can be put back: photofinder restore",
    ),
    sqlite3.SQLITE_IOERR: (
        "Reading or writing the catalogue failed.",
        "Check the disk that holds the library.",
    ),
}


@contextlib.contextmanager
def translated(path: Path) -> Generator[None]:
    """Turn what SQLite says about the computer into an `EnvironmentProblem`; everything else is a bug and passes."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR and _is_full(path):
            code = sqlite3.SQLITE_FULL  # SQLite says so only of the file itself, not of its log
        known = _REMEDIES.get(code & 0xFF) if code is not None else None
        if known is None:
            raise
        what, remedy = known
        damaged = (code or 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        raise (DamagedCatalogue if damaged else EnvironmentProblem)(f"{what} ({path}: {error})", remedy) from error


def open_writing(path: Path) -> sqlite3.Connection:
    """The write connection, made if need be. One per library; used by one thread at a time."""
    with translated(path):
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            # FULL: a commit survives a power cut. With 64 photos in a transaction its cost does not show.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def open_reading(path: Path) -> sqlite3.Connection:
    """A read-only connection. Use it on the thread that made it.

    Also where nothing may be written, as on a read-only disk. SQLite wants to make two small files beside the catalogue
    even for reading; where it may not, and nobody has a log open there, nobody can be writing either, and the file is
    read as one that does not change.

    Not mapped into memory: every thread's connection would map the file for itself, half a gigabyte in all for a
    million photos, and reads no faster for it.
    """
    with translated(path):
        try:
            return _reading(path, "mode=ro")
        except sqlite3.OperationalError as error:
            refused = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
            if not refused or not path.exists() or _has_log(path):
                raise
            return _reading(path, "mode=ro&immutable=1")


def _reading(path: Path, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA user_version").fetchone()  # the first look at the file itself
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _is_full(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < 1 << 20
    return False


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing. `BEGIN IMMEDIATE`, so that a lock is refused at the start and not in the middle."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        # A full disk or an I/O error has already rolled back; a second rollback would hide the first error.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
