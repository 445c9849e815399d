"""Words that stand in a photo's name, keywords, caption or place: ranked together with how it looks."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.columns import Mask
from photofinder.catalogue.filters import Filters
from photofinder.vectors.exact import best

RANK_CONSTANT: Final = 60
"""Of reciprocal rank fusion: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet" (2009)."""

TELLING: Final = 0.05
"""Words that occur in more than this share of the photos tell nothing; so does the camera's IMG_ in every name."""

FEW: Final = 20

_WORD: Final = re.compile(r"[^\W_]+")
_EMPTY_TEXT: Final = (
    "a an and are as at be by for from in into is it its of off on onto or over photo photos picture some someone"
    " the their this to under up with"
)
_EMPTY: Final = frozenset(_EMPTY_TEXT.split())


@dataclass(frozen=True, slots=True)
class Matches:
    """Photos with the words of a query: `named` have exactly this file name, `worded` have all words somewhere."""

    text: str
    named: frozenset[int]
    worded: frozenset[int]

    @classmethod
    def none(cls) -> "Matches":
        """No words, or none that are found."""
        return cls("", frozenset(), frozenset())

    def ids(self) -> NDArray[np.int64]:
        """All photos that have the words."""
        return np.array(sorted(self.worded | self.named), np.int64)

    def fused(
        self,
        photo_ids: NDArray[np.int64],
        scores: NDArray[np.float32],
        wanted: int,
        ahead: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Places of the best `wanted` photos: by looks, and by words where they have them; exact names before all.

        Where these are not all photos that were asked, `ahead` says how many of all look better than each.
        """
        if not self.named and not self.worded:
            return best(scores, wanted, photo_ids)
        worded = np.flatnonzero(np.isin(photo_ids, self.ids()))
        top = np.union1d(best(scores, wanted, photo_ids), worded)
        by_looks = top[best(scores[top], len(top), photo_ids[top])]
        # A photo that was found by its words has the rank by looks that it has among all, not among the best.
        looks_rank = np.arange(1, len(by_looks) + 1, dtype=np.float64)
        far = np.flatnonzero(looks_rank > wanted)
        better = np.array([np.count_nonzero(scores > scores[place]) for place in by_looks[far]], np.int64)
        looks_rank[far] = 1 + (better if ahead is None else np.maximum(better, ahead[by_looks[far]]))
        fused = 1 / (RANK_CONSTANT + looks_rank)
        has_words = np.isin(by_looks, worded)
        fused[has_words] += 1 / (RANK_CONSTANT + np.arange(1, np.count_nonzero(has_words) + 1))
        named = np.isin(photo_ids[by_looks], np.array(sorted(self.named), np.int64))
        return by_looks[np.lexsort((np.arange(len(by_looks)), -fused, ~named))][:wanted]


def matches(filters: Filters, text: str, allowed: Callable[[], Mask], count: int) -> Matches:
    """The photos among the allowed ones, `count` in all, that have the words of a text. Any thread.

    `allowed` is asked only if any photo has them. Raises EnvironmentProblem.
    """
    named = filters.exact_names(text)
    words = [word for word in _WORD.findall(text.casefold()) if word not in _EMPTY and len(word) > 1]
    worded = filters.with_words(words, max(FEW, int(TELLING * count))) if words else []
    if not named and not worded:
        return Matches.none()
    mask = allowed()
    return Matches(
        text,
        frozenset(photo_id for photo_id in named if mask[photo_id]),
        frozenset(photo_id for photo_id in worded if mask[photo_id]),
    )
