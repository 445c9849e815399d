"""Carrying out a query: filters first, then exact scores of what they leave, then where the good ones end.

Only a query of a large library without any filter goes through the graph; it too sees all, where the cut line lies
beyond what the graph gave. So nothing is ever starved or capped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.columns import Mask
from photofinder.catalogue.embedded import Owners
from photofinder.catalogue.filters import Condition, Filters
from photofinder.core.place import Place
from photofinder.core.types import Strength, Vector, Why
from photofinder.encoder.bundle import Bundle
from photofinder.library import concepts
from photofinder.library.calibration import STEPS, Background, Cut, Lines, lines
from photofinder.library.library import Library
from photofinder.library.looks import Look, Space, look_of
from photofinder.library.matching_words import Matches, matches
from photofinder.library.query.conditions import condition_of
from photofinder.library.query.plan import EVERYTHING, Alternative, alternatives
from photofinder.library.query.tree import Field, Node
from photofinder.vectors.exact import reached
from photofinder.vectors.index import Scored, VectorIndex

GRAPH_FROM: Final = 150_000
"""Embeddings from which the graph is faster than reading all by enough to give up exactness."""

FROM_GRAPH: Final = 1_000
SAMPLE: Final = 512

CERTAIN: Final = 1.0
"""The score of what answers by filters alone."""

Example = Callable[[Bundle, str], Vector]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Photos, best first: ids, scores and whose embeddings (-1 without), int64[n], float32[n], int64[n].

    `ways` tells which alternative found each. `found` is how many answer in all; `cut` where the good ones end.
    """

    photo_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    embedding_ids: NDArray[np.int64]
    ways: NDArray[np.int64]
    strengths: list[Strength | None]
    words: Matches
    found: int
    cut: Cut | None


@dataclass(frozen=True, slots=True)
class _Scored:
    """What one alternative found of the photos that were `asked`, in no order. `t` is None without a cut line.

    Of a single alternative, these are the best; `reached` says how many of all reach each of STEPS.
    """

    photo_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    embedding_ids: NDArray[np.int64]
    t: NDArray[np.float32] | None
    asked: int
    words: Matches
    reached: NDArray[np.int64]


@dataclass(slots=True)
class _Sampled:
    """Some embeddings of an index that had `of`, and what was measured on them."""

    of: int
    vectors: Vector
    bundle: Bundle | None = None
    background: Background | None = None


_filters: "WeakKeyDictionary[Library, Filters]" = WeakKeyDictionary()
_owners: "WeakKeyDictionary[Library, dict[int, Owners]]" = WeakKeyDictionary()
_samples: "WeakKeyDictionary[VectorIndex, _Sampled]" = WeakKeyDictionary()


def filters_of(library: Library) -> Filters:
    """The filters of a library, with the columns that were read so far. Any thread."""
    found = _filters.get(library)
    return _filters.setdefault(library, Filters(library.reader)) if found is None else found


def sample_of(index: VectorIndex) -> Vector:
    """Some of the photos' embeddings, evenly spread: (n, dim). Kept until the index has grown or shrunk by a tenth."""
    known = _samples.get(index)
    if known is None or abs(known.of - len(index)) * 10 > known.of:
        ids = index.ids()
        chosen = ids[np.linspace(0, len(ids) - 1, min(SAMPLE, len(ids))).astype(np.int64)] if len(ids) else ids
        known = _Sampled(len(index), index.vectors_of(chosen)[1])
        _samples[index] = known
    return known.vectors


def background_of(library: Library, bundle: Bundle, index: VectorIndex) -> Background | None:
    """What queries are measured against; None where a slow encoder has not embedded the concepts yet."""
    sample = sample_of(index)
    known = _samples[index]
    if known.bundle != bundle or known.background is None:
        vectors = concepts.embedded(library, bundle, concepts.PATIENCE_S)
        known.bundle, known.background = bundle, None if vectors is None else Background.of(vectors, sample)
    return known.background


class _Gazetteer:
    """The table of places, loaded only by a query that names one."""

    def find(self, name: str, limit: int = 20) -> list[Place]:
        from photofinder.library.placing import gazetteer

        return gazetteer().find(name, limit)


_gazetteer = _Gazetteer()


class Answering:
    """One query being answered: one thread's. Raises QueryProblem, EnvironmentProblem."""

    def __init__(self, library: Library, example: Example, today: date | None) -> None:
        self._library = library
        self._example = example
        self._today = today or date.today()  # noqa: DTZ011 - the user's own day
        self.filters = filters_of(library)
        self.filters.columns.refresh()
        self._among = self.filters.present()
        self._narrowed = False
        self._opened: tuple[Bundle, VectorIndex, Owners] | None = None
        self._space: Space | None = None
        self._ways: list[Alternative] = []
        self._looks: list[Look | None] = []

    def warm_up(self) -> None:
        """Open and read what every query of meaning needs, but not the photos' embeddings: that is quick."""
        _, _, owners = self._open()
        owners.photo_ids()
        self._looking().words("a photo")
        self.filters.columns.numbers("dated")  # for photos that show the same
        self.filters.columns.numbers("taken_ms")

    def narrow(self, photo_ids: NDArray[np.int64]) -> None:
        """Only these photos."""
        self._among &= self.filters.of_ids(photo_ids)
        self._narrowed = True

    @property
    def bundle_name(self) -> str:
        """The bundle that answers, or would."""
        return self._library.bundle.name if self._opened is None else self._opened[0].name

    @property
    def index(self) -> VectorIndex | None:
        """The vector index that was asked; None if none was."""
        return None if self._opened is None else self._opened[1]

    def ranked(self, tree: Node, wanted: int) -> Ranked:
        """The best `wanted` photos, or as many as there are."""
        if not self._ways:
            self._ways = alternatives(tree, self._condition)
            self._looks = [look_of(way, self._looking()) if way.ranked else None for way in self._ways]
        scored = [self._scored(way, look, wanted) for way, look in zip(self._ways, self._looks, strict=True)]
        return self._joined(scored, wanted)

    def reasons(self, ranked: Ranked, places: Sequence[int]) -> list[tuple[Why, ...]]:
        """Why the photos at these places were found, part by part."""
        vectors: dict[int, Vector] = {}
        if self._opened is not None:
            ids, found = self._opened[1].vectors_of(ranked.embedding_ids[list(places)])
            vectors = dict(zip(ids.tolist(), found, strict=True))
        return [self._reason(ranked, place, vectors) for place in places]

    def _reason(self, ranked: Ranked, place: int, vectors: dict[int, Vector]) -> tuple[Why, ...]:
        at = int(ranked.ways[place])
        way, look = self._ways[at], self._looks[at]
        vector = vectors.get(int(ranked.embedding_ids[place]))
        photo_id = int(ranked.photo_ids[place])
        seen = (
            [Why(part.text, "looks", round(float(part.direction @ vector), 4)) for part in look.parts]
            if look is not None and vector is not None
            else []
        )
        named = [Why(ranked.words.text, "file name")] if photo_id in ranked.words.named else []
        worded = [Why(ranked.words.text, "words")] if photo_id in ranked.words.worded and not named else []
        return (*named, *worded, *seen, *(Why(reason, "filter") for reason in way.reasons))

    # --- one alternative

    def _condition(self, field: Field) -> Condition:
        away = tuple(root.id for root in self._library.absent_roots()) if field.value == "offline" else ()
        return condition_of(field, self._today, away, _gazetteer)

    def _scored(self, way: Alternative, look: Look | None, wanted: int) -> _Scored:
        unfiltered = way.condition == EVERYTHING and not self._narrowed
        mask = self._among if unfiltered else self._among & self.filters.mask(way.condition)
        if look is None:
            return self._certain(mask)
        _, index, owners = self._open()
        photo_ids = owners.photo_ids()
        allowed = _of_embeddings(mask, photo_ids)
        alone = len(self._ways) == 1
        found = None
        if unfiltered and len(index) >= GRAPH_FROM and wanted <= FROM_GRAPH // 2:
            found = _by_graph(look, index, allowed, wanted)
        if found is None:
            # All that several ways have found is joined; of one, the best are enough.
            found = index.scored(look.direction, allowed, max(1, wanted), _steps(look) if alone else None)
        words = Matches.none()
        if alone and way.words:
            words = matches(self.filters, way.words, lambda: mask, found.asked)
            found = self._with_words(look, found, index, words, photo_ids)
        scores = found.scores * np.float32(look.length)
        t = _t(look, scores)
        told = found.reached if len(found.reached) else _reached(t)
        return _Scored(photo_ids[found.ids], scores, found.ids, t, found.asked, words, told)

    def _with_words(
        self, look: Look, found: Scored, index: VectorIndex, words: Matches, photo_ids: NDArray[np.int64]
    ) -> Scored:
        """What was found, and photos that have the words wherever they rank by looks."""
        told = words.ids()
        if not len(told):
            return found
        others = index.scored(look.direction, _of_embeddings(self.filters.of_ids(told), photo_ids), len(told))
        new = ~np.isin(others.ids, found.ids)
        ids, scores = np.append(found.ids, others.ids[new]), np.append(found.scores, others.scores[new])
        return Scored(ids, scores, found.asked, found.reached)

    def _certain(self, mask: Mask) -> _Scored:
        """What only filters ask for: the newest first."""
        photo_ids = np.flatnonzero(mask)
        newest = np.argsort(-self.filters.columns.numbers("taken_ms")[photo_ids], kind="stable")
        photo_ids = photo_ids[newest]
        scores = np.full(len(photo_ids), CERTAIN, np.float32)
        nobody = np.full(len(photo_ids), -1)
        return _Scored(photo_ids, scores, nobody, None, len(photo_ids), Matches.none(), _reached(None))

    # --- all together

    def _joined(self, scored: list[_Scored], wanted: int) -> Ranked:
        judged = all(one.t is not None for one, look in zip(scored, self._looks, strict=True) if look is not None)
        judged = judged and any(look is not None for look in self._looks)
        one = scored[0] if len(scored) == 1 else None  # the usual case; a million ids need not be copied
        photo_ids = one.photo_ids if one else np.concatenate([each.photo_ids for each in scored])
        scores = one.scores if one else np.concatenate([each.scores for each in scored])
        embedding_ids = one.embedding_ids if one else np.concatenate([each.embedding_ids for each in scored])
        ways = (
            np.zeros(len(photo_ids), np.int64)
            if one
            else np.repeat(np.arange(len(scored)), [len(each.photo_ids) for each in scored])
        )
        # What filters alone have found is certain; its t is beyond every line.
        t = one.t if one and one.t is not None else np.concatenate([_certain_t(each) for each in scored])
        asked = sum(one.asked for one in scored)
        words = one.words if one else Matches.none()
        if len(scored) > 1:
            order = np.lexsort((np.arange(len(photo_ids)), -scores))
            _, first = np.unique(photo_ids[order], return_index=True)
            kept = np.sort(order[first])
            photo_ids, embedding_ids, ways = photo_ids[kept], embedding_ids[kept], ways[kept]
            scores, t = scores[kept], t[kept]
        ahead = _ahead(one.reached, t) if one and one.t is not None and words.text else None
        order = self._order(photo_ids, scores, ways, words, ahead, wanted)
        found = asked if one else len(photo_ids)
        cut: Cut | None = None
        strengths: list[Strength | None] = [None] * len(order)
        if judged:
            at = lines(one.reached if one else _reached(t), asked)
            tiers = _tiers(t[order], at, photo_ids[order], words)
            order, tiers = (column[np.argsort(tiers, kind="stable")] for column in (order, tiers))
            strengths = [_STRENGTHS[tier] for tier in tiers.tolist()]
            cut = _counted(t, at, photo_ids, words, found)
        return Ranked(photo_ids[order], scores[order], embedding_ids[order], ways[order], strengths, words, found, cut)

    def _order(
        self,
        photo_ids: NDArray[np.int64],
        scores: NDArray[np.float32],
        ways: NDArray[np.int64],
        words: Matches,
        ahead: NDArray[np.int64] | None,
        wanted: int,
    ) -> NDArray[np.int64]:
        if not any(look is not None for look in self._looks):
            return np.arange(min(wanted, len(photo_ids)))  # in the order of time already
        certain = np.array([look is None for look in self._looks])[ways] if len(ways) else np.zeros(0, np.bool_)
        return words.fused(photo_ids, np.where(certain, np.float32(np.inf), scores), wanted, ahead)

    # --- what is needed of the library

    def _open(self) -> tuple[Bundle, VectorIndex, Owners]:
        if self._opened is None:
            bundle, space = self._library.serving()
            known = _owners.setdefault(self._library, {})
            owners = known.setdefault(space.id, Owners(self._library.reader, space.id))
            self._opened = bundle, self._library.vectors(space), owners
        return self._opened

    def _looking(self) -> Space:
        if self._space is None:
            bundle, index, _ = self._open()
            encoder = self._library.text_encoder(bundle)
            self._space = Space(
                encoder.embed_query,
                lambda path: self._example(bundle, path),
                background_of(self._library, bundle, index),
                sample_of(index),
            )
        return self._space


def _of_embeddings(mask: Mask, photo_ids: NDArray[np.int64]) -> Mask:
    """A mask over photo ids as one over embedding ids, whose photos are `photo_ids`.

    Clipped: no photo has the id 0, which stands for embeddings without one; what is newer than the mask is not in it.
    """
    return np.take(np.append(mask, np.False_), photo_ids, mode="clip")


def _by_graph(look: Look, index: VectorIndex, allowed: Mask, wanted: int) -> Scored | None:
    """The best photos by the graph; None where more than it gave are wanted, or would be good."""
    near = index.search(look.direction, FROM_GRAPH)
    there = np.take(np.append(allowed, np.False_), near.ids, mode="clip")
    ids, scores, asked = near.ids[there], near.scores[there], int(np.count_nonzero(allowed))
    t = _t(look, scores * np.float32(look.length))
    told = _reached(t)
    if len(ids) < wanted or (t is not None and len(t) and lines(told, asked).possible < t.min()):
        return None
    return Scored(ids, scores, asked, told)


def _steps(look: Look) -> NDArray[np.float64] | None:
    """The cosines that have the t of STEPS. None without a cut line."""
    return None if look.spread is None or not look.length else STEPS * look.spread / look.length


def _reached(t: NDArray[np.float32] | None) -> NDArray[np.int64]:
    return reached(np.empty(0) if t is None else t, STEPS)


def _ahead(reached: NDArray[np.int64], t: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many of all surely look more like what is asked for, for each t."""
    return np.append(reached, 0)[np.searchsorted(STEPS, t, side="right")]


def _certain_t(scored: _Scored) -> NDArray[np.float32]:
    return np.full(len(scored.scores), np.inf, np.float32) if scored.t is None else scored.t


def _t(look: Look, scores: NDArray[np.float32]) -> NDArray[np.float32] | None:
    return None if look.spread is None else scores / np.float32(look.spread)


_STRENGTHS: Final = (Strength.STRONG, Strength.POSSIBLE, Strength.WEAK)


def _tiers(t: NDArray[np.float32], at: Lines, photo_ids: NDArray[np.int64], words: Matches) -> NDArray[np.int64]:
    """0 for strong, 1 for possible, 2 for the rest. Words in a photo's name or text are a sign of their own."""
    tiers = np.where(t >= at.strong, 0, np.where(t >= at.possible, 1, 2))
    if words.worded:
        tiers[np.isin(photo_ids, words.ids()) & (tiers == 2)] = 1
    if words.named:
        tiers[np.isin(photo_ids, np.array(sorted(words.named), np.int64))] = 0
    return tiers


def _counted(t: NDArray[np.float32], at: Lines, photo_ids: NDArray[np.int64], words: Matches, asked: int) -> Cut:
    """How many there are of each, among all; photos with the words are among those whose t is known."""
    strong, possible = at.strong_count, at.possible_count - at.strong_count
    if words.worded or words.named:
        told = np.flatnonzero(np.isin(photo_ids, words.ids()))
        before = _tiers(t[told], at, photo_ids[told], Matches.none())
        after = _tiers(t[told], at, photo_ids[told], words)
        strong += int(np.count_nonzero(after == 0)) - int(np.count_nonzero(before == 0))
        possible += int(np.count_nonzero(after == 1)) - int(np.count_nonzero(before == 1))
    return Cut(strong, possible, asked - strong - possible)
