"""What the window lists for a query: the very answer that `search` gives, as columns, all of what is good in it.

The grid shows thousands of hits and looks up a photo when it comes into view; so here no photo is read.
"""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Strength
from photofinder.library import near_identical
from photofinder.library.answering import Answering, Ranked
from photofinder.library.calibration import Cut
from photofinder.library.library import Library
from photofinder.library.search import asked

FIRST: Final = 500
"""Ranked at first, and looked through for near-identical ones: what the graph of a large library gives at once."""

WITHOUT_LINE: Final = 200
"""Shown of a ranking that nobody can say the end of: beyond these nobody looks."""

GOOD_AT_MOST: Final = 5_000
"""Strong and possible hits that are listed. More than these are asked for with all others."""

NO_TIER, STRONG, POSSIBLE, REST = range(4)
_TIERS: Final = {None: NO_TIER, Strength.STRONG: STRONG, Strength.POSSIBLE: POSSIBLE, Strength.WEAK: REST}


@dataclass(frozen=True, slots=True)
class Ranking:
    """Photos, best first: `photo_ids` int64[n], `scores` float32[n], `tiers` int64[n] (strong, possible, the rest).

    `alike` tells for a photo which others it stands for. `found` is how many answer in all, listed or not; of these
    `cut` says how many are good, None where there is no line. Not `is_ranked`, filters alone have answered.
    """

    photo_ids: NDArray[np.int64]
    scores: NDArray[np.float32]
    tiers: NDArray[np.int64]
    found: int
    cut: Cut | None = None
    alike: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    is_ranked: bool = True


def ranking(
    library: Library, words: str, among: NDArray[np.int64] | None = None, *, everything: bool = False
) -> Ranking:
    """What answers a query (docs/search.md), of the photos `among`: the good ones, or `everything` that was ranked.

    What only filters ask for is listed whole. Any thread. Raises QueryProblem (QuerySyntaxProblem says where the query
    cannot be read), EnvironmentProblem.
    """
    tree, answering = asked(library, words)
    if among is not None:
        answering.narrow(among)
    ranked = answering.ranked(tree, FIRST)
    is_ranked = ranked.cut is not None or bool(np.any(ranked.embedding_ids >= 0))
    wanted = _wanted(ranked, is_ranked=is_ranked, everything=everything)
    if wanted > len(ranked.photo_ids) and len(ranked.photo_ids) < ranked.found:
        ranked = answering.ranked(tree, wanted)
    alike: dict[int, tuple[int, ...]] = {}
    kept = np.arange(min(wanted, len(ranked.photo_ids)))
    if is_ranked and not everything:
        kept, alike = _collapsed(library, answering, ranked, len(kept))
    tiers = np.array([_TIERS[strength] for strength in ranked.strengths], np.int64)
    return Ranking(ranked.photo_ids[kept], ranked.scores[kept], tiers[kept], ranked.found, ranked.cut, alike, is_ranked)


def _wanted(ranked: Ranked, *, is_ranked: bool, everything: bool) -> int:
    if everything or not is_ranked:
        return ranked.found
    if ranked.cut is None:
        return WITHOUT_LINE
    return min(ranked.cut.strong + ranked.cut.possible, GOOD_AT_MOST)


def _collapsed(
    library: Library, answering: Answering, ranked: Ranked, wanted: int
) -> tuple[NDArray[np.int64], dict[int, tuple[int, ...]]]:
    """Places that are left when near-identical photos are one, and whom those stand for.

    Compared are the first ones only: every photo is compared with every other.
    """
    compared = min(wanted, FIRST)
    groups = near_identical.groups(library, _first(ranked, compared), answering.index)
    leaders = np.array([places[0] for places in groups], np.int64)
    alike = {
        int(ranked.photo_ids[places[0]]): tuple(ranked.photo_ids[places[1:]].tolist())
        for places in groups
        if len(places) > 1
    }
    return np.concatenate([leaders, np.arange(compared, wanted)]), alike


def _first(ranked: Ranked, count: int) -> Ranked:
    part = slice(0, count)
    return replace(
        ranked,
        photo_ids=ranked.photo_ids[part],
        scores=ranked.scores[part],
        embedding_ids=ranked.embedding_ids[part],
        ways=ranked.ways[part],
        strengths=ranked.strengths[part],
    )
