"""What stands over a section of the grid."""

import numpy as np
from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QTimeZone

from photofinder.library.browse import UNDATED_MS, Order
from photofinder.ui.grid_sections import UNDATED, Level, Sections

_DATE_0 = QDate(1970, 1, 1)
_WHOLE_DATE = "dddd, d MMMM yyyy"


def tr(text: str) -> str:
    """Headings have no QObject to translate them."""
    return QCoreApplication.translate("PhotoGrid", text)


def title(order: Order, sections: Sections, section: int, headings: dict[int, str], place: str = "") -> str:
    """A section's heading: a date, with the place of most of its photos where known; a folder, a rating, a tier."""
    key = int(sections.keys[section])
    if sections.level is Level.VALUE:
        return rating_title(key) if order is Order.RATING else headings.get(key, "")
    if sections.level is Level.PLAIN:
        return ""
    if key == UNDATED:
        return tr("Undated")
    locale = QLocale()
    if sections.level is Level.DAY:
        when = _DATE_0.addDays(key)
        return f"{place}, {locale.toString(when, 'ddd d MMM yyyy')}" if place else locale.toString(when, _WHOLE_DATE)
    if sections.level is Level.MONTH:
        when = locale.toString(_DATE_0.addMonths(key), "MMMM yyyy")
        return f"{place}, {when}" if place else when
    return str(1970 + key)


def rating_title(rating: int) -> str:
    """A rating as stars."""
    if rating < 0:
        return tr("Rejected")
    return "\N{BLACK STAR}" * rating if rating else tr("Unrated")


def moment(order: Order, key: int, taken_ms: int, headings: dict[int, str], level: Level) -> str:
    """What the scroller says of a photo: when it was taken or added, its folder, its rating."""
    if order is Order.FOLDER or (order is Order.RELEVANCE and key):
        return headings.get(key, "")
    if order is Order.RATING:
        return rating_title(key)
    when_ms = key if order.by_date else taken_ms
    if when_ms == UNDATED_MS:
        return tr("Undated")
    when = QDateTime.fromMSecsSinceEpoch(when_ms, QTimeZone.utc()).date()
    return QLocale().toString(when, "MMMM yyyy" if level is Level.YEAR else "d MMMM yyyy")


def years(sections: Sections) -> list[tuple[int, str]]:
    """First row of each year and its name, for the marks along the scroller; none where sections are no dates."""
    if sections.level is not Level.DAY or not len(sections):
        return []
    runs = sections.coarser(Level.YEAR)
    known = np.flatnonzero(runs.keys != UNDATED).tolist()
    return [(int(runs.starts[run]), str(1970 + int(runs.keys[run]))) for run in known]
