"""The coarse copy of the vectors: its scores are as near as it says, and no hit is missed because of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photofinder.vectors import exact, snapshot
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
            scores, doubts = sketch.glance(query).at(slice(0, 4_000), np.arange(4_000) if rows is None else rows)
            assert np.all(np.abs(scores - right) <= doubts)
            assert np.median(doubts) < 0.05, "a bound that says nothing would hold too"


@given(st.integers(0, 2**32), st.floats(0.01, 1.0), st.integers(1, 300), st.booleans(), st.floats(0, 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_best_are_exact_and_none_is_missed(made, seed, share, exactly, near, below, shared):
    index, vectors = made
    random = np.random.default_rng(seed)
    query = vectors[seed % 4_000].astype(np.float32) if near else random.standard_normal(64).astype(np.float32)
    wanted = np.append(False, random.random(4_000) < share)
    right = vectors.astype(np.float32) @ unit(query)
    steps = None if below == 0 else np.quantile(right, np.linspace(below, 1, 20))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "SKETCHED_FROM", 1)
        patch.setattr(exact, "SHARED_FROM", 1 if shared else 5_000)
        found = index.scored(query, wanted, exactly, steps)
    assert found.asked == np.count_nonzero(wanted)
    assert len(np.unique(found.ids)) == len(found.ids)
    assert np.isin(found.ids, np.flatnonzero(wanted)).all()
    if steps is None:
        assert np.array_equal(np.sort(found.ids), np.flatnonzero(wanted))
    else:  # as right as the scores are: what is counted lies between what is surely there and what may be
        doubt = index._snapshot.file.sketch.glance(unit(query)).at(slice(0, 4_000), np.arange(4_000))[1].max()
        for step, count in zip(steps.tolist(), found.reached.tolist(), strict=True):
            low, high = (np.count_nonzero(right[wanted[1:]] >= step + off) for off in (doubt, -doubt))
            assert low <= count <= high
    expected = np.sort(right[wanted[1:]])[::-1][:exactly]
    assert np.sort(found.scores)[::-1][:exactly] == pytest.approx(expected, abs=2e-3)
    order = np.argsort(-found.scores, kind="stable")[:exactly]
    assert right[found.ids[order] - 1] == pytest.approx(expected, abs=2e-3)


def test_with_steps_only_the_best_are_carried_on_and_the_best_are_counted_exactly(made):
    index, vectors = made
    query, wanted = vectors[0].astype(np.float32), np.append(False, np.ones(4_000, np.bool_))
    right = np.sort(vectors.astype(np.float32) @ query)[::-1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "SKETCHED_FROM", 1)
        between = (right[4:9] + right[5:10])[::-1] / 2
        found = index.scored(query, wanted, 20, between)
        assert found.reached.tolist() == [9, 8, 7, 6, 5]
        assert (len(index.scored(query, wanted, 20).ids), found.asked) == (4_000, 4_000)
        assert 20 <= len(found.ids) < 400


def test_vectors_that_are_all_equal_and_none_at_all(tmp_path):
    equal = np.repeat(uneven(1, 16, 3), 50, axis=0)
    query, sketch = equal[0].astype(np.float32), an_index(tmp_path / "equal", equal)._snapshot.file.sketch
    scores, doubts = sketch.glance(query).at(slice(0, 50), np.arange(50))
    assert np.all(np.abs(scores - 1) <= doubts + 1e-3)
    nothing = an_index(tmp_path / "nothing", np.empty((0, 16), np.float16))
    assert len(nothing.scored(np.ones(16, np.float32), np.ones(3, np.bool_), 1).ids) == 0
