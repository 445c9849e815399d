"""What the window asks the library, and what it answers: pure calls, any thread."""

import dataclasses
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photofinder.library.browse import FolderScope, Listing, Order, folder_names, listing, with_tiers
from photofinder.library.calibration import Cut
from photofinder.library.library import Library
from photofinder.library.ranking import ranking
from photofinder.library.search import similar
from photofinder.ui.grid_arrangement import Arrangement, arranged
from photofinder.ui.grid_geometry import Frame

FIRST_PAGE = 500
"""Photos that are shown before the whole listing is there: more than a screen holds, and found in a millisecond."""

HITS = 200
"""Photos shown that look like one, best first: beyond these nobody looks."""

Scope = FolderScope | range


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: all photos, or those that words describe, or those that look like a photo; of a scope.

    `order` None is the natural one: hits by relevance, everything else by capture time, the newest first. With
    `everything`, also the hits beyond the cut line. `only` narrows to these photos, whatever they look like.
    """

    words: str = ""
    like: Path | None = None
    scope: Scope | None = None
    order: Order | None = None
    everything: bool = False
    only: tuple[int, ...] | None = None

    @property
    def is_search(self) -> bool:
        """Whether the answer is hits."""
        return self.only is None and (bool(self.words) or self.like is not None)

    @property
    def in_words(self) -> str:
        """What is asked for as words that can be added to, also where it is what looks like a photo."""
        if self.like is None:
            return self.words
        return "" if '"' in str(self.like) else f'like:"{self.like}"'

    @property
    def folder(self) -> FolderScope | None:
        """The scope, if it is a folder."""
        return self.scope if isinstance(self.scope, FolderScope) else None

    @property
    def days(self) -> range | None:
        """The scope, if it is some days since 1970."""
        return self.scope if isinstance(self.scope, range) else None

    @property
    def sorted_by(self) -> Order:
        """The order that the answer comes in; where words hold nothing but filters, the newest come first instead."""
        return self.order or (Order.RELEVANCE if self.is_search else Order.NEWEST)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a query, and how long it took. `folder_names` are the headings of a listing by folder.

    Not `whole`, it is the first page of a listing, which follows. `arrangement` is the listing's for the frame of the
    grid at the time of asking. `cut` says where the good hits end, `found` how many photos were ranked in all.
    """

    query: Query
    listing: Listing
    seconds: float
    folder_names: dict[int, str] = field(default_factory=dict)
    whole: bool = True
    arrangement: Arrangement | None = None
    cut: Cut | None = None
    found: int = 0

    @property
    def is_ranked(self) -> bool:
        """Whether its photos have scores: filters alone rank nothing."""
        return self.cut is not None or self.listing.scores is not None

    @property
    def nothing_good(self) -> bool:
        """Whether nothing looks like what was asked for, though there are photos to look at."""
        return self.cut is not None and self.cut.nothing and self.found > 0

    @property
    def hidden(self) -> int:
        """How many photos lie beyond what is shown."""
        shown = len(self.listing) + sum(len(alike) for alike in self.listing.alike.values())
        return 0 if self.cut is None or self.query.everything else max(0, self.found - shown)


def answer(library: Library, query: Query, frame: Frame | None = None) -> Answer:
    """Ask the library, and arrange what it answers for a frame. Any thread. Raises QueryProblem, EnvironmentProblem."""
    began = time.perf_counter()
    cut, count = None, 0
    if query.like is not None and query.is_search:
        found = _like(library, query.like, query)
    elif query.is_search:
        found, cut, count = _hits(library, query)
    else:
        only = None if query.only is None else list(query.only)
        found = listing(library, query.sorted_by, folder=query.folder, days=query.days, only=only)
    names = folder_names(library, np.unique(found.keys).tolist()) if found.order is Order.FOLDER else {}
    took_s = time.perf_counter() - began
    arrangement = None if frame is None else arranged(found, frame)
    return Answer(query, found, took_s, names, arrangement=arrangement, cut=cut, found=count or len(found))


def first_page(library: Library, query: Query) -> Answer | None:
    """The beginning of a long listing. Any thread. None where it takes as long as the whole, or is the whole."""
    narrowed = query.is_search or query.only is not None or query.folder is not None
    if narrowed or query.sorted_by not in {Order.NEWEST, Order.OLDEST}:
        return None
    began = time.perf_counter()
    found = listing(library, query.sorted_by, days=query.days, limit=FIRST_PAGE)
    if len(found) < FIRST_PAGE:
        return None
    return Answer(query, found, time.perf_counter() - began, whole=False)


def _hits(library: Library, query: Query) -> tuple[Listing, Cut | None, int]:
    found = ranking(library, query.words, _among(library, query), everything=query.everything)
    if not found.is_ranked:
        order = query.order if query.order not in {None, Order.RELEVANCE} else Order.NEWEST
        return listing(library, order or Order.NEWEST, only=found.photo_ids), None, found.found
    hits = listing(library, query.sorted_by, only=found.photo_ids, scores=found.scores)
    if hits.order is Order.RELEVANCE:
        hits = with_tiers(hits, found.photo_ids, found.tiers)
    return dataclasses.replace(hits, alike=found.alike), found.cut, found.found


def _like(library: Library, photo: Path, query: Query) -> Listing:
    among = _among(library, query)
    results = similar(library, photo, HITS, None if among is None else frozenset(among.tolist()))
    ids = np.array([hit.photo.id for hit in results.hits], np.int64)
    scores = np.array([hit.score for hit in results.hits], np.float32)
    return listing(library, query.sorted_by, only=ids, scores=scores)


def _among(library: Library, query: Query) -> NDArray[np.int64] | None:
    return None if query.scope is None else listing(library, folder=query.folder, days=query.days).ids
