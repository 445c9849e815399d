"""Days along a line: which day is where, what a bar stands for, how one zooms. Pure numbers, no widgets."""

import enum
import math
from dataclasses import dataclass, replace

import numpy as np

from photofinder.ui.timeline_counts import FIRST_DAY, LAST_DAY, Numbers

LEAST_DAYS, MOST_DAYS = 14.0, float(LAST_DAY - FIRST_DAY)
DAY_FROM_PX = 2.0
"""A bar stands for a day where days are at least so wide, and for a month where months are wider than MONTH_FROM_PX."""
MONTH_FROM_PX = 2.5
_MONTH_DAYS = 30.44
_ROOM = 0.02
"""Left free at either side of the photos, as a share of the view."""


class Unit(enum.Enum):
    """What a bar stands for; the value is numpy's letter."""

    DAY = "D"
    MONTH = "M"
    YEAR = "Y"


@dataclass(frozen=True, slots=True)
class Scale:
    """`days` days from `left` (since 1970, with a fraction) over `width_px` points."""

    left: float
    days: float
    width_px: float

    @property
    def day_px(self) -> float:
        """How wide a day is."""
        return self.width_px / self.days

    @property
    def right(self) -> float:
        """The day at the right end."""
        return self.left + self.days

    @property
    def unit(self) -> Unit:
        """What a bar stands for at this zoom."""
        if self.day_px >= DAY_FROM_PX:
            return Unit.DAY
        return Unit.MONTH if self.day_px * _MONTH_DAYS >= MONTH_FROM_PX else Unit.YEAR

    def x_of(self, day: float) -> float:
        """Where a day begins."""
        return (day - self.left) * self.day_px

    def day_at(self, x: float) -> float:
        """The day at a place, with a fraction."""
        return self.left + x / self.day_px

    def zoomed(self, factor: float, x: float) -> "Scale":
        """`factor` times as large (smaller, below 1); what is at `x` stays there."""
        days = min(max(self.days / factor, LEAST_DAYS), MOST_DAYS)
        return replace(self, left=self.day_at(x) - x * days / self.width_px, days=days).bounded()

    def moved(self, px: float) -> "Scale":
        """Pushed to the right by so many points."""
        return replace(self, left=self.left - px / self.day_px).bounded()

    def widened(self, width_px: float) -> "Scale":
        """The same days over another width."""
        return replace(self, width_px=max(1.0, width_px))

    def bounded(self) -> "Scale":
        """Not beyond the days of photography."""
        return replace(self, left=min(max(self.left, FIRST_DAY), LAST_DAY - self.days))

    def showing(self, day: int) -> "Scale":
        """Moved no farther than it takes to have a day in view."""
        if self.left <= day <= self.right - 1:
            return self
        left = float(day) if day < self.left else day + 1 - self.days
        return replace(self, left=left).bounded()

    def bins(self) -> Numbers:
        """Edges of the bars in view: the first day of each, and of the one after the last; int64[m + 1]."""
        start, stop = math.floor(self.left), math.ceil(self.right)
        return edges(range(start, max(stop, start + 1)), self.unit)

    def bin_at(self, x: float) -> range:
        """The days of the bar at a place."""
        return bin_of(math.floor(self.day_at(x)), self.unit)

    def snapped(self, one: float, other: float) -> range:
        """The days of all bars between two places."""
        first, last = self.bin_at(min(one, other)), self.bin_at(max(one, other))
        return range(first.start, last.stop)


def fitted(days: range | None, width_px: float) -> Scale:
    """The scale that shows these days and a little room beside them; the last years where there are none."""
    shown = days or range(16_436, 20_089)  # 2015 to 2024
    span = min(max(len(shown) / (1 - 2 * _ROOM), LEAST_DAYS), MOST_DAYS)
    middle = (shown.start + shown.stop) / 2
    return Scale(middle - span / 2, span, max(1.0, width_px)).bounded()


def edges(days: range, unit: Unit) -> Numbers:
    """First days of the units that these days touch, and of the one after the last."""
    if unit is Unit.DAY:
        return np.arange(days.start, days.stop + 1)
    kind = f"datetime64[{unit.value}]"
    first, last = (np.datetime64(day, "D").astype(kind).astype(np.int64) for day in (days.start, days.stop - 1))
    return np.arange(first, last + 2).astype(kind).astype("datetime64[D]").astype(np.int64)


def bin_of(day: int, unit: Unit) -> range:
    """The day, month or year that a day is in, as days."""
    start, stop = edges(range(day, day + 1), unit).tolist()
    return range(start, stop)
