"""Where the keys are on the timeline: from bar to bar, to the next with photos, over a range. Pure, no widgets."""

from dataclasses import dataclass

from photofinder.library.browse import UNDATED
from photofinder.ui.timeline_counts import Counts
from photofinder.ui.timeline_scale import Unit, bin_of


@dataclass(frozen=True, slots=True)
class Cursor:
    """The days that the keys are on, UNDATED for the photos without any; `begun` is the bar a range was begun with."""

    span: range
    begun: range

    @property
    def reaches_back(self) -> bool:
        """Whether the end that moves is the first one."""
        return self.span.start < self.begun.start


def at(span: range) -> Cursor:
    """A cursor on some days."""
    return Cursor(span, span)


def stepped(
    cursor: Cursor | None, by: int, counts: Counts, unit: Unit, *, extend: bool = False, to_photos: bool = False
) -> Cursor | None:
    """The cursor one bar later (`by` 1) or earlier (-1); 0 gives it a bar of this unit. None where nothing is.

    Never beyond the photos; after the last come the undated ones. `extend` keeps what was begun with, `to_photos` skips
    empty bars.
    """
    extent = counts.extent
    undated = at(UNDATED) if counts.undated else None
    if extent is None:
        return undated
    last = bin_of(extent.stop - 1, unit)
    if cursor is None or cursor.span == UNDATED:
        return undated if cursor is not None and by >= 0 and undated else at(last)
    if not by:
        return at(bin_of(cursor.span.start, unit))
    back = cursor.reaches_back if extend and cursor.span != cursor.begun else by < 0
    now = bin_of(cursor.span.start if back else cursor.span.stop - 1, unit)
    if by > 0:
        day = counts.next_day(now.stop) if to_photos else now.stop
    else:
        day = counts.last_day(now.start) if to_photos else now.start - 1
    if day is None:
        day = extent.stop if by > 0 else extent.start
    if day >= extent.stop and undated is not None and not extend:
        return undated
    new = bin_of(min(max(day, extent.start), extent.stop - 1), unit)
    if not extend:
        return at(new)
    begun = cursor.begun
    return Cursor(range(min(begun.start, new.start), max(begun.stop, new.stop)), begun)
