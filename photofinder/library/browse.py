"""The library as something to look through: photos in an order, what a tile shows, folders and dates with counts."""

import calendar
import datetime as dt
import enum
import functools
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import listing as catalogue
from photofinder.core.types import Label, Pick, Role
from photofinder.library import roots
from photofinder.library.library import Library

UNDATED_MS = catalogue.UNDATED_MS
"""The capture time of a photo without one."""

DAY_MS = catalogue.DAY_MS
UNDATED = range(catalogue.UNDATED_DAY, catalogue.UNDATED_DAY + 1)
"""The days of photos without a capture time, as a scope: a file's own date is none."""
_DAY_0 = dt.date(1970, 1, 1).toordinal()
_LAST_DAY = dt.date.max.toordinal()
_USUAL_ASPECT = 1.5


class Order(enum.Enum):
    """What photos can be sorted by."""

    NEWEST = "capture time, newest first"
    OLDEST = "capture time, oldest first"
    ADDED = "date added, newest first"
    FOLDER = "folder"
    NAME = "file name"
    RATING = "rating, best first"
    RELEVANCE = "relevance"

    @property
    def by_date(self) -> bool:
        """Whether the sort keys are milliseconds since 1970."""
        return self in {Order.NEWEST, Order.OLDEST, Order.ADDED}

    @property
    def ascending(self) -> bool:
        """Whether the sort keys rise along the listing."""
        return self is Order.OLDEST


_SORTINGS = {
    Order.NEWEST: catalogue.Sorting.TAKEN_NEWEST,
    Order.OLDEST: catalogue.Sorting.TAKEN_OLDEST,
    Order.ADDED: catalogue.Sorting.ADDED,
    Order.FOLDER: catalogue.Sorting.FOLDER,
    Order.NAME: catalogue.Sorting.NAME,
    Order.RATING: catalogue.Sorting.RATING,
    Order.RELEVANCE: catalogue.Sorting.TAKEN_NEWEST,
}


@dataclass(frozen=True, slots=True)
class FolderScope:
    """A folder of a root, with all that lies below it. `path` is relative, "/"-separated, empty for the root."""

    root_id: int
    path: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """Photos in an order, as columns; immutable, so any thread may look.

    `ids` and `taken_ms` are int64[n]; `keys` int64[n] is what the order sorts by: milliseconds for dates, folder ids,
    ratings, all the same for names, for relevance the tier (`library/ranking`). `aspects` float32[n] is width : height.
    `scores` float32[n] come with hits only, and so does `alike`: for a photo's id those that it stands for.
    """

    order: Order
    ids: NDArray[np.int64]
    taken_ms: NDArray[np.int64]
    keys: NDArray[np.int64]
    aspects: NDArray[np.float32]
    scores: NDArray[np.float32] | None = None
    alike: Mapping[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Tile:
    """What the grid shows of one photo. `stack_count` is the number of its pictures and videos (RAW + JPEG: 2).

    A still of a Live Photo `lacks_video` if that is not beside it. `away` is the name of its drive if that is not
    plugged in: the thumbnail still shows. `failure` is the reason in words.
    """

    id: int
    path: str
    fingerprint: bytes | None
    picture_format: str | None
    width_px: int | None
    height_px: int | None
    taken_ms: int | None
    rating: int | None
    has_gps: bool
    has_raw: bool
    has_video: bool
    lacks_video: bool
    stack_count: int
    failure: str | None
    missing: bool
    away: str | None
    pick: Pick = Pick.NONE
    label: Label | None = None

    @property
    def name(self) -> str:
        """The file name."""
        return Path(self.path).name


class Node(NamedTuple):
    """A line of the navigation pane. `key` is what `listing` takes: a FolderScope, or a range of days.

    A window may have lines with keys of its own.
    """

    name: str
    key: Hashable
    photo_count: int
    children: "list[Node]"


def listing(
    library: Library,
    order: Order = Order.NEWEST,
    *,
    folder: FolderScope | None = None,
    days: range | None = None,
    only: Sequence[int] | NDArray[np.int64] | None = None,
    scores: Sequence[float] | NDArray[np.float32] | None = None,
    after_id: int = 0,
    limit: int | None = None,
) -> Listing:
    """The photos that are present, in an order, narrowed by folder, days since 1970-01-01, and to some ids.

    `scores` goes with `only`, one for each; with RELEVANCE the photos come in the order of `only`. `after_id` leaves
    photos recorded until then out: what an ingest has added. `limit` is for a first page. Any thread. Raises
    EnvironmentProblem.
    """
    narrowing = catalogue.Narrowing(
        folder=None if folder is None else (folder.root_id, folder.path),
        days=days,
        only=None if only is None else [int(photo_id) for photo_id in only],
        after_id=after_id,
    )
    relevance = order is Order.RELEVANCE
    found = catalogue.columns(library.reader, _SORTINGS[order], narrowing, None if relevance else limit)
    aspects = np.where(found.aspect_percent > 0, found.aspect_percent / 100, _USUAL_ASPECT).astype(np.float32)
    keys = np.zeros_like(found.ids) if relevance else found.keys
    result = Listing(order, found.ids, found.taken_ms, keys, aspects)
    return result if only is None else _as_asked(result, np.asarray(only, np.int64), scores, limit)


def with_tiers(hits: Listing, ids: NDArray[np.int64], tiers: NDArray[np.int64]) -> Listing:
    """Hits in the order of relevance, each with the tier that it is given: `tiers` int64[m] are those of `ids`."""
    if not len(hits):
        return hits
    by_id = np.argsort(ids, kind="stable")
    return replace(hits, keys=tiers[by_id[np.searchsorted(ids[by_id], hits.ids)]])


def _as_asked(
    found: Listing,
    only: NDArray[np.int64],
    scores: Sequence[float] | NDArray[np.float32] | None,
    limit: int | None,
) -> Listing:
    """Put scores to their photos, and for RELEVANCE the photos into the order that was asked for."""
    if not len(only):
        return found
    by_id = np.argsort(only, kind="stable")
    places = by_id[np.searchsorted(only[by_id], found.ids)]  # row of `found` → place in `only`
    order = np.argsort(places, kind="stable")[:limit] if found.order is Order.RELEVANCE else np.arange(len(places))
    return Listing(
        found.order,
        found.ids[order],
        found.taken_ms[order],
        found.keys[order],
        found.aspects[order],
        None if scores is None else np.asarray(scores, np.float32)[places[order]],
    )


def details(library: Library, ids: Iterable[int]) -> dict[int, Tile]:
    """What the grid shows of these photos. Any thread; meant for some hundred at a time. Raises EnvironmentProblem."""
    away = roots.away(library)
    return {
        row.id: Tile(
            id=row.id,
            path=row.path,
            fingerprint=row.fingerprint,
            picture_format=row.picture_format,
            width_px=row.width_px,
            height_px=row.height_px,
            taken_ms=row.taken_ms,
            rating=row.rating,
            has_gps=row.has_gps,
            has_raw=row.picture_format == "RAW" or Role.RAW in row.roles,
            has_video=Role.VIDEO in row.roles,
            lacks_video=row.is_live and Role.VIDEO not in row.roles,
            stack_count=sum(role in {Role.PRIMARY, Role.RAW, Role.VIDEO} for role in row.roles),
            failure=row.failure_reason if row.failure_kind else None,
            missing=row.missing,
            away=roots.drive_name(away[row.root_id]) if row.root_id in away else None,
            pick=row.pick,
            label=row.label,
        )
        for row in catalogue.tiles(library.reader, [int(photo_id) for photo_id in ids])
    }


def thumbnail(library: Library, tile: Tile, *, anew: bool = False) -> bytes | None:
    """The thumbnail as JPEG, made from the photo if it is not there yet (or `anew`); None for a photo that has none.

    Any thread. Raises MediaProblem if the photo cannot be read now, EnvironmentProblem.
    """
    if tile.fingerprint is None or tile.failure is not None:
        return None
    content = None if anew else library.thumbnails.read(tile.fingerprint)
    if content is None and not (tile.away or tile.missing):
        # Only now: the first page must not wait for decoders that it does not use.
        from photofinder.ingest.ingest import MIN_SHORT_PX

        library.thumbnails.store(tile.fingerprint, library.decoders().decode(Path(tile.path), MIN_SHORT_PX).pixels)
        content = library.thumbnails.read(tile.fingerprint)
    return content


def preview(library: Library, tile: Tile) -> bytes | None:
    """The larger preview as JPEG, for tiles larger than a thumbnail; None where the photo is out of reach.

    Any thread; decodes the photo the first time. Raises MediaProblem, EnvironmentProblem.
    """
    if tile.fingerprint is None or tile.failure is not None or tile.away or tile.missing:
        return None
    return library.thumbnails.preview(tile.fingerprint, functools.partial(library.decoders().decode, Path(tile.path)))


def folder_names(library: Library, folder_ids: Iterable[int]) -> dict[int, str]:
    """Names for the keys of a listing by FOLDER. Any thread."""
    return catalogue.folder_names(library.reader, [int(folder_id) for folder_id in folder_ids])


def folder_tree(library: Library) -> list[Node]:
    """Roots with their folders; counts include what lies below. Any thread; about a second for 1,000,000 photos."""
    below: dict[int, dict[bytes, int]] = {}
    for root_id, path, _, count in catalogue.folder_counts(library.reader):
        totals = below.setdefault(root_id, {})
        while True:
            totals[path] = totals.get(path, 0) + count
            if not path:
                break
            path = path.rpartition(b"/")[0]  # noqa: PLW2901 - upwards to the root
    return [
        _folder_node(root.id, b"", Path(root.path).name or root.path, below.get(root.id, {b"": 0}))
        for root in library.reader.roots()
    ]


def _folder_node(root_id: int, path: bytes, name: str, totals: dict[bytes, int]) -> Node:
    children: dict[bytes, list[bytes]] = {}
    for inner in sorted(totals):
        if inner:
            children.setdefault(inner.rpartition(b"/")[0], []).append(inner)

    def node(path: bytes, name: str) -> Node:
        inner = [node(child, child.rpartition(b"/")[2].decode(errors="replace")) for child in children.get(path, [])]
        return Node(name, FolderScope(root_id, path), totals[path], inner)

    return node(path, name)


def date_counts(library: Library) -> list[Node]:
    """Years, with months, with days; newest first. Names are plain numbers ("2024", "07", "31"). Any thread.

    Photos without a capture time come last, with an empty name and UNDATED as the key. A clock that claims a day no
    calendar has is left out.
    """
    years: dict[int, dict[int, list[Node]]] = {}
    undated: list[Node] = []
    for day, count in catalogue.day_counts(library.reader):
        if day is None:
            undated.append(Node("", UNDATED, count, []))
        elif 0 < day + _DAY_0 <= _LAST_DAY:
            date = dt.date.fromordinal(day + _DAY_0)
            days = years.setdefault(date.year, {}).setdefault(date.month, [])
            days.append(Node(f"{date.day:02}", range(day, day + 1), count, []))
    dated = [
        _year(year, [_month(year, month, days) for month, days in months.items()]) for year, months in years.items()
    ]
    return dated + undated


def _month(year: int, month: int, days: list[Node]) -> Node:
    first = dt.date(year, month, 1).toordinal() - _DAY_0
    key = range(first, first + calendar.monthrange(year, month)[1])
    return Node(f"{month:02}", key, sum(day.photo_count for day in days), days)


def _year(year: int, months: list[Node]) -> Node:
    first = dt.date(year, 1, 1).toordinal() - _DAY_0
    key = range(first, first + 365 + calendar.isleap(year))
    return Node(str(year), key, sum(month.photo_count for month in months), months)
