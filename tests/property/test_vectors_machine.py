"""Whatever happens to the index and its files in whatever order, it answers like a dict of vectors."""

import logging
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled
from photofinder.vectors import build, snapshot
from photofinder.vectors.index import VectorIndex

FOOTER_BYTES = 52
DIM = 5


def unit(seed, count):
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


class IndexMachine(RuleBasedStateMachine):
    """`truth` is the catalogue: every id with its vector.

    `generation` counts its changes, as the catalogue does.
    """

    @initialize()
    def begin(self):
        logging.disable(logging.WARNING)
        self.patches = [
            mock.patch.object(build, "GRAPH_FROM", 80),
            mock.patch.object(snapshot, "EXACT_SHARE", 1),
            mock.patch.object(snapshot, "EXPANSION_SEARCH", 16),
        ]
        for patch in self.patches:
            patch.start()
        self.folder = Path(tempfile.mkdtemp())
        self.truth = {}
        self.next_id = 1
        self.generation = 0
        self.index = VectorIndex.open(self.folder, DIM)

    def teardown(self):
        logging.disable(logging.NOTSET)
        for patch in getattr(self, "patches", []):
            patch.stop()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(seed=st.integers(0, 1000), count=st.integers(1, 90), stride=st.integers(1, 3), copies=st.booleans())
    def add(self, seed, count, stride, copies):
        ids = self.next_id + stride * np.arange(count, dtype=np.int64)
        self.next_id = int(ids[-1]) + 1
        vectors = np.repeat(unit(seed, 1), count, axis=0) if copies else unit(seed, count)
        order = np.random.default_rng(seed).permutation(count)
        self.index.add(ids[order], vectors[order])
        self.truth.update(zip(ids.tolist(), vectors, strict=True))
        self.generation += 1

    @rule(seed=st.integers(0, 1000), share=st.sampled_from([0.02, 0.3, 1.0]))
    def discard(self, seed, share):
        rng = np.random.default_rng(seed)
        ids = np.array([i for i in self.truth if rng.random() < share] + [self.next_id + 5], np.int64)
        self.index.discard(ids)
        for i in ids.tolist():
            self.truth.pop(i, None)
        self.generation += 1

    @rule()
    def consolidate(self):
        self.generation += 1
        self.index.consolidate(self.generation)
        assert (self.index.generation, self.index.behind) == (self.generation, 0)
        assert [p.name for p in self.folder.iterdir()] == [f"{self.generation}.usearch"]

    @precondition(lambda self: len(self.truth) > 0)
    @rule()
    def consolidate_and_cancel(self):
        self.generation += 1
        before, cancel = self.index.generation, CancelToken()
        cancel.cancel()
        try:
            self.index.consolidate(self.generation, cancel)
            raise AssertionError("a cancelled consolidation returned")
        except Cancelled:
            assert self.index.generation == before

    @rule()
    def reopen(self):
        """As the library does: open, compare with the catalogue, make up for what is missing."""
        self.index = VectorIndex.open(self.folder, DIM)
        held = self.index.ids()
        wanted = np.array(sorted(self.truth), np.int64)
        self.index.discard(np.setdiff1d(held, wanted))
        missing = np.setdiff1d(wanted, held)
        if len(missing):
            self.index.add(missing, np.array([self.truth[i] for i in missing.tolist()]))

    @precondition(lambda self: self.index.generation > 0)
    @rule(how=st.sampled_from(["cut", "flip", "empty", "delete"]), where=st.floats(0, 1, exclude_max=True))
    def damage_and_reopen(self, how, where):
        path = self.folder / f"{self.index.generation}.usearch"
        data = bytearray(path.read_bytes())
        self.index = VectorIndex(self.folder, DIM, None)  # lets go of the file
        if how == "delete":
            path.unlink()
        elif how == "empty":
            path.write_bytes(b"")
        elif how == "cut":
            path.write_bytes(data[: int(where * len(data))])
        else:
            rows = int(np.frombuffer(data, np.uint32, 1)[0])
            summed = [*range(8 + rows * DIM * 2, len(data) - FOOTER_BYTES - rows * DIM)]
            summed += range(len(data) - FOOTER_BYTES, len(data))
            data[summed[int(where * len(summed))]] ^= 0x10
            path.write_bytes(data)
        assert VectorIndex.open(self.folder, DIM).generation == 0
        self.reopen()

    @invariant()
    def answers_like_a_dict(self):
        if not hasattr(self, "index"):
            return
        assert len(self.index) == len(self.truth)
        ids = np.array(sorted(self.truth), np.int64)
        assert np.array_equal(self.index.ids(), ids)
        assert self.index.highest_id == max(self.truth, default=0)
        vectors = np.array([self.truth[i] for i in ids.tolist()], np.float16).reshape(-1, DIM)
        query = unit(self.next_id, 1)[0].astype(np.float32)
        asked = (query / np.linalg.norm(query)).astype(np.float16).astype(np.float64)
        scores = vectors.astype(np.float64) @ asked
        for k in (1, 7, 10_000):
            best = np.sort(scores)[::-1][:k]
            among = ids[:: k % 3 + 1]
            for found, expected in (
                (self.index.exact(query, k), best),
                (self.index.search_among(query, among, k), np.sort(scores[:: k % 3 + 1])[::-1][:k]),
            ):
                np.testing.assert_allclose(found.scores, expected, atol=1e-6)
                self.check(found, scores, ids)
            found = self.index.search(query, k)
            assert len(found.ids) == min(k, len(ids))
            self.check(found, scores, ids)

    @staticmethod
    def check(found, scores, ids):
        """Each hit is live, once, with its own score; best first, equal scores by id."""
        assert len(np.unique(found.ids)) == len(found.ids)
        rows = np.searchsorted(ids, found.ids)
        np.testing.assert_allclose(scores[rows], found.scores, atol=1e-6)
        falls = np.diff(found.scores)
        assert (falls <= 0).all()
        assert (np.diff(found.ids)[falls == 0] > 0).all()


TestIndex = IndexMachine.TestCase
TestIndex.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
