"""Places proposed for photos that state none: from a GPX track, and from other photos taken within minutes.

A proposal's confidence is c / (1 + r / 1 km). r is how far the photographer may have been from the place given: the
time to the nearest moment for which the place is known, at the speed travelled between the two around it (a walk at
least; 4 m/s where there is only one). So a place that may be a kilometre off has half the trust. c is for the clock:

- 1.00 another photo of the same camera, whose clock is the same;
- 0.95 the photo itself says how far its clock is from UTC;
- 0.90 the user said it;
- 0.70 nobody knows: two cameras' clocks on the wall are compared.

Nothing is kept until it is accepted (`library.accepting`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import accepted
from photofinder.catalogue.positions import UNKNOWN, MomentColumns, moments, without_position
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import MediaProblem, QueryProblem
from photofinder.core.place import Place
from photofinder.core.tracks import Floats, Located, Trail, along
from photofinder.core.types import Gps, How, Proposal
from photofinder.library.library import Library
from photofinder.library.placing import gazetteer
from photofinder.library.zones import suggested

WITHIN_MIN: Final = 10
"""Points of a track, and photos, not further apart than this, unless the user says otherwise."""

SAME_CAMERA: Final = 1.0
STATED_ZONE: Final = 0.95
GIVEN_ZONE: Final = 0.9
WALL_CLOCKS: Final = 0.7

_DAY_MS: Final = 86_400_000
_TRACK_ID: Final = -1


@dataclass(frozen=True, slots=True)
class Track:
    """What a GPX file says: its name, and where somebody was."""

    name: str
    trails: tuple[Trail, ...]


@dataclass(frozen=True, slots=True)
class Proposals:
    """One for each photo for which there is any, the surest; in the order of the wall clock. All arrays [n].

    `neighbour_ids` are the photos that they come from, -1 for the track. `altitude_m` is NaN where unknown.
    """

    ids: NDArray[np.int64]
    wall_ms: NDArray[np.int64]
    latitude: Floats
    longitude: Floats
    altitude_m: Floats
    neighbour_ids: NDArray[np.int64]
    apart_s: Floats
    confidence: Floats
    track_name: str = ""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking.

    Besides the proposals: how many photos have no place; of these, how many say no time of day, and how many do not say
    how far their clock is from UTC (0 if the user said it); and the distance from UTC in minutes that fits these and
    the track best.
    """

    proposals: Proposals
    without_place: int
    without_time: int
    without_zone: int
    suggested_min: int | None


def read_track(path: Path) -> Track:
    """Read a GPX file. Any thread. Raises QueryProblem, with its name and the reason, where it is of no use."""
    from photofinder.media import gpx

    try:
        return Track(path.name, tuple(gpx.read(path)))
    except MediaProblem as problem:
        raise QueryProblem(
            f"{path} cannot be used as a track. {problem.what}",
            "Export the track again as GPX, with times, and name that file.",
        ) from problem


def propose(
    library: Library,
    track: Track | None = None,
    *,
    only: Sequence[int] | None = None,
    offset_min: float | None = None,
    within_min: float = WITHIN_MIN,
    cancel: CancelToken | None = None,
) -> Found:
    """Propose places for the photos that have none, or for those `only`.

    `offset_min` is how far the clocks of cameras that do not say so were from UTC. Any thread; seconds for a million
    photos. Raises EnvironmentProblem, Cancelled.
    """
    cancel = cancel or CancelToken()
    photos = moments(library.reader, positioned=False, only=only)
    without = without_position(library.reader, only)
    cancel.check()
    utc_s = _utc_s(photos, offset_min)
    stated = photos.offset_min != UNKNOWN
    limit_s = within_min * 60
    best = _Best.of(len(photos.ids))
    if track is not None:
        clock = np.where(stated, STATED_ZONE, GIVEN_ZONE)
        for trail in track.trails:
            cancel.check()
            best.consider(_within(trail, utc_s, limit_s), trail, limit_s, utc_s, clock, None)
    if len(photos.ids):
        # A clock's zone shifts by at most a day what stands on the wall.
        margin_ms = int(limit_s * 1000) + _DAY_MS + int(abs(offset_min or 0) * 60_000)
        around = (int(photos.wall_ms[0]) - margin_ms, int(photos.wall_ms[-1]) + margin_ms)
        others = moments(library.reader, positioned=True, wall_ms=around)
        _from_neighbours(best, photos, others, offset_min, limit_s, cancel)
    suggestion = None
    unsaid = ~stated if offset_min is None else np.zeros(len(stated), np.bool_)
    if track is not None and unsaid.any():
        suggestion = suggested(library, track.trails, photos.wall_ms[unsaid] / 1000, limit_s)
    return Found(
        best.proposals(photos, "" if track is None else track.name),
        without_place=without,
        without_time=without - len(photos.ids),
        without_zone=int(unsaid.sum()),
        suggested_min=suggestion,
    )


def proposals_of(library: Library, found: Proposals, rows: Sequence[int]) -> dict[int, Proposal]:
    """Some of them by photo id, as they are kept when they are accepted. Any thread. Raises EnvironmentProblem."""
    neighbours = {int(photo_id) for photo_id in found.neighbour_ids[list(rows)]} - {_TRACK_ID}
    names = accepted.names(library.reader, sorted(neighbours))
    made: dict[int, Proposal] = {}
    for row in rows:
        neighbour = int(found.neighbour_ids[row])
        altitude_m = float(found.altitude_m[row])
        made[int(found.ids[row])] = Proposal(
            Gps(float(found.latitude[row]), float(found.longitude[row]), None if np.isnan(altitude_m) else altitude_m),
            How.TRACK if neighbour == _TRACK_ID else How.NEIGHBOUR,
            found.track_name if neighbour == _TRACK_ID else names.get(neighbour, ""),
            float(found.apart_s[row]),
            float(found.confidence[row]),
        )
    return made


def places_of(found: Proposals, rows: Sequence[int]) -> list[Place]:
    """The town, region and country of some of them. Any thread; slow the first time."""
    some = list(rows)
    return list(gazetteer().locate(found.latitude[some], found.longitude[some]))


@dataclass(slots=True)
class _Best:
    """The surest proposal so far, for each photo; confidence 0 where there is none."""

    latitude: Floats
    longitude: Floats
    altitude_m: Floats
    apart_s: Floats
    confidence: Floats
    neighbour_ids: NDArray[np.int64]

    @staticmethod
    def of(count: int) -> "_Best":
        latitude, longitude, altitude_m, apart_s, confidence = np.zeros((5, count))
        return _Best(latitude, longitude, altitude_m, apart_s, confidence, np.zeros(count, np.int64))

    def consider(
        self,
        rows: NDArray[np.int64],
        trail: Trail,
        limit_s: float,
        at_s: Floats,
        clock: Floats,
        ids: NDArray[np.int64] | None,
    ) -> None:
        """Photos `rows` and where the trail was at their time; `ids` are the photos that the trail is made of."""
        if not len(rows):
            return
        found: Located = along(trail, at_s[rows], limit_s)
        confidence = np.where(found.known, clock[rows] / (1 + found.reach_m / 1000), 0.0)
        better = np.flatnonzero(confidence > self.confidence[rows])
        into = rows[better]
        self.latitude[into], self.longitude[into] = found.latitude[better], found.longitude[better]
        self.altitude_m[into], self.apart_s[into] = found.altitude_m[better], found.apart_s[better]
        self.confidence[into] = confidence[better]
        self.neighbour_ids[into] = _TRACK_ID if ids is None else ids[found.nearest[better]]

    def proposals(self, photos: MomentColumns, track_name: str) -> Proposals:
        rows = np.flatnonzero(self.confidence > 0)
        return Proposals(
            photos.ids[rows],
            photos.wall_ms[rows],
            self.latitude[rows],
            self.longitude[rows],
            self.altitude_m[rows],
            self.neighbour_ids[rows],
            self.apart_s[rows],
            self.confidence[rows],
            track_name,
        )


def _from_neighbours(
    best: _Best,
    photos: MomentColumns,
    others: MomentColumns,
    offset_min: float | None,
    limit_s: float,
    cancel: CancelToken,
) -> None:
    """Compare in UTC where both clocks are known, else by the clocks on the wall."""
    mine_utc, theirs_utc = _utc_s(photos, offset_min), _utc_s(others, offset_min)
    mine_wall, theirs_wall = photos.wall_ms / 1000, others.wall_ms / 1000
    mine_known, theirs_known = ~np.isnan(mine_utc), ~np.isnan(theirs_utc)
    of_zones = np.where(photos.offset_min == UNKNOWN, GIVEN_ZONE, STATED_ZONE)
    same, by_walls = np.full(len(of_zones), SAME_CAMERA), np.full(len(of_zones), WALL_CLOCKS)
    ways = (
        (mine_known, theirs_known, mine_utc, theirs_utc, of_zones),
        (mine_known, ~theirs_known, mine_wall, theirs_wall, by_walls),
        (~mine_known, np.ones(len(others.ids), np.bool_), mine_wall, theirs_wall, by_walls),
    )
    cameras = np.intersect1d(photos.camera, others.camera)
    for mine, theirs, at_s, their_s, clock in ways:
        if not (mine.any() and theirs.any()):
            continue
        for camera in cameras[cameras != UNKNOWN]:
            cancel.check()
            trail, ids = _trail_of(others, their_s, theirs & (others.camera == camera))
            rows = np.flatnonzero(mine & (photos.camera == camera))
            best.consider(rows, trail, limit_s, at_s, same, ids)
        cancel.check()
        trail, ids = _trail_of(others, their_s, theirs)
        best.consider(np.flatnonzero(mine), trail, limit_s, at_s, clock, ids)


def _trail_of(others: MomentColumns, at_s: Floats, some: NDArray[np.bool_]) -> tuple[Trail, NDArray[np.int64]]:
    rows = np.flatnonzero(some)
    _, firsts = np.unique(at_s[rows], return_index=True)
    rows = rows[firsts]
    altitude_m = np.full(len(rows), np.nan)
    return Trail(at_s[rows], others.latitude[rows], others.longitude[rows], altitude_m), others.ids[rows]


def _utc_s(photos: MomentColumns, offset_min: float | None) -> Floats:
    """Seconds since 1970; NaN where nobody knows how far the clock is from UTC."""
    instead = np.nan if offset_min is None else offset_min
    offset = np.where(photos.offset_min == UNKNOWN, instead, photos.offset_min)
    return photos.wall_ms / 1000 - offset * 60


def _within(trail: Trail, at_s: Floats, limit_s: float) -> NDArray[np.int64]:
    """The photos that may be of the time of a trail; never those whose time is not known (NaN compares as false)."""
    return np.flatnonzero((at_s >= trail.at_s[0] - limit_s) & (at_s <= trail.at_s[-1] + limit_s))
