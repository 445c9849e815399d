"""The coarse copy of the vectors: its scores are as near as it says, and no hit is missed because of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photofinder.vectors import snapshot
from photofinder.vectors.index import VectorIndex


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def uneven(count, dim, seed):
    """Like embeddings of real encoders: a cone, and some dimensions much larger than the others."""
    random = np.random.default_rng(seed)
    spread = np.where(np.arange(dim) % 9 == 0, 8.0, 1.0)
    centre = 2 * random.standard_normal(dim)
    return unit(centre + spread * random.standard_normal((count, dim))).astype(np.float16)


def an_index(folder, vectors):
    index = VectorIndex.open(folder, vectors.shape[1])
    index.add(np.arange(1, len(vectors) + 1), vectors)
    index.consolidate(1)
    return index


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    vectors = uneven(4_000, 64, 1)
    return an_index(tmp_path_factory.mktemp("index"), vectors), vectors


def test_scores_are_as_near_as_is_said(made):
    index, vectors = made
    sketch = index._snapshot.file.sketch
    for seed in range(20):
        query = unit(np.random.default_rng(seed).standard_normal(64)).astype(np.float32)
        for rows in (None, np.arange(0, 4_000, 7)):
            right = vectors.astype(np.float64)[slice(None) if rows is None else rows] @ query
            scores, doubts = (
                sketch.scores(query, rows),
                sketch.doubts(query, np.arange(4_000) if rows is None else rows),
            )
            assert np.all(np.abs(scores - right) <= doubts)
            assert np.median(doubts) < 0.05, "a bound that says nothing would hold too"


@given(st.integers(0, 2**32), st.floats(0.01, 1.0), st.integers(1, 300), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_best_are_exact_and_none_is_missed(made, seed, share, exactly, near):
    index, vectors = made
    random = np.random.default_rng(seed)
    query = vectors[seed % 4_000].astype(np.float32) if near else random.standard_normal(64).astype(np.float32)
    wanted = np.append(False, random.random(4_000) < share)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "SKETCHED_FROM", 1)
        found = index.scored(query, wanted, exactly)
    right = vectors.astype(np.float32) @ unit(query)
    assert np.array_equal(np.sort(found.ids), np.flatnonzero(wanted))
    expected = np.sort(right[wanted[1:]])[::-1][:exactly]
    assert np.sort(found.scores)[::-1][:exactly] == pytest.approx(expected, abs=2e-3)
    order = np.argsort(-found.scores, kind="stable")[:exactly]
    assert right[found.ids[order] - 1] == pytest.approx(expected, abs=2e-3)


def test_vectors_that_are_all_equal_and_none_at_all(tmp_path):
    equal = np.repeat(uneven(1, 16, 3), 50, axis=0)
    query, sketch = equal[0].astype(np.float32), an_index(tmp_path / "equal", equal)._snapshot.file.sketch
    assert np.all(np.abs(sketch.scores(query) - 1) <= sketch.doubts(query) + 1e-3)
    nothing = an_index(tmp_path / "nothing", np.empty((0, 16), np.float16))
    assert len(nothing.scored(np.ones(16, np.float32), np.ones(3, np.bool_), 1).ids) == 0
