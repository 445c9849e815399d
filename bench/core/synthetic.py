"""Vectors that resemble the embeddings of a photo library, as many as are wanted, the same for the same seed.

- All share a direction (CLIP's cone): cosine 0.5 between unrelated photos.
- Subjects cluster, a hundred photos on average, the large ones much larger: cosine 0.82 within a cluster.
- Photos come in runs of twenty of one subject, as events do.
- Variance falls along the axes as (j + 1) ** -0.7: about 115 effective dimensions of 512, between white noise
  and the few dozen of a narrow collection. (No rotation: dot products would not notice.)

Queries of two kinds, none of them among the vectors: *photos* (drawn like the others) and *words* (away from
the cone, as text embeddings are: they share a direction of their own, and the subject is a small part; cosine
about 0.25).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BLOCK = 20_000
_RUN = 20


class Synthetic:
    """A made-up library of `count` embeddings of `dim` dimensions."""

    def __init__(self, count: int, dim: int, seed: int = 7) -> None:
        self.count, self.dim, self._seed = count, dim, seed
        rng = np.random.default_rng((seed, 0))
        scale = (np.arange(dim) + 1.0) ** -0.35
        self._scale = (scale / np.linalg.norm(scale)).astype(np.float32)
        clusters = max(1, count // 100)
        self._photos_cone, self._words_cone = _unit(rng.standard_normal((2, dim), np.float32))
        self._centres = 0.8 * self._noise(rng, clusters)
        weights = np.arange(1, clusters + 1) ** -0.5
        self._weights = weights / weights.sum()

    def blocks(self) -> Iterator[NDArray[np.float16]]:
        """The vectors in order, unit length, (≤ 20000, dim) at a time."""
        for block, start in enumerate(range(0, self.count, _BLOCK)):
            rng = np.random.default_rng((self._seed, 1, block))
            rows = min(_BLOCK, self.count - start)
            runs = self._subjects(rng, -(-rows // _RUN))
            yield self._photos(rng, np.repeat(runs, _RUN)[:rows]).astype(np.float16)

    def photo_queries(self, count: int) -> Floats:
        """Photos that are not in the library, (count, dim)."""
        rng = np.random.default_rng((self._seed, 2))
        return self._photos(rng, self._subjects(rng, count))

    def word_queries(self, count: int) -> Floats:
        """Sentences about subjects of the library, (count, dim)."""
        rng = np.random.default_rng((self._seed, 3))
        subjects = self._centres[self._subjects(rng, count)]
        return _unit(self._words_cone + 0.5 * subjects + 0.2 * self._noise(rng, count))

    def _subjects(self, rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        return rng.choice(len(self._centres), count, p=self._weights)

    def _photos(self, rng: np.random.Generator, subjects: NDArray[np.int64]) -> Floats:
        return _unit(self._photos_cone + self._centres[subjects] + 0.6 * self._noise(rng, len(subjects)))

    def _noise(self, rng: np.random.Generator, count: int) -> Floats:
        return rng.standard_normal((count, self.dim), np.float32) * self._scale


def _unit(vectors: Floats) -> Floats:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
