"""How many photos were taken on each day. Pure numbers, any thread; 1,000,000 photos take some milliseconds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.library.browse import DAY_MS, UNDATED_MS

Numbers = NDArray[np.int64]

FIRST_DAY = int(np.datetime64("1800-01-01", "D").astype(np.int64))
LAST_DAY = int(np.datetime64("2200-01-01", "D").astype(np.int64))
"""An unreadable clock can claim any year: before and after these days no camera was there."""

_FEW, _FEW_OF = 0.005, 20
"""The share of photos that may stay out of the first view, one at least (of so many), if the others get half as much
room again by that."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Photos by day. `before` int64[d + 1]: how many were taken before each day from `first` on (days since 1970).

    `undated` do not say when.
    """

    first: int
    before: Numbers
    undated: int

    @property
    def dated(self) -> int:
        """How many say when they were taken."""
        return int(self.before[-1])

    @property
    def extent(self) -> range | None:
        """From the first photo's day to the last one's; None where no photo is dated."""
        return range(self.first, self.first + len(self.before) - 1) if self.dated else None

    def between(self, edges: Numbers) -> Numbers:
        """Photos from each edge (a day) to the next: int64[m] for m + 1 edges."""
        return np.diff(self.before[np.clip(edges - self.first, 0, len(self.before) - 1)])

    def within(self, days: range) -> int:
        """Photos of these days."""
        return int(self.between(np.array([days.start, days.stop]))[0])

    def bulk(self) -> range | None:
        """The extent without the few photos whose clock was plainly wrong, if they would take most of the room."""
        extent = self.extent
        if extent is None:
            return None
        few = max(self.dated >= _FEW_OF, int(self.dated * _FEW))
        start = int(np.searchsorted(self.before, few, side="right")) - 1
        stop = int(np.searchsorted(self.before, self.dated - few, side="left"))
        narrow = range(self.first + start, self.first + max(stop, start + 1))
        return narrow if 3 * len(narrow) <= 2 * len(extent) else extent

    def next_day(self, day: int) -> int | None:
        """The first day from this one on with a photo."""
        place = max(0, day - self.first)
        if place >= len(self.before) - 1 or self.before[place] == self.dated:
            return None
        return self.first + int(np.searchsorted(self.before, self.before[place], side="right")) - 1

    def last_day(self, day: int) -> int | None:
        """The last day before this one with a photo."""
        place = min(len(self.before) - 1, day - self.first)
        if place <= 0 or not self.before[place]:
            return None
        return self.first + int(np.searchsorted(self.before, self.before[place], side="left")) - 1


NOTHING = Counts(0, np.zeros(1, np.int64), 0)


def counted(taken_ms: Numbers) -> Counts:
    """Count capture times (milliseconds since 1970 on the wall clock, UNDATED_MS without)."""
    dated = taken_ms != UNDATED_MS
    undated = len(taken_ms) - int(np.count_nonzero(dated))
    days = (taken_ms if not undated else taken_ms[dated]) // DAY_MS
    if not len(days):
        return Counts(0, np.zeros(1, np.int64), undated)
    first, last = max(int(days.min()), FIRST_DAY), min(int(days.max()), LAST_DAY)
    if first > days.min() or last < days.max():
        days = days[(days >= first) & (days <= last)]
    per_day = np.bincount(days - first) if len(days) else np.zeros(0, np.int64)
    return Counts(first, np.concatenate(([0], np.cumsum(per_day))).astype(np.int64), undated)
