"""What stands along the timeline and over it: days, months and years in the language of the window."""

import functools
import itertools
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from photofinder.ui import wording
from photofinder.ui.timeline_scale import Scale, Unit, bin_of, edges

YEAR_PX, MONTH_PX, LETTER_PX, DATE_PX, WEEK_PX = 40, 30, 13, 21, 22
"""How much room each kind of label needs."""
LONG_MONTH_PX = 104

_DAY_0 = QDate(1970, 1, 1)
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100)


class Label(NamedTuple):
    """A text for the days from `start` to before `stop`."""

    start: int
    stop: int
    text: str


def said(span: range) -> str:
    """A span of days in words: "October 2023", "7 October 2023", "2021 - 2023" with a dash."""
    first, last = span.start, span.stop - 1
    for unit, form in ((Unit.YEAR, "yyyy"), (Unit.MONTH, "MMMM yyyy"), (Unit.DAY, "d MMMM yyyy")):
        if bin_of(first, unit).start == first and bin_of(last, unit).stop == span.stop:
            one, other = (QLocale().toString(_date(day), form) for day in (first, last))
            return one if one == other else f"{one} \N{EN DASH} {other}"
    raise AssertionError(span)


def said_of(span: range, count: int) -> str:
    """A span of days with its photos: "October 2023: 412 photos"."""
    return f"{said(span)}: {wording.photos(count)}"


def said_undated(count: int) -> str:
    """The photos that do not say when they were taken."""
    return f"{QCoreApplication.translate('Timeline', 'Undated')}: {wording.photos(count)}"


def eras(scale: Scale) -> list[Label]:
    """The lower row: months where bars are days, else years, so many that they have room."""
    locale = QLocale()
    if scale.unit is Unit.DAY:
        form = "MMMM yyyy" if 30 * scale.day_px >= LONG_MONTH_PX else "MMM yyyy"
        return [
            Label(start, stop, locale.toString(_date(start), form)) for start, stop in _spans(_seen(scale), Unit.MONTH)
        ]
    step = next((each for each in _YEAR_STEPS if each * 365 * scale.day_px >= YEAR_PX), _YEAR_STEPS[-1])
    starts = [start for start, _ in _spans(_seen(scale), Unit.YEAR) if _date(start).year() % step == 0]
    stops = [*starts[1:], scale.bins().tolist()[-1]]
    return [Label(start, stop, str(_date(start).year())) for start, stop in zip(starts, stops, strict=False)]


def ticks(scale: Scale) -> list[Label]:
    """The upper row: dates where bars are days, months where they are months and have room."""
    if scale.unit is Unit.DAY:
        spans = _spans(_seen(scale), Unit.DAY)
        if scale.day_px >= DATE_PX:
            return [Label(start, stop, str(_date(start).day())) for start, stop in spans]
        weekly = (8, 15, 22) if 7 * scale.day_px >= WEEK_PX else (15,)
        return [Label(start, stop, str(_date(start).day())) for start, stop in spans if _date(start).day() in weekly]
    month_px = 30 * scale.day_px
    if scale.unit is Unit.YEAR or month_px < LETTER_PX:
        return []
    names = _months(QLocale.FormatType.ShortFormat if month_px >= MONTH_PX else QLocale.FormatType.NarrowFormat)
    return [Label(start, stop, names[_date(start).month() - 1]) for start, stop in _spans(_seen(scale), Unit.MONTH)]


@functools.lru_cache
def _months(form: QLocale.FormatType) -> list[str]:
    return [QLocale().standaloneMonthName(month, form) for month in range(1, 13)]


def _seen(scale: Scale) -> range:
    found = scale.bins().tolist()
    return range(found[0], found[-1])


def _spans(days: range, unit: Unit) -> list[tuple[int, int]]:
    return list(itertools.pairwise(edges(days, unit).tolist()))


def _date(day: int) -> QDate:
    return _DAY_0.addDays(day)
