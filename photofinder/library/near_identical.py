"""Hits that show the very same thing: copies, re-encoded copies, frames of a burst. One stands for them all.

How near two photos are is told relative to how far apart photos of the library are on average, so that it means the
same for every encoder: 0 for equal embeddings, 1 for any two photos. The bounds were measured on known copies and
bursts (`python -m bench query`, docs/measurements.md); they rather leave two frames apart than hide a photo behind
another.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.core.types import Vector
from photofinder.library.answering import Ranked, filters_of, sample_of
from photofinder.library.library import Library
from photofinder.vectors.index import VectorIndex

SAME: Final = 0.008
"""Distance up to which photos without contradicting capture times are one picture, encoded or resized anew."""

BURST: Final = 0.02
BURST_MS: Final = 30_000
"""Distance and time up to which photos are frames of one burst."""

_BLOCK: Final = 512


def groups(library: Library, ranked: Ranked, index: VectorIndex | None) -> list[list[int]]:
    """Places in `ranked` that belong together, each group led by its best, in order. Any thread.

    Raises EnvironmentProblem.
    """
    columns = filters_of(library).columns
    taken_ms = np.where(
        columns.numbers("dated")[ranked.photo_ids] == 1, columns.numbers("taken_ms")[ranked.photo_ids], -1
    )
    content = library.reader.fingerprints_of(ranked.photo_ids.tolist())
    fingerprints = [content.get(photo_id) for photo_id in ranked.photo_ids.tolist()]
    vectors, unit = None, 1.0
    if index is not None and len(ranked.photo_ids):
        vectors = _in_order(index, ranked.embedding_ids)
        sample = sample_of(index)
        unit = max(1e-6, 1 - float(np.square(sample.mean(axis=0)).sum()))  # mean distance of any two photos
    return joined(fingerprints, taken_ms, vectors, unit)


def joined(
    fingerprints: list[bytes | None], taken_ms: NDArray[np.int64], vectors: Vector | None, unit: float
) -> list[list[int]]:
    """Groups of places. `taken_ms` is -1 where unknown; `vectors` (n, dim); `unit` the distance of any two photos."""
    alike = {} if vectors is None else _alike(taken_ms, vectors, unit)
    found: dict[int, list[int]] = {}
    by_content: dict[bytes, int] = {}
    for place, fingerprint in enumerate(fingerprints):
        leader = None if fingerprint is None else by_content.get(fingerprint)
        if leader is None:  # like a leader, so that a chain of small steps joins nothing
            leader = next((before for before in alike.get(place, ()) if before in found), place)
        found.setdefault(leader, []).append(place)
        if fingerprint is not None:
            by_content.setdefault(fingerprint, leader)
    return list(found.values())


def _alike(taken_ms: NDArray[np.int64], vectors: Vector, unit: float) -> dict[int, list[int]]:
    """For places that look like earlier ones: these, in order. Many with all at once: this is done for every key."""
    found: dict[int, list[int]] = {}
    dated, there = taken_ms >= 0, np.any(vectors != 0, axis=1)
    for start in range(0, len(vectors), _BLOCK):
        some, before = slice(start, start + _BLOCK), slice(0, start + _BLOCK)
        distance = (1 - vectors[some] @ vectors[before].T) / unit
        apart_ms = np.abs(taken_ms[some, np.newaxis] - taken_ms[before])
        both_dated = dated[some, np.newaxis] & dated[before]
        right = np.where(both_dated, (apart_ms <= BURST_MS) & (distance <= BURST), distance <= SAME)
        right &= there[some, np.newaxis] & there[before]
        for place, other in np.argwhere(np.tril(right, start - 1)).tolist():
            found.setdefault(start + place, []).append(other)
    return found


def _in_order(index: VectorIndex, embedding_ids: NDArray[np.int64]) -> Vector:
    """Vectors for these ids, (n, dim); zeros where there is none."""
    ids, vectors = index.vectors_of(np.unique(embedding_ids[embedding_ids >= 0]))
    ordered = np.zeros((len(embedding_ids), index.dim), np.float32)
    if len(ids):
        by_id = np.argsort(ids)
        at = np.minimum(np.searchsorted(ids[by_id], embedding_ids), len(ids) - 1)
        known = ids[by_id][at] == embedding_ids
        ordered[known] = vectors[by_id][at[known]]
    return ordered
