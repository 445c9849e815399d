"""Dated copies of the catalogue: made before every update of its form, once a week, and when asked for."""

from photofinder.catalogue import backup
from photofinder.catalogue.backup import Backup, Kind
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import DamagedCatalogue, EnvironmentProblem, PhotoFinderError, QueryProblem
from photofinder.library.library import Library
from photofinder.library.locations import Locations
from photofinder.library.lock import lock_of, take

__all__ = ["Backup", "Kind", "back_up", "back_up_if_due", "listed", "offer", "restore", "with_offer"]


def listed(where: Locations) -> list[Backup]:
    """All copies, the latest first. Any thread. Raises EnvironmentProblem."""
    return backup.backups(where.catalogue)


def back_up(library: Library, cancel: CancelToken | None = None) -> Backup:
    """Make a copy now. Blocks the calling thread, which need not be the one that writes.

    Raises EnvironmentProblem (no room, another program is changing the library) and Cancelled.
    """
    library.writer()
    return backup.make(library.where.catalogue, Kind.ASKED, cancel)


def back_up_if_due(library: Library, cancel: CancelToken | None = None) -> None:
    """Make the weekly copy if the last one is a week old. Under the library's lock; blocks. Raises as `back_up`."""
    if backup.is_due(library.where.catalogue):
        backup.make(library.where.catalogue, Kind.SCHEDULED, cancel)


def restore(where: Locations, number: int) -> Backup | None:
    """Put a copy in the catalogue's place; returns the copy that keeps what was there, None if nothing was.

    Vector indexes and thumbnails follow by themselves. Raises QueryProblem for a number that is not there and
    EnvironmentProblem; nothing has changed then.
    """
    if not listed(where):
        raise QueryProblem(f"There are no backups of a library at {where.data}.", "Name another with --library.")
    lock = lock_of(where.data)
    take(lock, where.data)
    try:
        return backup.restore(where.catalogue, number)
    finally:
        lock.release()


def offer(where: Locations) -> str:
    """The remedy for a damaged catalogue: the latest copy of it and the command, or that there is none."""
    try:
        sound = [copy for copy in listed(where) if copy.kind is not Kind.REPLACED]
    except EnvironmentProblem as problem:
        return str(problem)
    if not sound:
        return "There is no backup; move the file away and run photofinder index to begin anew."
    latest = sound[0]
    return f"Put back the backup of {latest.made_at:%Y-%m-%d %H:%M} UTC: photofinder restore {latest.number}"


def with_offer(problem: PhotoFinderError, where: Locations) -> PhotoFinderError:
    """The same problem; that of a damaged catalogue says which backup to put back. Any thread; looks at a folder."""
    return DamagedCatalogue(problem.what, offer(where)) if isinstance(problem, DamagedCatalogue) else problem
