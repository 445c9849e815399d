"""Where one heading ends and the next begins: runs of photos with one day, month, year, folder or rating.

Pure numbers, no Qt; a million photos of twenty years are some thousand runs, and everything here is about those.
"""

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photofinder.library.browse import DAY_MS, UNDATED_MS, Listing, Order

Numbers = NDArray[np.int64]

UNDATED = UNDATED_MS // DAY_MS
"""The key of the section of photos without a date, at every level."""

# Days from 1800 to 2199 and their months and years since 1970. A table: numpy's calendar takes a microsecond a day.
_FIRST_DAY = int(np.datetime64("1800-01-01", "D").astype(np.int64))
_DAYS = np.arange("1800-01-01", "2200-01-01", dtype="datetime64[D]")
_MONTHS = _DAYS.astype("datetime64[M]").astype(np.int64)
_YEARS = _DAYS.astype("datetime64[Y]").astype(np.int64)


class Level(enum.IntEnum):
    """How much one heading stands for. `PLAIN` is one run without a heading, `VALUE` one run for each sort key."""

    PLAIN = 0
    VALUE = 1
    DAY = 2
    MONTH = 3
    YEAR = 4


@dataclass(frozen=True, slots=True)
class Sections:
    """Runs in the order of the listing. `starts` int64[s + 1] are rows, the last one is the number of photos.

    `keys` int64[s] are days, months or years since 1970 by `level`, or the sort keys themselves.
    """

    level: Level
    starts: Numbers
    keys: Numbers

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def counts(self) -> Numbers:
        """Photos in each run."""
        return np.diff(self.starts)

    def count(self, section: int) -> int:
        """Photos in one run."""
        return int(self.starts[section + 1] - self.starts[section])

    def of_row(self, row: int) -> int:
        """The run that a row is in."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def coarser(self, level: Level) -> "Sections":
        """Days joined to months or years."""
        if level is self.level:
            return self
        place = self.keys - _FIRST_DAY
        # An unreadable clock can claim any year; what no camera has seen is undated.
        sound = (place >= 0) & (place < len(_MONTHS))
        keys = np.where(sound, (_MONTHS if level is Level.MONTH else _YEARS)[np.where(sound, place, 0)], UNDATED)
        first = _first_of_runs(keys)
        return Sections(level, np.append(self.starts[:-1][first], self.starts[-1]), keys[first])

    def with_newcomers(self, keys: Numbers, *, ascending: bool) -> "Sections":
        """The same with photos of these keys (in the order of the listing) sorted in."""
        new_keys, new_counts = np.unique(keys, return_counts=True)
        old_keys, old_counts = (self.keys, self.counts) if ascending else (self.keys[::-1], self.counts[::-1])
        places = np.searchsorted(old_keys, new_keys)
        known = places < len(old_keys)
        known[known] = old_keys[places[known]] == new_keys[known]
        grown = old_counts.copy()
        grown[places[known]] += new_counts[known]
        all_keys = np.insert(old_keys, places[~known], new_keys[~known])
        counts = np.insert(grown, places[~known], new_counts[~known])
        if not ascending:
            all_keys, counts = all_keys[::-1], counts[::-1]
        return Sections(self.level, np.concatenate(([0], np.cumsum(counts))), all_keys)


def sections_of(listing: Listing) -> Sections:
    """The finest runs of a listing: days for the orders by date, folders, ratings, tiers, or a single plain one."""
    count = len(listing)
    tiered = listing.order is Order.RELEVANCE and bool(np.any(listing.keys))
    if not (tiered or listing.order.by_date or listing.order in {Order.FOLDER, Order.RATING}):
        keys = np.zeros(min(count, 1), np.int64)
        return Sections(Level.PLAIN, np.array([0, count] if count else [0], np.int64), keys)
    level = Level.DAY if listing.order.by_date else Level.VALUE
    keys = keys_of(listing)
    first = _first_of_runs(keys)
    return Sections(level, np.append(first, count), keys[first])


def keys_of(listing: Listing) -> Numbers:
    """The finest section's key of each photo."""
    return listing.keys // DAY_MS if listing.order.by_date else listing.keys


def fitting_level(finest: Sections, cell_px: int, columns: float) -> Level:
    """Days under large thumbnails, years over small ones; and never so fine that most lines stay half empty."""
    if finest.level is not Level.DAY:
        return finest.level
    allowed = Level.DAY if cell_px >= 160 else Level.MONTH if cell_px >= 88 else Level.YEAR
    for level in (Level.DAY, Level.MONTH):
        if level >= allowed:
            runs = finest.coarser(level)
            if len(runs) <= 1 or runs.starts[-1] / len(runs) >= 0.75 * columns:
                return level
    return Level.YEAR


def _first_of_runs(keys: Numbers) -> Numbers:
    if not len(keys):
        return np.empty(0, np.int64)
    return np.concatenate(([0], np.flatnonzero(keys[1:] != keys[:-1]) + 1))
