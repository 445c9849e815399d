"""GPX: where a receiver was, and when. Tracks, routes and waypoints, versions 1.0 and 1.1.

Parsed by defusedxml only (no entities, no DTDs), piece by piece, and capped in size, points and depth. Source of the
names, and of times being UTC: the GPX 1.1 schema (topografix.com/GPX/1/1).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.tracks import Trail, trails
from photofinder.media.guard import reading

MAX_BYTES: Final = 256 << 20
MAX_POINTS: Final = 3_000_000
"""A point each second for a month; 100 MB of them."""
_MAX_DEPTH: Final = 64
_POINTS: Final = frozenset({"trkpt", "rtept", "wpt"})
_EARLIEST: Final = datetime(1980, 1, 6, tzinfo=UTC)
"""GPS time begins here."""
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)

Point = tuple[float, float, float, float]
"""Seconds since 1970, degrees north and east, metres (NaN where it does not say)."""


def read(path: Path) -> list[Trail]:
    """The trails of a file. Any thread; a million points take some seconds. The file is only read.

    Points without a time are left out. Raises: `MediaProblem` for what is no GPX, states what cannot be (a place that
    is not on the earth, a time before GPS), has no times at all, or cannot be read.
    """
    with reading():
        size_bytes = path.stat().st_size
        if size_bytes > MAX_BYTES:
            raise MediaProblem(FailureKind.TOO_LARGE, f"It is larger than {MAX_BYTES >> 20} MB.")
        if size_bytes == 0:
            raise MediaProblem(FailureKind.EMPTY, "It is empty.")
        with path.open("rb") as file:
            pieces: dict[int, list[Point]] = {}
            count = timed = 0
            try:
                for piece, point in _points(iterparse(file, ("start", "end"), forbid_dtd=True)):
                    count += 1
                    if count > MAX_POINTS:
                        raise MediaProblem(FailureKind.TOO_LARGE, f"It has more than {MAX_POINTS:,} points.")
                    if point is not None:
                        timed += 1
                        pieces.setdefault(piece, []).append(point)
            except DefusedXmlException as error:
                raise MediaProblem(
                    FailureKind.UNREADABLE, "It declares a document type or entities, which no GPX needs."
                ) from error
            except (ParseError, LookupError, ValueError) as error:  # LookupError: encodings
                raise MediaProblem(FailureKind.UNREADABLE, f"It is no complete GPX file ({error}).") from error
    if not timed:
        said = f"None of its {count:,} points says when that was." if count else "There is no point in it."
        raise MediaProblem(FailureKind.UNSUPPORTED, said)
    return trails(map(_trail, pieces.values()))


def _points(events: Iterator[tuple[str, Element]]) -> Iterator[tuple[int, Point | None]]:
    """Points with the number of the piece they belong to; None for a point without a time."""
    open_: list[Element] = []
    piece = 0  # waypoints are all one piece
    inside = 0  # of a point: its elements are kept until it ends
    for event, element in events:
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if not open_ and name != "gpx":
                raise MediaProblem(FailureKind.UNSUPPORTED, f"It is no GPX file: it holds <{name[:40]}>.")
            open_.append(element)
            if len(open_) > _MAX_DEPTH:
                raise MediaProblem(FailureKind.UNREADABLE, "Its elements are nested too deeply for a GPX file.")
            piece += name in {"trkseg", "rte"}
            inside += name in _POINTS
            continue
        open_.pop()
        if name in _POINTS:
            inside -= 1
            yield 0 if name == "wpt" else piece, _point(element)
        if not inside and open_:
            open_[-1].remove(element)  # a million points need not be in memory as elements


def _point(element: Element) -> Point | None:
    said = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
    latitude, longitude = (_degrees(element, name, most) for name, most in (("lat", 90.0), ("lon", 180.0)))
    if not said.get("time"):
        return None
    return _time_s(said["time"]), latitude, longitude, _altitude_m(said.get("ele"))


def _degrees(element: Element, name: str, most: float) -> float:
    text = element.get(name, "")
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not abs(degrees) <= most:
        raise MediaProblem(FailureKind.UNREADABLE, f'It names a place that is not on Earth: {name}="{text[:40]}".')
    return degrees


def _time_s(text: str) -> float:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise MediaProblem(FailureKind.UNREADABLE, f'It names a time that cannot be read: "{text[:40]}".') from None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    try:
        sound = _EARLIEST <= when <= _LATEST
    except OverflowError:
        sound = False
    if not sound:
        raise MediaProblem(FailureKind.UNREADABLE, f'It names a time that no receiver can have seen: "{text[:40]}".')
    return when.timestamp()


def _altitude_m(text: str | None) -> float:
    """NaN for what is no height of this world: the place is good nevertheless."""
    try:
        metres = float(text or "nan")
    except ValueError:
        return float("nan")
    return metres if -12_000 <= metres <= 60_000 else float("nan")


def _trail(piece: list[Point]) -> Trail:
    columns = np.array(piece, np.float64)
    return Trail(columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3])
