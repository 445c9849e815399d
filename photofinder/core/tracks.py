"""Where somebody was at a moment, from moments for which the place is known. Pure numbers; any thread."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.mercator import chord_km, sphere

Floats = NDArray[np.float64]

WALKING_M_S: Final = 1.4
"""Nobody stands quite still between two points of a track."""
ROAMING_M_S: Final = 4.0
"""Beyond the ends of a track, where nobody knows whether one walked on, or drove."""
FASTEST_M_S: Final = 350.0
"""Airliners are slower: a leg that is faster was not travelled."""
_JUMP_M: Final = 1_000.0
"""Within this a leg may look fast merely because receivers are not exact."""


@dataclass(frozen=True, slots=True)
class Trail:
    """Places at moments, float64[n] each: seconds since 1970 (ascending, no two equal), degrees, metres (or NaN)."""

    at_s: Floats
    latitude: Floats
    longitude: Floats
    altitude_m: Floats

    def __len__(self) -> int:
        return len(self.at_s)


@dataclass(frozen=True, slots=True)
class Located:
    """For m moments: where that was, all [m], meaningless where not `known`.

    `nearest` is the row of the trail next in time, `apart_s` how far off that is, `reach_m` how far away one may have
    been from the place given.
    """

    known: NDArray[np.bool_]
    latitude: Floats
    longitude: Floats
    altitude_m: Floats
    nearest: NDArray[np.int64]
    apart_s: Floats
    reach_m: Floats


def trails(pieces: Iterable[Trail]) -> list[Trail]:
    """Pieces that follow each other joined to few trails; those that overlap in time stay apart.

    The moments of a piece may be in any order; of equal ones the first counts.
    """
    chains: list[list[Trail]] = []
    ends: list[tuple[float, int]] = []  # a heap: when each chain ends, and which it is
    for piece in sorted((_ascending(piece) for piece in pieces if len(piece)), key=lambda piece: piece.at_s[0]):
        if ends and ends[0][0] < piece.at_s[0]:
            number = heapq.heappop(ends)[1]
            chains[number].append(piece)
        else:
            number = len(chains)
            chains.append([piece])
        heapq.heappush(ends, (float(piece.at_s[-1]), number))
    return [Trail(*(np.concatenate(column) for column in zip(*map(_columns, chain), strict=True))) for chain in chains]


def along(trail: Trail, at_s: Floats, limit_s: float) -> Located:
    """Where one was at these moments (float64[m]).

    Between two points of the trail not more than `limit_s` apart, on the great circle, at an even speed; else at the
    nearest point within `limit_s`. `reach_m` is the time to the nearer point at that speed,
    and not less than a walk; beyond an end, or in a longer gap, at an unknown one. A leg faster than any airliner was
    not travelled: nothing is known there.
    """
    if not len(trail):
        nothing = np.full(len(at_s), np.nan)
        rows = np.zeros(len(at_s), np.int64)
        return Located(np.zeros(len(at_s), np.bool_), nothing, nothing, nothing, rows, nothing, nothing)
    after = np.searchsorted(trail.at_s, at_s)
    first, last = np.clip(after - 1, 0, None), np.clip(after, None, len(trail) - 1)
    before_s = np.where(after > 0, at_s - trail.at_s[first], np.inf)
    after_s = np.where(after < len(trail), trail.at_s[last] - at_s, np.inf)
    gap_s = before_s + after_s
    nearest = np.where(before_s < after_s, first, last)
    apart_s = np.minimum(before_s, after_s)

    here, there = (sphere(trail.latitude[rows], trail.longitude[rows]) for rows in (first, last))
    leg_m = chord_km(np.linalg.norm(here - there, axis=1)) * 1000
    inner = np.isfinite(gap_s) & (gap_s > 0)
    speed_m_s = np.divide(leg_m, gap_s, out=np.zeros(len(at_s)), where=inner)
    torn = inner & (speed_m_s > FASTEST_M_S) & (leg_m > _JUMP_M) & (apart_s > 0)
    between = inner & (gap_s <= limit_s)
    share = np.divide(before_s, gap_s, out=np.zeros(len(at_s)), where=between)
    point = here + share[:, None] * (there - here)
    latitude = np.degrees(np.arctan2(point[:, 2], np.hypot(point[:, 0], point[:, 1])))
    longitude = np.degrees(np.arctan2(point[:, 1], point[:, 0]))
    altitude_m = trail.altitude_m[first] + share * (trail.altitude_m[last] - trail.altitude_m[first])
    at_nearest = trail.altitude_m[nearest]
    return Located(
        known=(between | (apart_s <= limit_s)) & ~torn,
        latitude=np.where(between, latitude, trail.latitude[nearest]),
        longitude=np.where(between, longitude, trail.longitude[nearest]),
        altitude_m=np.where(between & np.isfinite(altitude_m), altitude_m, at_nearest),
        nearest=nearest,
        apart_s=apart_s,
        reach_m=apart_s * np.where(between, np.maximum(speed_m_s, WALKING_M_S), ROAMING_M_S),
    )


def _columns(trail: Trail) -> tuple[Floats, Floats, Floats, Floats]:
    return trail.at_s, trail.latitude, trail.longitude, trail.altitude_m


def _ascending(piece: Trail) -> Trail:
    _, rows = np.unique(piece.at_s, return_index=True)  # the first of equals
    return Trail(*(column[rows] for column in _columns(piece)))
