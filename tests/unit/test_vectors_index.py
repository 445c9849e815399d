"""The index as its callers see it.

`small_graphs` makes graphs worth while from 100 vectors, so that tests stay quick.
"""

import threading

import numpy as np
import pytest

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled
from photofinder.vectors import build, snapshot
from photofinder.vectors.file import IndexFile
from photofinder.vectors.index import VectorIndex

DIM = 16


@pytest.fixture
def small_graphs(monkeypatch):
    monkeypatch.setattr(build, "GRAPH_FROM", 100)
    monkeypatch.setattr(snapshot, "EXACT_SHARE", 1)
    monkeypatch.setattr(snapshot, "EXPANSION_SEARCH", 64)


def unit(rng, count, dim=DIM):
    vectors = rng.standard_normal((count, dim)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def oracle(query, ids, vectors, k):
    """By double precision, over the same rounded query."""
    asked = (query / np.linalg.norm(query)).astype(np.float32).astype(np.float16).astype(np.float64)
    scores = vectors.astype(np.float64) @ asked
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def filled(tmp_path, ids, vectors):
    index = VectorIndex.open(tmp_path / "space", DIM)
    index.add(ids, vectors)
    return index


def some(seed, count):
    rng = np.random.default_rng(seed)
    return rng, np.sort(rng.choice(10 * count, count, replace=False)).astype(np.int64), unit(rng, count)


def test_an_empty_index_finds_nothing(tmp_path):
    index = VectorIndex.open(tmp_path / "not there", DIM)
    query = np.ones(DIM, np.float32)
    assert (len(index), index.generation, index.highest_id, index.behind) == (0, 0, 0, 0)
    for found in (index.search(query, 5), index.exact(query, 5), index.search_among(query, np.arange(3), 5)):
        assert found.ids.shape == found.scores.shape == (0,)
    index.consolidate(1)
    again = VectorIndex.open(tmp_path / "not there", DIM)
    assert (len(again), again.generation, len(again.search(query, 5).ids)) == (0, 1, 0)


@pytest.mark.parametrize("consolidated", [False, True])
@pytest.mark.parametrize("k", [1, 10, 64, 65, 299, 300, 100_000])
def test_search_is_right_before_and_after_consolidating(tmp_path, small_graphs, consolidated, k):
    rng, ids, vectors = some(3, 300)
    index = filled(tmp_path, ids, vectors)
    if consolidated:
        index.consolidate(5)
        assert IndexFile(tmp_path / "space" / "5.usearch", DIM).has_graph
    query = unit(rng, 1)[0].astype(np.float32) * 3
    expected_ids, expected_scores = oracle(query, ids, vectors, k)
    for found in (index.search(query, k), index.exact(query, k), index.search_among(query, ids[::-1], k)):
        assert found.ids.dtype == np.int64
        assert found.scores.dtype == np.float32
        assert np.array_equal(found.ids, expected_ids)
        np.testing.assert_allclose(found.scores, expected_scores, atol=1e-6)


def test_recall_of_the_graph_is_near_perfect(tmp_path, small_graphs, monkeypatch):
    rng, ids, vectors = some(4, 4000)
    index = filled(tmp_path, ids, vectors)
    index.consolidate(1)
    monkeypatch.setattr(snapshot.Snapshot, "_all_in_file", lambda *_: pytest.fail("the graph was not used"))
    queries = unit(rng, 50).astype(np.float32)
    shared = [len(np.intersect1d(index.search(q, 10).ids, oracle(q, ids, vectors, 10)[0])) for q in queries]
    assert np.mean(shared) / 10 >= 0.95


@pytest.mark.parametrize("k", [1, 50, 700, 5000])
def test_discarding_a_whole_neighbourhood_starves_no_search(tmp_path, small_graphs, k):
    """What is gone lies where the query looks: the first hundreds of the graph's answers are all dead."""
    _, ids, vectors = some(5, 1500)
    index = filled(tmp_path, ids, vectors)
    index.consolidate(1)
    query = vectors[0].astype(np.float32)
    index.discard(oracle(query, ids, vectors, 800)[0])
    keep = np.isin(ids, index.ids())
    found = index.search(query, k)
    expected_ids, _ = oracle(query, ids[keep], vectors[keep], k)
    assert np.array_equal(found.ids, expected_ids)
    assert len(found.ids) == min(k, 700)


def test_file_tail_and_discards_answer_together(tmp_path, small_graphs):
    rng, ids, vectors = some(6, 900)
    index = filled(tmp_path, ids[:600], vectors[:600])
    index.consolidate(7)
    index.add(ids[600:], vectors[600:])
    gone = ids[::7]
    index.discard(gone)
    assert index.behind == 300 + np.count_nonzero(np.isin(gone, ids[:600]))
    keep = ~np.isin(ids, gone)
    assert np.array_equal(index.ids(), ids[keep])
    assert len(index) == keep.sum()
    assert index.highest_id == ids[keep][-1]
    for query in unit(rng, 10).astype(np.float32):
        expected = oracle(query, ids[keep], vectors[keep], 20)[0]
        assert np.array_equal(index.exact(query, 20).ids, expected)
        assert np.array_equal(index.search(query, 20).ids, expected)


@pytest.mark.parametrize("survivors", [0, 1, 30, 400, 899])
def test_a_filtered_search_finds_all_that_exist(tmp_path, small_graphs, survivors):
    rng, ids, vectors = some(7, 900)
    index = filled(tmp_path, ids[:700], vectors[:700])
    index.consolidate(1)
    index.add(ids[700:], vectors[700:])
    index.discard(ids[:10])
    among = rng.choice(ids, survivors, replace=False)
    keep = np.isin(ids, among) & (ids > ids[9])
    query = unit(rng, 1)[0].astype(np.float32)
    asked = np.concatenate([among, among[:5], [10**12, -1]])  # some twice, some unknown
    found = index.search_among(query, asked, 10**6)
    assert np.array_equal(found.ids, oracle(query, ids[keep], vectors[keep], 10**6)[0])
    assert len(found.ids) == keep.sum()


def test_adding_what_is_there_changes_nothing_and_a_discarded_id_may_return(tmp_path):
    _, ids, vectors = some(8, 20)
    index = filled(tmp_path, ids, vectors)
    index.add(ids, vectors[::-1].copy())
    assert len(index) == 20
    assert index.search(vectors[0].astype(np.float32), 1).ids[0] == ids[0]
    index.consolidate(1)
    index.discard(ids[:1])
    index.add(ids[:1], vectors[1:2])
    assert len(index) == 20
    index.consolidate(2)
    assert set(index.search(vectors[1].astype(np.float32), 2).ids) == {ids[0], ids[1]}


@pytest.mark.parametrize(
    ("ids", "vectors"),
    [
        ([1, 1], np.eye(DIM)[:2]),
        ([-1], np.eye(DIM)[:1]),
        ([1], np.eye(DIM + 1)[:1]),
        ([1, 2], np.eye(DIM)[:1]),
        ([1], np.full((1, DIM), np.nan)),
        ([1], np.full((1, DIM), 1e6)),
        ([1], np.zeros((1, DIM))),
    ],
)
def test_what_cannot_be_an_embedding_is_refused(tmp_path, ids, vectors):
    index = VectorIndex.open(tmp_path, DIM)
    with pytest.raises(ValueError):
        index.add(np.array(ids, np.int64), vectors.astype(np.float32))
    assert len(index) == 0


def test_a_query_of_another_space_is_refused(tmp_path):
    with pytest.raises(ValueError):
        VectorIndex.open(tmp_path, DIM).search(np.ones(DIM - 1, np.float32), 1)


def test_a_query_of_zeros_is_answered(tmp_path):
    _, ids, vectors = some(9, 5)
    found = filled(tmp_path, ids, vectors).search(np.zeros(DIM, np.float32), 3)
    assert found.ids.tolist() == ids[:3].tolist()


def test_consolidating_is_cancelled_without_a_trace(tmp_path, small_graphs):
    _, ids, vectors = some(10, 2000)
    index = filled(tmp_path, ids[:500], vectors[:500])
    index.consolidate(1)
    index.add(ids[500:], vectors[500:])
    cancel, seen = CancelToken(), []

    def one_look(done, total):
        seen.append(done)
        cancel.cancel()

    with pytest.raises(Cancelled):
        index.consolidate(2, cancel, one_look)
    assert len(seen) == 1
    assert [p.name for p in (tmp_path / "space").iterdir()] == ["1.usearch"]
    assert (len(index), index.generation, index.behind) == (2000, 1, 1500)


def test_progress_counts_to_the_end(tmp_path, small_graphs):
    _, ids, vectors = some(11, 1300)
    index = filled(tmp_path, ids, vectors)
    seen = []
    index.consolidate(1, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (1300, 1300)
    assert seen == sorted(seen)


@pytest.mark.parametrize("graph", [False, True])
def test_what_happens_during_consolidating_is_kept(tmp_path, small_graphs, graph):
    """Discarded from the old file, from the tail; added; discarded and added again with another vector."""
    count = 400 if graph else 40
    rng, ids, vectors = some(14, count)
    half, changed = count // 2, unit(rng, 1)
    index = filled(tmp_path, ids[:half], vectors[:half])
    index.consolidate(1)
    index.add(ids[half:-2], vectors[half:-2])

    def meanwhile(done, total):
        if done < total:
            return
        index.discard(ids[[0, half, half + 1]])
        index.add(ids[-2:], vectors[-2:])
        index.add(ids[[half + 1]], changed)

    index.consolidate(2, progress=meanwhile)
    assert index.behind == 3 + 3
    index.consolidate(3)
    keep = ~np.isin(ids, ids[[0, half]])
    vectors[half + 1] = changed[0]
    for seen in (index, VectorIndex.open(tmp_path / "space", DIM)):
        assert np.array_equal(seen.ids(), ids[keep])
        query = changed[0].astype(np.float32)
        assert np.array_equal(seen.exact(query, count).ids, oracle(query, ids[keep], vectors[keep], count)[0])


def test_many_small_additions_without_consolidating(tmp_path):
    _, ids, vectors = some(15, 3000)
    index = VectorIndex.open(tmp_path, DIM)
    for start in range(0, 3000, 37):
        index.add(ids[start : start + 37], vectors[start : start + 37])
    index.discard(ids[::3])
    keep = ~np.isin(ids, ids[::3])
    query = vectors[1].astype(np.float32)
    expected = oracle(query, ids[keep], vectors[keep], 3000)[0]
    assert np.array_equal(index.search(query, 3000).ids, expected)
    assert np.array_equal(index.search_among(query, ids, 3000).ids, expected)


def test_a_generation_is_written_once(tmp_path):
    _, ids, vectors = some(12, 30)
    index = filled(tmp_path, ids[:20], vectors[:20])
    index.consolidate(3)
    written = (tmp_path / "space" / "3.usearch").stat().st_mtime_ns
    index.consolidate(3)
    assert (tmp_path / "space" / "3.usearch").stat().st_mtime_ns == written
    index.add(ids[20:], vectors[20:])
    with pytest.raises(ValueError):
        index.consolidate(3)


def test_searching_and_writing_go_on_while_consolidating(tmp_path, small_graphs):
    """Four readers check every answer against what was surely there while one writes and one builds."""
    rng, ids, vectors = some(13, 3000)
    index = filled(tmp_path, ids[:1500], vectors[:1500])
    stop, wrong = threading.Event(), []
    held = ids[100:1500]
    queries = unit(rng, 40).astype(np.float32)
    expected = [oracle(q, held, vectors[100:1500], 10)[0] for q in queries]

    def read():
        while not stop.is_set():
            for query, truth in zip(queries, expected, strict=True):
                if not np.array_equal(index.search_among(query, held, 10).ids, truth):
                    wrong.append("among")
                found = index.search(query, 30)
                if len(found.ids) != 30 or (np.diff(found.scores) > 0).any():
                    wrong.append("search")

    def write():
        for start in range(1500, 3000, 50):
            index.add(ids[start : start + 50], vectors[start : start + 50])
            index.discard(ids[(start - 1500) // 15 : (start - 1500) // 15 + 4])

    threads = [threading.Thread(target=read) for _ in range(4)]
    writer = threading.Thread(target=write)
    for thread in [*threads, writer]:
        thread.start()
    for generation in range(1, 5):
        index.consolidate(generation)
    writer.join()
    index.consolidate(9)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    again = VectorIndex.open(tmp_path / "space", DIM)
    assert again.generation == 9
    keep = np.isin(ids, again.ids())
    assert keep[100:].all()
    assert np.array_equal(again.ids(), index.ids())
    for query in queries[:5]:
        assert np.array_equal(again.exact(query, 50).ids, oracle(query, ids[keep], vectors[keep], 50)[0])
