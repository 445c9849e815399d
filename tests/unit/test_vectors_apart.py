"""A large graph grows in a process of its own: the same file, and nothing left of the process however it ends."""

import multiprocessing
import os
import threading
import time

import numpy as np
import pytest

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, EnvironmentProblem
from photofinder.vectors import apart, build
from photofinder.vectors.file import IndexFile
from photofinder.vectors.index import VectorIndex

DIM = 8


def die(_pipe, _growth):
    os._exit(3)


def dawdle(_pipe, _growth):
    time.sleep(60)


def refuse(pipe, _growth):
    pipe.send(("problem", "The disk is full.", "Free some space."))


def vectors_of(count, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """300 vectors in the file and 30 newer ones, of which one is gone again."""
    monkeypatch.setattr(build, "GRAPH_FROM", 100)
    monkeypatch.setattr(apart, "APART_FROM", 100)
    index = VectorIndex.open(tmp_path, DIM)
    index.add(np.arange(300), vectors_of(330)[:300])
    index.consolidate(1)
    index.add(np.arange(300, 330), vectors_of(330)[300:])
    index.discard(np.array([7, 310]))
    yield index
    assert not multiprocessing.active_children()


def test_it_holds_what_was_added_and_nothing_that_is_gone(index, tmp_path, monkeypatch):
    processes = []
    whole = apart.grown_apart
    monkeypatch.setattr(apart, "grown_apart", lambda *given: processes.append(given) or whole(*given))
    index.consolidate(2)
    assert len(processes) == 1
    live = np.setdiff1d(np.arange(330), [7, 310])
    again = VectorIndex.open(tmp_path, DIM)
    assert np.array_equal(again.ids(), live)
    file = IndexFile(tmp_path / "2.usearch", DIM)
    assert file.has_graph
    assert np.array_equal(file.vectors[file.rows_of(live)], vectors_of(330)[live])


@pytest.mark.parametrize(("ending", "words"), [(die, r"exit code 3"), (refuse, "The disk is full")])
def test_a_process_that_fails_is_told_and_leaves_all_as_before(index, tmp_path, monkeypatch, ending, words):
    monkeypatch.setattr(apart, "_serve", ending)
    with pytest.raises(EnvironmentProblem, match=words):
        index.consolidate(2)
    assert [path.name for path in tmp_path.iterdir()] == ["1.usearch"]
    assert len(index) == 328


def test_it_stops_when_asked(index, tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "_serve", dawdle)
    cancel = CancelToken()
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        index.consolidate(2, cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["1.usearch"]
