"""Which folders the library watches, whether their drives are there, and how long what is gone from them is kept."""

import json
import os
import time
from collections.abc import Collection
from weakref import WeakKeyDictionary

from photofinder.core.errors import QueryProblem
from photofinder.core.types import Root
from photofinder.ingest import volumes
from photofinder.library.library import Library

KEPT_DAYS = 30
"""So long a photo that was deleted is remembered, unless the user says otherwise."""

_UNWATCHED = "unwatched_roots"
_KEPT_DAYS = "missing_kept_days"
_DAY_MS = 24 * 3600 * 1000
_AWAY_HOLDS_S = 3.0
_seen_away: "WeakKeyDictionary[Library, tuple[float, dict[int, Root]]]" = WeakKeyDictionary()


def watched(library: Library) -> list[Root]:
    """The roots that are ingested and searched, in the order they were added. Any thread."""
    left_out = _unwatched(library)
    return [root for root in library.reader.roots() if root.id not in left_out]


def stop_watching(library: Library, root_id: int) -> None:
    """Leave a root out from now on: its photos count as missing, and keep all that is known of them.

    Nothing on disk is touched, and watching it again brings everything back without embedding anew. For the thread
    that changes the library.
    """
    library.writer().mark_missing(library.reader.photo_ids_under(root_id))
    _store(library, _unwatched(library) | {root_id})


def watch_again(library: Library, root_id: int) -> None:
    """Take a root in again; its photos return with the next ingest. For the thread that changes the library."""
    left_out = _unwatched(library)
    if root_id in left_out:
        _store(library, left_out - {root_id})


# --- drives that come and go


def find_drives(library: Library) -> set[int]:
    """Look for drives that came back under another mount point; ids of the roots that were found there.

    Photos are then shown where they are now, with all they had. Any thread. Raises EnvironmentProblem if the catalogue
    cannot be changed.
    """
    found: set[int] = set()
    for root in library.reader.roots():
        now = volumes.place_now(root)
        if now is not None and now.mount != root.volume.mount:
            library.writer().add_root(now, root.relative)
            found.add(root.id)
    if found:
        _seen_away.pop(library, None)
    return found


def away(library: Library, *, anew: bool = False) -> dict[int, Root]:
    """Roots whose drive is not there, by id. Any thread; asked of the system every few seconds at most, or `anew`.

    Some systems take long to say.
    """
    now = time.monotonic()
    until, found = _seen_away.get(library, (0.0, dict[int, Root]()))
    if anew or now >= until:
        found = {root.id: root for root in library.absent_roots()}
        _seen_away[library] = (now + _AWAY_HOLDS_S, found)
    return found


def drive_name(root: Root) -> str:
    """What a person calls the drive of a root: its label, or where it used to be."""
    return root.volume.label or root.volume.mount


def drive_to_plug_in(library: Library, path: str) -> str | None:
    """The name of the drive that a photo is on if that is away; None for a photo within reach. Any thread."""
    for root in away(library).values():
        if path == root.path or path.startswith(root.path.rstrip(os.sep) + os.sep):
            return drive_name(root)
    return None


# --- what is gone


def kept_days(library: Library) -> int:
    """How many days photos that were deleted are remembered. Any thread."""
    return int(library.reader.setting(_KEPT_DAYS) or KEPT_DAYS)


def keep_for(library: Library, days: int) -> None:
    """Remember deleted photos for so many days. For the thread that changes the library. Raises QueryProblem."""
    if days < 0:
        raise QueryProblem(f"Photos cannot be kept for {days} days.", "Give a number of days, 0 or more.")
    library.writer().set(_KEPT_DAYS, str(days))


def forget_missing(library: Library, root_ids: Collection[int]) -> int:
    """Forget photos that have been missing from these roots for too long; how many.

    For roots that were just seen to be there, and for the thread that changes the library.
    """
    if not root_ids:
        return 0
    before_ms = time.time_ns() // 1_000_000 - kept_days(library) * _DAY_MS
    forgotten = library.writer().forget(library.reader.missing_since(before_ms, root_ids))
    library.let_go(forgotten)
    return forgotten.count


def _unwatched(library: Library) -> set[int]:
    return set(json.loads(library.reader.setting(_UNWATCHED) or "[]"))


def _store(library: Library, root_ids: set[int]) -> None:
    library.writer().set(_UNWATCHED, json.dumps(sorted(root_ids)))
