"""What the grid shows: asked for here, answered through the bridge, remembered in the history."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from photofinder.core.errors import PhotoFinderError, QueryProblem
from photofinder.library.browse import Listing, Order, listing
from photofinder.library.known_values import known_values
from photofinder.library.search import asked
from photofinder.ui.asking import FIRST_PAGE, Answer, Query, Scope, answer, first_page
from photofinder.ui.bridge import Bridge
from photofinder.ui.grid_arrangement import Arrangement, Arrival, arranged, arrived
from photofinder.ui.grid_geometry import Frame
from photofinder.ui.history import History

__all__ = ["FIRST_PAGE", "Answer", "Browsing", "Query", "Scope"]

ARRANGED_HERE = 20_000
"""Photos that the window's thread itself may arrange: it takes a millisecond."""


class Browsing(QObject):
    """Knows the current query. Window's thread."""

    answered = Signal(object)
    """An Answer to the current query, to be shown. The same query again when all of it is there after a first page, and
    after the library has changed."""
    problem_met = Signal(object)
    """A QueryProblem: the current query has no answer."""
    half_typed = Signal(object)
    """A QueryProblem: what is being typed cannot be answered yet. What was shown before stays."""
    newcomers_found = Signal(object)
    """Photos that came since, in the order of the current query: an Arrival, or a Listing that cannot be sorted in."""
    left = Signal()
    """The current place is about to be left: what is to be remembered of it goes into `history.memory` now."""
    query_changed = Signal(object)
    """The current Query is this one now; its answer follows."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.history: History[Query] = History(self)
        self._typing = False
        self._unanswered: QueryProblem | None = None
        self.frame_now: Callable[[], Frame | None] = lambda: None
        """What answers are to be arranged for: said by whoever shows them."""

    @property
    def query(self) -> Query:
        """The current query."""
        return self.history.current or Query()

    def start(self, query: Query) -> None:
        """Begin with this query."""
        self._visit(query)

    def look_up_values(self, then: Callable[[dict[str, list[str]]], object]) -> None:
        """Find out which cameras, lenses and places there are, for suggestions."""
        library = self._bridge.library
        self._bridge.errand(lambda: known_values(library), then)

    def warm_up(self) -> None:
        """Open what the first search needs, so that it does not wait for that."""
        library = self._bridge.library

        def work() -> None:
            asked(library, "a photo")[1].warm_up()

        def refused(problem: PhotoFinderError) -> None:
            if not isinstance(problem, QueryProblem):  # that only says that nothing is embedded yet
                self._bridge.problem_met.emit(problem)

        self._bridge.errand(work, lambda _: None, refused)

    # --- what the user asks for

    @Slot(str)
    def type_words(self, words: str) -> None:
        """Look for words that may not be all yet."""
        self._visit(Query(words, scope=self.query.scope, order=self._search_order()), passing=True, typed=True)

    @Slot(str)
    def enter_words(self, words: str) -> None:
        """Look for words that are meant."""
        self._visit(Query(words, scope=self.query.scope, order=self._search_order()), typed=True)
        if self._unanswered is not None:  # so far it was only typed, and known not to be understood
            self.problem_met.emit(self._unanswered)

    def open_words(self, words: str) -> None:
        """Look for words in the whole library: a saved search."""
        self._visit(Query(words))

    @Slot()
    def show_all_ranked(self) -> None:
        """Also the hits beyond the cut line."""
        self._visit(dataclasses.replace(self.query, everything=True))

    def show_only(self, ids: Sequence[int]) -> None:
        """Just these photos: those that one of them stands for."""
        self._visit(dataclasses.replace(self.query, only=tuple(ids), order=None))

    @Slot()
    def show_everything(self) -> None:
        """All photos of the scope."""
        self._visit(Query(scope=self.query.scope, order=None if self.query.is_search else self.query.order))

    def find_similar(self, photo: Path) -> None:
        """Look for photos that look like one: of the library, or any on disk. In the whole library."""
        self._visit(Query(like=photo))

    @Slot(object)
    def choose_scope(self, scope: Scope | None) -> None:
        """Narrow what is shown to a folder or some days; None is all."""
        self._visit(dataclasses.replace(self.query, scope=scope, only=None, everything=False))

    def choose_order(self, order: Order) -> None:
        """Sort differently."""
        self._visit(dataclasses.replace(self.query, order=order))

    @Slot()
    def back(self) -> None:
        """To what was shown before."""
        self._go(self.history.back)

    @Slot()
    def forward(self) -> None:
        """To what was shown before going back."""
        self._go(self.history.forward)

    @Slot()
    def settle(self) -> None:
        """The user works with what is shown: typing on does not replace it in the history."""
        self.history.settle()

    @Slot()
    def refresh(self) -> None:
        """Ask the current query again: the library has changed."""
        self._send()

    def catch_up(self, base: Arrangement) -> None:
        """Look for photos newer than those of `base`, while an ingest runs, and sort them in.

        Hits stay as they are until it is done.
        """
        query, library = self.query, self._bridge.library
        if query.is_search or query.only is not None:
            return

        def look() -> Arrival | Listing | None:
            after_id = int(base.listing.ids.max(initial=0))
            found = listing(library, query.sorted_by, folder=query.folder, days=query.days, after_id=after_id)
            return (arrived(base, found) or found) if len(found) else None

        def take(found: Arrival | Listing | None) -> None:
            if query == self.query and found is not None:
                self.newcomers_found.emit(found)

        # An errand, because as a query it would take the place of one that the user waits for.
        self._bridge.errand(look, take)

    # --- what is known

    def _search_order(self) -> Order | None:
        return self.query.order if self.query.is_search else None

    def _visit(self, query: Query, *, passing: bool = False, typed: bool = False) -> None:
        if not typed:  # only typing on replaces half-typed words
            self.history.settle()
        before = self.history.current
        self._typing = passing
        if query != before:
            self.left.emit()
            self._unanswered = None
        self.history.visit(query, passing=passing)
        if query != before:
            self._ask()

    def _go(self, step: Callable[[], Query | None]) -> None:
        self.left.emit()
        self._typing, self._unanswered = False, None
        if step() is not None:
            self._ask()

    def _ask(self) -> None:
        self._unanswered = None
        self.query_changed.emit(self.query)
        kept = self.history.memory.get("answer")
        if isinstance(kept, Answer):
            self.answered.emit(kept)  # at once; what has changed since follows
        # Where the user is to be brought back to a photo, its beginning would only flash up.
        self._send(page_first="at" not in self.history.memory)

    def _send(self, *, page_first: bool = False) -> None:
        query, library, frame = self.query, self._bridge.library, self.frame_now()

        def work() -> Answer:
            page = first_page(library, query) if page_first else None
            if page is not None:
                self._bridge.cross(lambda: self._take_page(page))
            return answer(library, query, frame)

        self._bridge.query(work, self._take, self._fail)

    def _take_page(self, page: Answer) -> None:
        if page.query == self.query:
            self.answered.emit(page)

    def _take(self, found: Answer) -> None:
        frame, made = self.frame_now(), found.arrangement
        if frame is not None and made is not None and made.frame != frame and len(found.listing) > ARRANGED_HERE:
            # The window has changed its size since it was asked, as it does when it opens.
            self._bridge.query(
                lambda: dataclasses.replace(found, arrangement=arranged(found.listing, frame)), self._take, self._fail
            )
            return
        if found.query.is_search:  # hits are few; all photos of a large library are not kept a hundred times
            self.history.memory["answer"] = found
        self.answered.emit(found)

    def _fail(self, problem: PhotoFinderError) -> None:
        if isinstance(problem, QueryProblem) and self._typing:
            self._unanswered = problem
            self.half_typed.emit(problem)
        elif isinstance(problem, QueryProblem):
            self.problem_met.emit(problem)
        else:
            self._bridge.problem_met.emit(problem)
