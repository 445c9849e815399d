"""Reading the many ways in which photos write a date and time."""

import re
from datetime import datetime, timedelta
from typing import Final

_EARLIEST_YEAR: Final = 1826  # the first photograph; anything before is a mistake
_LATEST_YEAR: Final = 2200

When = tuple[datetime, int | None]
"""Local time as the clock on the wall showed it, and minutes from UTC where stated."""

# EXIF "2021:07:01 23:30:00", ISO "2021-07-01T23:30:00.25+09:00", and what cameras make of them.
_STAMP: Final = re.compile(
    r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[T\s]+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,](\d{1,9})\d*)?)?)?"
    r"\s*(Z|[+-]\d{1,2}:?\d{2})?"
)
_OFFSET: Final = re.compile(r"\s*([+-])(\d{1,2}):?(\d{2})\s*$")

_YMD: Final = r"((?:18|19|20)\d\d)[-_.:]?(0[1-9]|1[0-2])[-_.:]?(0[1-9]|[12]\d|3[01])"
_HMS: Final = r"([01]\d|2[0-3])[-_.:h]?([0-5]\d)[-_.:m]?([0-5]\d)"
# "20181124_101422", "2019-08-30 12.30.45", "Screenshot 2020-01-02 at 13.14.15", "PXL_20210506_070809123".
_NAME_FULL: Final = re.compile(rf"(?<!\d){_YMD}(?:[-_ T]|\sat\s)+{_HMS}(\d{{3}})?(?!\d)")
_NAME_PACKED: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])" + _HMS + r"(?!\d)")
# "IMG-20190830-WA0001" (WhatsApp), "2019-08-30 birthday": a day without a time.
_NAME_DAY: Final = re.compile(rf"(?<!\d){_YMD}(?!\d)")


def _checked(parts: list[int], microsecond: int) -> datetime | None:
    try:
        when = datetime(*parts[:6], microsecond=microsecond)  # noqa: DTZ001 (local time, by design without a zone)
    except (ValueError, OverflowError):
        return None
    return when if _EARLIEST_YEAR <= when.year <= _LATEST_YEAR else None


def offset_min(text: str | None) -> int | None:
    """Minutes from UTC of "+09:00", "-0530" or "Z"; None for anything else, and beyond ±14 hours."""
    if not text:
        return None
    if text.strip().upper() == "Z":
        return 0
    match = _OFFSET.match(text)
    if match is None:
        return None
    minutes = int(match[2]) * 60 + int(match[3])
    return (minutes if match[1] == "+" else -minutes) if minutes <= 14 * 60 and int(match[3]) < 60 else None


def parse(text: str | None, subsec: str | None = None, offset: str | None = None) -> When | None:
    """Parse an EXIF or ISO date and time, with what the sub-second and offset tags add.

    A fraction or zone in the text itself wins over those. A date without a time means midnight. Blank, zero
    and impossible ones (30 February) give None.
    """
    match = _STAMP.match(text) if text else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    digits = fraction or (subsec or "").strip()
    microsecond = int(digits[:6].ljust(6, "0")) if digits.isascii() and digits.isdigit() else 0
    parts = [int(part) for part in (year, month, day, hour or 0, minute or 0, second or 0)]
    leap = parts[5] == 60
    when = _checked([*parts[:5], 59] if leap else parts, microsecond)
    if when is None:
        return None
    return when, offset_min(zone) if zone else offset_min(offset)


def parse_iptc(date: str | None, time: str | None) -> When | None:
    """Parse IIM's "20210701" and "233000+0900"."""
    day = re.match(r"(\d{4})-?(\d\d)-?(\d\d)$", date or "")
    if day is None:
        return None
    clock = re.match(r"(\d\d):?(\d\d):?(\d\d)([+-]\d\d:?\d\d)?$", time or "")
    hms = [int(clock[n]) for n in (1, 2, 3)] if clock else [0, 0, 0]
    when = _checked([int(day[1]), int(day[2]), int(day[3]), *hms], 0)
    return (when, offset_min(clock[4]) if clock else None) if when else None


def parse_name(name: str) -> datetime | None:
    """The date and time that phones and messengers write into file names; midnight where only the day."""
    for pattern in (_NAME_FULL, _NAME_PACKED):
        if match := pattern.search(name):
            groups = match.groups()
            thousandths = int(groups[6]) if len(groups) > 6 and groups[6] else 0
            if when := _checked([int(part) for part in groups[:6]], thousandths * 1000):
                return when
    if match := _NAME_DAY.search(name):
        return _checked([*(int(part) for part in match.groups()), 0, 0, 0], 0)
    return None


def from_timestamp_ns(mtime_ns: int) -> When | None:
    """A file's date as local time here, with this computer's offset on that day; None if out of range."""
    try:
        aware = datetime.fromtimestamp(mtime_ns / 1e9).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
    offset = aware.utcoffset() or timedelta()
    return aware.replace(tzinfo=None), round(offset.total_seconds() / 60)
