"""Camera clocks that were wrong: capture times moved in the catalogue, never in the photos.

A shift belongs to the photo, as its stars do: it survives rescans, edits and moves, and is added to what the file says.
Changes return the shifts that photos had before; `put` them to undo. Any thread, also while an ingest runs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from photofinder.core.errors import QueryProblem
from photofinder.core.types import Photo, TakenSource
from photofinder.library.library import Library

__all__ = [
    "Former",
    "Step",
    "anchor",
    "as_in_files",
    "difference",
    "parse_moment",
    "parse_step",
    "put",
    "said",
    "shift",
    "taken_of",
]

Former = dict[int, int]
"""Photo id → shift in milliseconds, of the photos that a change has changed."""

_MOST_LOOKED_AT = 1_000
_STEP = re.compile(r"([+-])?\s*(?:(\d{1,4})y)?\s*(?:(\d{1,6})d)?\s*(?:(\d{1,7})h)?\s*(?:(\d{1,9})m)?\s*(?:(\d{1,9})s)?")
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_ZERO = timedelta()
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """How far to move a clock, as people say it; all parts go the same way, `back` is to earlier."""

    years: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    back: bool = False

    def from_(self, taken: datetime) -> timedelta:
        """The difference at a capture time. Years go to the same date; 29 February may become 1 March.

        Raises QueryProblem beyond the calendar.
        """
        try:
            rest = timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)
            sign = -1 if self.back else 1
            year = taken.year + sign * self.years
            try:
                there = taken.replace(year=year)
            except ValueError:
                if (taken.month, taken.day) != (2, 29):
                    raise
                there = taken.replace(year=year, month=3, day=1)
            _ = there + sign * rest
        except (ValueError, OverflowError) as error:
            raise QueryProblem("That is not in the calendar.", "Shift by less.") from error
        return there - taken + sign * rest


def parse_step(text: str) -> Step:
    """A step as it is written on the command line: "+1h", "-2d12h", "1y 3m". Raises QueryProblem."""
    found = _STEP.fullmatch(text.strip().lower())
    parts = [int(part or 0) for part in found.groups()[1:]] if found else []
    if found is None or not any(parts):
        raise QueryProblem(
            f"{text!r} is no time to shift by.", "For example: +1h, -30m, 2d12h, -1y (years, days, hours, m, s)."
        )
    return Step(*parts, back=found[1] == "-")


def parse_moment(text: str) -> datetime:
    """A moment on the wall clock: "2023-05-17 14:03:00". Raises QueryProblem."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise QueryProblem(
            f"{text!r} is no date and time.", "For example: 2023-05-17T14:03:00, as the clock on the wall showed it."
        )
    return moment


def anchor(library: Library, photo_ids: Sequence[int]) -> Photo | None:
    """The first of these photos with a capture time, by which a difference is told; None where the first have none.

    Raises EnvironmentProblem.
    """
    looked_at = photo_ids[:_MOST_LOOKED_AT]
    known = library.reader.photos(looked_at)
    return next((known[each] for each in looked_at if each in known and taken_of(known[each]) is not None), None)


def taken_of(photo: Photo) -> datetime | None:
    """When a photo was taken, with its shift; None if only its file has a date."""
    taken = photo.metadata.taken
    return None if taken is None or taken.source is TakenSource.FILE_DATE else taken.local


def difference(taken: datetime, wanted: datetime) -> timedelta:
    """How far a clock was off that said `taken` when it was `wanted`; fractions of its seconds stay."""
    if not wanted.microsecond:
        wanted = wanted.replace(microsecond=taken.microsecond)
    return wanted - taken


def shift(library: Library, photo_ids: Iterable[int], by: timedelta) -> Former:
    """Move capture times; photos without any stay as they are.

    Raises QueryProblem, with nothing changed, where that leads beyond what a camera can have seen; EnvironmentProblem.
    """
    return library.writer().shift_clocks(photo_ids, by // _MILLISECOND)


def as_in_files(library: Library, photo_ids: Iterable[int]) -> Former:
    """Let photos be taken when their files say, without any shift. Raises EnvironmentProblem."""
    return library.writer().put_clock_shifts(dict.fromkeys(photo_ids, 0))


def put(library: Library, shifts_ms: Mapping[int, int]) -> Former:
    """Give each photo its own shift: undoes what returned them. Raises EnvironmentProblem."""
    return library.writer().put_clock_shifts(shifts_ms)


def said(by: timedelta) -> str:
    """A difference in words: "+1 h", "-2 d 30 min", "+0.25 s"; "0 s" for none."""
    if by == _ZERO:
        return "0 s"
    seconds, rest = divmod(abs(by), timedelta(seconds=1))
    parts: list[str] = []
    for name, size in _UNITS[:-1]:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {name}")
    fraction = rest / timedelta(seconds=1)
    if seconds or fraction:
        parts.append(f"{seconds + fraction:.3f}".rstrip("0").rstrip(".") + " s")
    return ("-" if by < _ZERO else "+") + " ".join(parts)
