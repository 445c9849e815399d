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

_DAYS_OF_TWO_CENTURIES = 80_000


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

    def of_row(self, row: int) -> int:
        """The run that a row is in."""
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def coarser(self, level: Level) -> "Sections":
        """Days joined to months or years."""
        if level is self.level:
            return self
        unit = {Level.MONTH: "datetime64[M]", Level.YEAR: "datetime64[Y]"}[level]
        # An unreadable clock can claim any year; what numpy's calendar cannot hold is undated.
        sound = np.abs(self.keys) < 50 * _DAYS_OF_TWO_CENTURIES
        days = np.where(sound, self.keys, 0).astype("datetime64[D]")
        keys = np.where(sound, days.astype(unit).astype(np.int64), UNDATED)
        first = _first_of_runs(keys)
        return Sections(level, np.append(self.starts[:-1][first], self.starts[-1]), keys[first])

    def with_newcomers(self, keys: Numbers, *, ascending: bool) -> "Sections":
        """The same with photos of these keys (in the order of the listing) sorted in."""
        new_keys, new_counts = np.unique(keys, return_counts=True)
        all_keys = np.union1d(self.keys, new_keys)
        counts = np.zeros(len(all_keys), np.int64)
        counts[np.searchsorted(all_keys, self.keys)] = self.counts
        counts[np.searchsorted(all_keys, new_keys)] += new_counts
        if not ascending:
            all_keys, counts = all_keys[::-1], counts[::-1]
        return Sections(self.level, np.concatenate(([0], np.cumsum(counts))), all_keys)


def sections_of(listing: Listing) -> Sections:
    """The finest runs of a listing: days for the orders by date, folders, ratings, or a single plain one."""
    count = len(listing)
    if not listing.order.by_date and listing.order not in {Order.FOLDER, Order.RATING}:
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
