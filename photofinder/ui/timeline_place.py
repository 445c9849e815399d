"""The timeline in the window: counts what the grid shows, and narrows the search to the days that are brushed."""

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from photofinder.core.errors import PhotoFinderError, QueryProblem
from photofinder.library.browse import UNDATED
from photofinder.library.query import QuerySyntaxProblem, dates, narrowing
from photofinder.library.query.tree import Field, text_of
from photofinder.ui.asking import Answer, Query, answer
from photofinder.ui.bridge import Bridge
from photofinder.ui.browsing import Browsing
from photofinder.ui.photo_grid import PhotoGrid
from photofinder.ui.timeline_counts import FIRST_DAY, LAST_DAY, Counts, counted

if TYPE_CHECKING:  # a window that opens does not wait for it
    from photofinder.ui.timeline_view import TimelineView

RECOUNT_MS = 500
"""Photos that come and go one by one are counted again so often."""


class TimelinePlace(QObject):
    """Makes the timeline when it is first wanted, in the column below the photos. Window's thread."""

    def __init__(self, bridge: Bridge, browsing: Browsing, grid: PhotoGrid, column: QWidget, action: QAction) -> None:
        super().__init__(grid)
        self._bridge = bridge
        self._browsing = browsing
        self._grid = grid
        self._column = column
        self._action = action
        self._answer: Answer | None = None
        self._shown_rest: Query | None = None
        self._around: tuple[Query, Counts] | None = None
        """The photos of a query without its time: what the brush is seen in front of."""
        self._asked = 0
        self.view: TimelineView | None = None
        self._recount = QTimer(self, singleShot=True, interval=RECOUNT_MS)
        self._recount.timeout.connect(self._count_again)
        action.toggled.connect(self._toggle)
        browsing.answered.connect(self._take)
        browsing.problem_met.connect(self._take_problem)
        grid.photos.modelReset.connect(self._count_soon)
        grid.photos.photos_inserted.connect(self._count_soon)

    def begin(self) -> None:
        """The window has opened: from now on the timeline may be made."""
        if self._action.isChecked():
            self._toggle(on=True)

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        if on and self.view is None:
            from photofinder.ui.timeline_view import TimelineView  # noqa: PLC0415

            self.view = TimelineView(self._column)
            layout = self._column.layout()
            assert layout is not None
            layout.addWidget(self.view)
            self.view.days_chosen.connect(self._narrow)
            self.view.undated_chosen.connect(self._narrow_to_undated)
            self.view.cleared.connect(self._widen)
        if self.view is not None:
            self.view.setVisible(on)
        self._show()

    @Slot(object)
    def _take(self, found: Answer) -> None:
        if self._answer is not None and found.query == self._answer.query:
            self._around = None  # the library has changed
        self._answer = found  # only a first page: everything comes anyway
        self._show()

    @Slot(object)
    def _take_problem(self, _problem: QueryProblem) -> None:
        self._answer = None  # what the bars say is not what the field asks for

    @Slot()
    def _count_soon(self) -> None:
        if self.view is not None and self._action.isChecked() and not self._recount.isActive():
            self._recount.start()  # unless it is a new answer, which is counted at once

    @Slot()
    def _count_again(self) -> None:
        self._around = None
        self._show()

    def _show(self) -> None:
        if self.view is None or not self._action.isChecked() or self._answer is None or not self._answer.whole:
            return
        self._recount.stop()
        query, listing = self._answer.query, self._grid.photos.listing
        when = narrowing.time_of(query.words)
        rest = query if when is None else dataclasses.replace(query, words=narrowing.with_time(query.words, None))
        rest = dataclasses.replace(rest, order=None)
        known = self._around[1] if self._around is not None and self._around[0] == rest else None
        library = self._bridge.library
        self._asked += 1
        asked = self._asked

        def work() -> tuple[Counts, Counts]:
            shown = counted(listing.taken_ms)
            if when is None:
                return shown, shown
            return shown, counted(answer(library, rest).listing.taken_ms) if known is None else known

        def take(found: tuple[Counts, Counts]) -> None:
            if asked == self._asked and self.view is not None:
                self._around = rest, found[1]
                self.view.show_counts(*found, _brush(when), anew=rest != self._shown_rest)
                self._shown_rest = rest

        def refused(problem: PhotoFinderError) -> None:
            if isinstance(problem, QueryProblem):  # without its time the query has no answer: the hits stand alone
                alone = counted(listing.taken_ms)
                take((alone, alone))
            else:
                self._bridge.problem_met.emit(problem)

        self._bridge.errand(work, take, refused, owner=self)

    @Slot(object)
    def _narrow(self, days: range) -> None:
        self._ask(Field("date", dates.written(days)))

    @Slot()
    def _narrow_to_undated(self) -> None:
        self._ask(narrowing.UNDATED)

    @Slot()
    def _widen(self) -> None:
        self._ask(None)

    def _ask(self, when: Field | None) -> None:
        words = self._browsing.query.in_words
        try:
            words = narrowing.with_time(words, when)
        except QuerySyntaxProblem:  # which is told when it is asked again
            words = f"{words} {text_of(when)}" if when else words
        if words:
            self._browsing.enter_words(words)
        else:
            self._browsing.show_everything()


def _brush(when: Field | None) -> range | None:
    """The days that a query asks for."""
    if when is None:
        return None
    if when == narrowing.UNDATED:
        return UNDATED
    days = dates.days(when.value, date.today())  # noqa: DTZ011 - the user's own day
    found = range(max(days.start, FIRST_DAY), min(days.stop, LAST_DAY))
    return found or None
