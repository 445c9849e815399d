"""What the user says of photos: stars, flag, colour label. Kept in the catalogue, apart from the photos' own metadata.

Changes return the marks that photos had before; `put` them to undo. Any thread, also while an ingest runs. All raise
EnvironmentProblem, with nothing changed.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from photofinder.core.types import Label, Marks, Pick
from photofinder.library.library import Library

__all__ = ["Former", "flag", "label", "put", "rate"]

Former = dict[int, Marks]
"""Photo id → marks, of the photos that a change has changed."""


def rate(library: Library, ids: Iterable[int], stars: int) -> Former:
    """Give photos 0 to 5 stars."""
    if not 0 <= stars <= 5:
        raise ValueError(f"{stars} stars")
    return library.writer().change_marks(ids, lambda marks: dataclasses.replace(marks, rating=stars))


def flag(library: Library, ids: Iterable[int], pick: Pick) -> Former:
    """Pick photos, reject them, or take the flag away."""
    return library.writer().change_marks(ids, lambda marks: dataclasses.replace(marks, pick=pick))


def label(library: Library, ids: Iterable[int], colour: Label) -> Former:
    """Give photos a colour label; where all of them have this one already, take it away."""
    wanted = list(ids)
    changed = library.writer().change_marks(wanted, lambda marks: dataclasses.replace(marks, label=colour))
    if changed:
        return changed
    return library.writer().change_marks(wanted, lambda marks: dataclasses.replace(marks, label=None))


def put(library: Library, marks: Mapping[int, Marks]) -> Former:
    """Give each photo its own marks: undoes what returned them. Photos that are not known are left out."""
    return library.writer().put_marks(marks)
