"""What stands behind `date:` as days. All dates are those of the clock on the wall where the photo was taken."""

import re
from datetime import date, timedelta

_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first months, northern, meteorological
_ONE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_RELATIVE = re.compile(r"(this|last)-(week|month|year|spring|summer|autumn|fall|winter)")
_SEASON = re.compile(r"(spring|summer|autumn|fall|winter)-(\d{4})")
_EPOCH = date(1970, 1, 1).toordinal()

EXAMPLES = ("2023", "2023-05", "2023-05-17", "2023-05..2023-08", "last-summer", "summer-2022", "yesterday", "this-year")


def canonical(value: str) -> str:
    """The value as it is written down again. Raises ValueError with the reason."""
    folded = value.lower()
    days(folded, date(2001, 1, 1))
    return folded


def days(value: str, today: date) -> range:
    """Days since 1970-01-01. An open end goes to the year 1 or 9999. Raises ValueError with the reason."""
    first, dots, last = value.lower().partition("..")
    if not dots:
        return range(*(day.toordinal() - _EPOCH for day in _period(first, today)))
    if not first and not last:
        raise ValueError("a range needs a beginning or an end")
    start = _period(first, today)[0] if first else date.min
    stop = _period(last, today)[1] if last else date.max
    if stop <= start:
        raise ValueError(f"{last} is before {first}")
    return range(start.toordinal() - _EPOCH, stop.toordinal() - _EPOCH)


def written(span: range) -> str:
    """The shortest value that means these days (since 1970-01-01): whole years and months by their names."""
    first, after = (date.fromordinal(day + _EPOCH) for day in (span.start, span.stop))
    if after <= first:
        raise ValueError("no days")
    last = after - timedelta(days=1)
    if first.day == after.day == 1:
        if first.month == after.month == 1:
            return _joined(f"{first:%Y}", f"{last:%Y}")
        return _joined(f"{first:%Y-%m}", f"{last:%Y-%m}")
    return _joined(f"{first}", f"{last}")


def _joined(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"


def _period(value: str, today: date) -> tuple[date, date]:
    """First day, and the day after the last."""
    if value in ("today", "yesterday"):
        day = today - timedelta(days=value == "yesterday")
        return day, day + timedelta(days=1)
    if found := _RELATIVE.fullmatch(value):
        return _relative(found[2], found[1] == "last", today)
    if found := _SEASON.fullmatch(value):
        return _months(int(found[2]), _SEASONS[found[1]], 3)
    found = _ONE.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is no date")
    year, month, day_of_month = (int(part) if part else None for part in found.groups())
    assert year is not None
    try:
        if month is None:
            return _months(year, 1, 12)
        if day_of_month is None:
            return _months(year, month, 1)
        day = date(year, month, day_of_month)
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise ValueError(f"{value} is not in the calendar") from None


def _relative(what: str, last: bool, today: date) -> tuple[date, date]:
    if what == "week":
        start = today - timedelta(days=today.weekday() + 7 * last)
        return start, start + timedelta(days=7)
    if what == "month":
        before = today.year * 12 + today.month - 1 - last
        return _months(before // 12, before % 12 + 1, 1)
    if what == "year":
        return _months(today.year - last, 1, 12)
    # "This" is the season that is or that came last; "last" the newest one that is over.
    year = today.year
    start, stop = _months(year, _SEASONS[what], 3)
    while start > today or (last and stop > today):
        year -= 1
        start, stop = _months(year, _SEASONS[what], 3)
    return start, stop


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    after = year * 12 + month - 1 + count
    return date(year, month, 1), date(after // 12, after % 12 + 1, 1)
