"""The cut line: where the good hits end, decided for each query, library and encoder, with no threshold to tune.

1. *How much better than other things.* A photo's score for the query is compared with its scores for some hundred
   common concepts: t = (score - their mean) / their usual spread. Speaker verification knows this as test normalisation
   (Auckenthaler, Carey, Lloyd-Thomas: "Score Normalization for Text-Independent Speaker Verification Systems", 2000);
   the spread here is one for the library, so that t orders photos as their scores do. Concepts that mean nearly the
   same as the query are left out. t has no unit: it means the same for every encoder.
2. *How likely by chance.* If the photo does not show what was asked for, t is about normally distributed, and the best
   of N photos reaches a high one by chance: about sqrt(2 ln N). So what counts as good depends on how many were looked
   at. Benjamini and Hochberg's procedure ("Controlling the False Discovery Rate", 1995) takes both into account, also
   how many good ones there are. Where there are none, it lets something through with the very probability that is asked
   of it.

Pure functions over numpy arrays; any thread. `python -m bench query` measures what comes of it.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector

STRONG_RATE: Final = 0.05
"""Share of chance hits allowed among the strong ones, and the chance of a strong one where there is nothing."""

POSSIBLE_RATE: Final = 0.2
"""The same for the possible ones."""

SYNONYM: Final = 0.6
"""Cosine between query and concept from which they mean much the same."""

_FEWEST_CONCEPTS: Final = 30
STEPS: Final = np.arange(0.85, 12, 0.005)
"""The t where a line may be, ascending."""

_CHANCES: Final = np.array([0.5 * math.erfc(step / math.sqrt(2)) for step in STEPS.tolist()])
"""How likely a photo of something else reaches each step: the normal distribution's upper tail."""


@dataclass(frozen=True, slots=True)
class Background:
    """The concepts' embeddings (n, dim), and the scores (m, n) that some photos of the library have for them."""

    concepts: Vector
    scores: Vector

    @classmethod
    def of(cls, concepts: Vector, sample: Vector) -> "Background":
        """Measured on photos (m, dim)."""
        return cls(concepts, sample @ concepts.T)


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What a query is measured against: the mean (dim,) of the concepts, and how much their scores usually spread."""

    mean: Vector
    spread: float

    @classmethod
    def of(cls, background: "Background", query: Vector) -> "Yardstick":
        """Made of the concepts that do not mean what the query (dim,) means."""
        likeness = background.concepts @ query
        kept = np.flatnonzero(likeness < SYNONYM)
        if len(kept) < min(_FEWEST_CONCEPTS, len(likeness)):  # an encoder for which everything is alike
            kept = np.argsort(likeness, kind="stable")[:_FEWEST_CONCEPTS]
        variances = background.scores[:, kept].var(axis=1)
        spread = math.sqrt(float(variances.mean())) if len(variances) else 1.0
        return cls(background.concepts[kept].mean(axis=0), max(spread, 1e-6))


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the good hits end: how many of all photos that were asked are strong, possible, and the rest."""

    strong: int
    possible: int
    rest: int

    @property
    def nothing(self) -> bool:
        """Whether nothing looks like what was asked for."""
        return self.strong + self.possible == 0


@dataclass(frozen=True, slots=True)
class Lines:
    """From which t a photo is a strong hit, and from which a possible one (infinite where none is); how many reach it.

    `possible_count` includes the strong ones.
    """

    strong: float
    possible: float
    strong_count: int
    possible_count: int


def lines(reached: NDArray[np.int64], asked: int) -> Lines:
    """Where to cut, by how many photos reach each of STEPS, of all that were asked."""
    at_strong, at_possible = (
        _lowest(_CHANCES * max(asked, 1) <= rate * reached) for rate in (STRONG_RATE, POSSIBLE_RATE)
    )
    (strong, strong_count), (possible, possible_count) = (
        (math.inf, 0) if at is None else (float(STEPS[at]), int(reached[at])) for at in (at_strong, at_possible)
    )
    return Lines(strong, possible, strong_count, possible_count)


def _lowest(right: NDArray[np.bool_]) -> int | None:
    found = np.flatnonzero(right)
    return int(found[0]) if len(found) else None
