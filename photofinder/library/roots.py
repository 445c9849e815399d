"""Which folders the library watches."""

import json

from photofinder.core.types import Root
from photofinder.library.library import Library

_SETTING = "unwatched_roots"


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


def _unwatched(library: Library) -> set[int]:
    return set(json.loads(library.reader.setting(_SETTING) or "[]"))


def _store(library: Library, root_ids: set[int]) -> None:
    library.writer().set(_SETTING, json.dumps(sorted(root_ids)))
