"""A listing with its sections and its geometry: all that is costly about showing it, made on any thread.

Immutable, so that the window's thread can go on with one while another thread makes the next.
"""

from dataclasses import dataclass

from photofinder.library.browse import Listing
from photofinder.ui.grid_geometry import Frame, GridGeometry
from photofinder.ui.grid_sections import Level, Sections, fitting_level, sections_of
from photofinder.ui.listing_changes import Insertion, inserted


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`sections` are the finest ones of the listing; those of `geometry` are of `level`.

    `level_count` is the number of photos that the level was chosen for.
    """

    listing: Listing
    sections: Sections
    level: Level
    level_count: int
    geometry: GridGeometry

    @property
    def frame(self) -> Frame:
        """What it was made for."""
        return self.geometry.frame


@dataclass(frozen=True, slots=True)
class Arrival:
    """Newcomers sorted into an arrangement."""

    base: Arrangement
    insertion: Insertion
    arrangement: Arrangement


def arranged(listing: Listing, frame: Frame, kept: Arrangement | None = None) -> Arrangement:
    """Lay a listing out; with `kept`, on whose headings the user looks, at the same level. Any thread."""
    sections = kept.sections if kept is not None and kept.listing is listing else sections_of(listing)
    if kept is None:
        level, count = fitting_level(sections, frame.cell_px, frame.typical_columns), len(listing)
    else:
        level, count = kept.level, kept.level_count
    return Arrangement(listing, sections, level, count, GridGeometry(frame, sections.coarser(level), listing.aspects))


def arrived(base: Arrangement, newcomers: Listing) -> Arrival | None:
    """Sort newcomers in. Any thread. None where that cannot be: see `inserted`."""
    insertion = inserted(base.listing, base.sections, newcomers)
    if insertion is None:
        return None
    listing, sections = insertion.listing, insertion.sections
    if len(listing) > 2 * base.level_count:  # so many that other headings may fit better
        return Arrival(base, insertion, arranged(listing, base.frame))
    geometry = base.geometry.with_newcomers(sections.coarser(base.level), listing.aspects, insertion.rows)
    return Arrival(base, insertion, Arrangement(listing, sections, base.level, base.level_count, geometry))
