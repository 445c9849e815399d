"""How far a camera's clock was from UTC, where it does not say: a guess, from what fits a track."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from photofinder.catalogue.positions import stated_offsets
from photofinder.core.errors import QueryProblem
from photofinder.core.tracks import Floats, Trail
from photofinder.library.library import Library

IN_USE: Final = (
    *range(-12 * 60, 14 * 60 + 1, 60),
    *(-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765),  # half hours and quarters, Marquesas to Chatham
)
"""Distances from UTC that some place of the earth has, in minutes."""

MOST_H: Final = 48
"""A clock may also be wrong; by more than this it tells nothing."""

_OFFSET: Final = re.compile(r"(?:UTC)?\s*([+\-\u2212])(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?", re.IGNORECASE)
_NEARLY_BEST: Final = 0.95
_MOST: Final = 20_000
_DAY_S: Final = 86_400


def minutes(text: str) -> float:
    """What people write for a clock's distance from UTC, "+05:45" or with seconds, in minutes. Raises QueryProblem."""
    found = _OFFSET.fullmatch(text.strip())
    if found is not None:
        sign, hours, rest, seconds = found.groups()
        size = int(hours) * 60 + int(rest or 0) + int(seconds or 0) / 60
        if int(rest or 0) < 60 and int(seconds or 0) < 60 and size <= MOST_H * 60:
            return size if sign == "+" else -size
    raise QueryProblem(f'"{text}" is no distance from UTC.', "Write hours and minutes, for example +05:45 or -03:00.")


def written(offset_min: float) -> str:
    """A distance from UTC as people write it: "+05:45"; with seconds where it has any."""
    total_s = round(abs(offset_min) * 60)
    hours, rest = divmod(total_s, 3600)
    ending = f":{rest % 60:02}" if rest % 60 else ""
    return f"{'-' if offset_min < 0 else '+'}{hours:02}:{rest // 60:02}{ending}"


def suggested(library: Library, trails: Sequence[Trail], wall_s: Floats, limit_s: float) -> int | None:
    """The distance from UTC with which most photos (`wall_s`: float64[n], clock on the wall) fall into the track.

    Of those that are nearly equal, the one that other photos of these days state most, else the one nearest to the
    sun's. None where no photo fits at all. Any thread. Raises EnvironmentProblem.
    """
    if not trails:
        return None
    first_s, last_s = min(trail.at_s[0] for trail in trails), max(trail.at_s[-1] for trail in trails)
    near = wall_s[(wall_s > first_s - _DAY_S) & (wall_s < last_s + _DAY_S)]
    if len(near) > _MOST:
        near = near[:: len(near) // _MOST]
    fitting = {zone: _fitting(trails, near - zone * 60, limit_s) for zone in IN_USE}
    most = max(fitting.values())
    if not most:
        return None
    good = [zone for zone in IN_USE if fitting[zone] >= _NEARLY_BEST * most]
    said = stated_offsets(library.reader, *(round(s * 1000) for s in (first_s - _DAY_S, last_s + _DAY_S)))
    sun_min = float(np.median(np.concatenate([trail.longitude for trail in trails]))) * 4  # 15 degrees an hour
    return max(good, key=lambda zone: (said.get(zone, 0), -abs(zone - sun_min)))


def _fitting(trails: Sequence[Trail], at_s: Floats, limit_s: float) -> int:
    """How many moments have a point of some trail within half the limit."""
    covered = np.zeros(len(at_s), np.bool_)
    for trail in trails:
        after = np.clip(np.searchsorted(trail.at_s, at_s), 1, max(1, len(trail) - 1))
        last = np.minimum(after, len(trail) - 1)
        nearest_s = np.minimum(np.abs(trail.at_s[after - 1] - at_s), np.abs(trail.at_s[last] - at_s))
        covered |= nearest_s <= limit_s / 2
    return int(covered.sum())
