"""Proposed places that the user accepts: kept in the catalogue beside what files say, never written to a photo.

What a file says itself comes first, also if it says so only later. Changes return what photos had before; `put` that to
undo. Any thread, also while an ingest runs. All raise EnvironmentProblem, with nothing changed.
"""

from collections.abc import Iterable, Mapping, Sequence

from photofinder.catalogue import accepted
from photofinder.core.cancel import CancelToken
from photofinder.core.types import Proposal
from photofinder.library.library import Library
from photofinder.library.placing import place_photos
from photofinder.library.proposing import Proposals, proposals_of

Former = dict[int, Proposal | None]
"""Photo id → what had been accepted for it, of the photos that a change has changed."""


def accept(
    library: Library, found: Proposals, rows: Sequence[int] | None = None, cancel: CancelToken | None = None
) -> Former:
    """Keep some proposals, or all, and look up towns and countries."""
    rows = range(len(found)) if rows is None else rows
    return put(library, proposals_of(library, found, rows), cancel)


def withdraw(library: Library, ids: Iterable[int] | None = None) -> Former:
    """Take accepted places back, of these photos or of all."""
    wanted = accepted.ids(library.reader) if ids is None else ids
    return put(library, dict.fromkeys(wanted))


def put(library: Library, wanted: Mapping[int, Proposal | None], cancel: CancelToken | None = None) -> Former:
    """Keep these, or none where it says None: undoes what returned them. Photos that are not known are left out."""
    former = library.writer().put_accepted(wanted)
    place_photos(library, cancel)
    return former


def accepted_ids(library: Library) -> list[int]:
    """The photos with an accepted place. Any thread."""
    return accepted.ids(library.reader)
