import numpy as np
import pytest
from numpy.typing import DTypeLike

from photofinder.vectors.exact import GATHER_ROWS, SCAN_ROWS, best, dot_products, exact_search


def unit(rng, count, dim, dtype: DTypeLike = np.float32):
    vectors = rng.standard_normal((count, dim)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize(("count", "dim"), [(1, 1), (7, 3), (1000, 8), (300, 512), (5, 770)])
def test_agrees_with_double_precision(dtype, count, dim):
    rng = np.random.default_rng(count)
    vectors, query = unit(rng, count, dim, dtype), unit(rng, 1, dim)[0]
    truth = vectors.astype(np.float64) @ query.astype(dtype).astype(np.float64)
    np.testing.assert_allclose(dot_products(query, vectors), truth, atol=1e-6)
    positions, scores = exact_search(query, vectors, 5)
    np.testing.assert_allclose(scores, np.sort(truth)[::-1][:5], atol=1e-6)
    np.testing.assert_allclose(truth[positions], scores, atol=1e-6)


@pytest.mark.parametrize("count", [GATHER_ROWS - 1, GATHER_ROWS + 1, SCAN_ROWS + 3])
def test_blocks_join_without_a_seam(count):
    rng = np.random.default_rng(1)
    vectors, query = unit(rng, count, 4, np.float16), unit(rng, 1, 4)[0]
    rows = rng.permutation(count)
    whole = dot_products(query, vectors)
    assert np.array_equal(dot_products(query, vectors, rows), whole[rows])
    np.testing.assert_allclose(whole, vectors.astype(np.float64) @ query.astype(np.float16), atol=1e-6)


def test_equal_vectors_score_equally_wherever_they_lie():
    rng = np.random.default_rng(2)
    one = unit(rng, 1, 512, np.float16)
    for count in (1, 2, 3, 5, 17, 1000):
        assert len(np.unique(dot_products(unit(rng, 1, 512)[0] * 0 + one[0], np.tile(one, (count, 1))))) == 1


def test_ties_come_in_order_of_position():
    vectors = np.tile(np.eye(4, dtype=np.float16), (50, 1))
    positions, scores = exact_search(np.array([0, 1, 0, 0], np.float32), vectors, 7)
    assert positions.tolist() == [1, 5, 9, 13, 17, 21, 25]
    assert scores.tolist() == [1.0] * 7


def test_ties_come_in_order_of_id():
    scores = np.array([0.5, 0.9, 0.5, 0.5], np.float32)
    ids = np.array([40, 30, 20, 10], np.int64)
    assert ids[best(scores, 3, ids)].tolist() == [30, 10, 20]


@pytest.mark.parametrize(("k", "found"), [(-1, 0), (0, 0), (1, 1), (3, 3), (4, 3), (10**9, 3)])
def test_as_many_as_exist(k, found):
    positions, scores = exact_search(np.ones(2, np.float32), np.ones((3, 2), np.float16), k)
    assert len(positions) == len(scores) == found


def test_nothing_to_search():
    positions, scores = exact_search(np.ones(2, np.float32), np.empty((0, 2), np.float16), 5)
    assert (len(positions), len(scores)) == (0, 0)


@pytest.mark.parametrize("k", range(1, 5))
def test_nan_comes_last_and_is_not_lost(k):
    scores = np.array([np.nan, 0.1, np.nan, 0.3], np.float32)
    assert best(scores, k).tolist() == [3, 1, 0, 2][:k]
