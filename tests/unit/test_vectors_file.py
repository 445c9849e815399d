"""What lies on disk: torn, altered, foreign, full, read-only.

Nothing of it may crash or make an answer wrong.
"""

import errno
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from photofinder.core.errors import EnvironmentProblem
from photofinder.vectors import build, graph, snapshot
from photofinder.vectors import index as index_module
from photofinder.vectors.file import IndexFile
from photofinder.vectors.graph import UnusableError
from photofinder.vectors.index import VectorIndex

DIM = 8
FOOTER_BYTES = 52


@pytest.fixture(autouse=True)
def small_graphs(monkeypatch):
    monkeypatch.setattr(build, "GRAPH_FROM", 100)
    monkeypatch.setattr(snapshot, "EXACT_SHARE", 1)
    monkeypatch.setattr(snapshot, "EXPANSION_SEARCH", 64)


def vectors_of(count, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)


def written(folder, count=300, generation=1):
    index = VectorIndex.open(folder, DIM)
    index.add(np.arange(count, dtype=np.int64), vectors_of(count))
    index.consolidate(generation)
    return folder / f"{generation}.usearch"


@pytest.mark.parametrize("count", [20, 300])
@pytest.mark.parametrize("kept", [0, 1, 7, 8, 64, 0.1, 0.5, 0.9, 0.999, -1])
def test_a_file_cut_short_is_found_out(tmp_path, count, kept, caplog):
    path = written(tmp_path, count)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with caplog.at_level(logging.WARNING):
        index = VectorIndex.open(tmp_path, DIM)
    assert (len(index), index.generation) == (0, 0)
    assert "passed over" in caplog.text


def sketch_in(data, count):
    end = len(data) - FOOTER_BYTES
    return range(end - count * DIM, end)  # its rows


@pytest.mark.parametrize("count", [20, 300])
def test_every_altered_byte_outside_the_vectors_is_found_out(tmp_path, count):
    path = written(tmp_path, count)
    good = path.read_bytes()
    vectors, sketch = range(8, 8 + count * DIM * 2), sketch_in(good, count)
    rng = np.random.default_rng(1)
    others = [*range(8), *range(vectors.stop, sketch.start), *range(sketch.stop, len(good))]
    places = [*range(8), *range(sketch.stop, len(good)), *rng.choice(others, 300).tolist()]
    for place in places:
        bad = bytearray(good)
        bad[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(bad)
        with pytest.raises(UnusableError):
            IndexFile(path, DIM)
    path.write_bytes(good)
    assert IndexFile(path, DIM).damage() == ""


def test_altered_vectors_are_found_by_a_full_look(tmp_path):
    path = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[8 : 8 + 2] = b"\xff\xff"  # NaN: the worst that a vector can become
    path.write_bytes(data)
    index = VectorIndex.open(tmp_path, DIM)
    assert "vectors" in index.damage()
    assert len(index.search(np.ones(DIM, np.float32), 300).ids) == 300


def test_an_altered_sketch_is_found_by_a_full_look(tmp_path):
    path = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[sketch_in(data, 300)[-1]] ^= 1
    path.write_bytes(data)
    assert "coarse" in VectorIndex.open(tmp_path, DIM).damage()


def test_nothing_after_the_end_is_accepted(tmp_path):
    path = written(tmp_path)
    path.write_bytes(path.read_bytes() + b"\0")
    assert len(VectorIndex.open(tmp_path, DIM)) == 0


def test_another_space_is_not_mixed_in(tmp_path):
    written(tmp_path)
    assert len(VectorIndex.open(tmp_path, DIM + 1)) == 0
    assert len(VectorIndex.open(tmp_path, DIM)) == 300


def test_the_newest_usable_file_is_taken(tmp_path):
    good = written(tmp_path, generation=9).read_bytes()
    for name in ("10.usearch", "x.usearch", "٣.usearch", "-3.usearch", "11.usearch.tmp"):
        (tmp_path / name).write_bytes(b"nonsense" * 30)
    (tmp_path / "12.usearch").write_bytes(good[:-1])
    (tmp_path / "2.usearch").write_bytes(good)
    index = VectorIndex.open(tmp_path, DIM)
    assert (index.generation, len(index)) == (9, 300)
    index.add(np.array([1000], np.int64), vectors_of(1, 5))
    index.consolidate(13)
    names = {p.name for p in tmp_path.iterdir()}
    assert names == {"13.usearch", "x.usearch", "٣.usearch", "-3.usearch"}


def test_a_reader_goes_on_with_a_file_that_was_replaced(tmp_path):
    """Another process, as it were: what it has mapped stays whole although its name is gone."""
    written(tmp_path)
    reader, writer = VectorIndex.open(tmp_path, DIM), VectorIndex.open(tmp_path, DIM)
    writer.discard(np.arange(100, dtype=np.int64))
    writer.consolidate(2)
    assert [p.name for p in tmp_path.iterdir()] == ["2.usearch"]
    assert len(reader.search(np.ones(DIM, np.float32), 1000).ids) == 300
    assert reader.damage() == ""


def test_a_file_replaced_while_opening_is_found_at_a_second_look(tmp_path, monkeypatch):
    path = written(tmp_path)
    lists = iter([[tmp_path / "0.usearch"], [path]])
    monkeypatch.setattr(index_module, "files_in", lambda _: next(lists))
    assert VectorIndex.open(tmp_path, DIM).generation == 1


def test_a_rebuild_replaces_a_damaged_file_of_its_own_generation(tmp_path):
    path = written(tmp_path, generation=4)
    path.write_bytes(path.read_bytes()[:-5])
    index = VectorIndex.open(tmp_path, DIM)
    index.add(np.arange(300, dtype=np.int64), vectors_of(300))
    index.consolidate(4)
    assert len(VectorIndex.open(tmp_path, DIM)) == 300


def test_rows_hold_the_very_vectors_that_were_added(tmp_path):
    """Threads insert in an order of their own.

    Each id's row must hold its vector all the same, also once grown.
    """
    index = VectorIndex.open(tmp_path, DIM)
    ids, vectors = np.arange(5000, dtype=np.int64) * 7 + 3, vectors_of(5000)
    index.add(ids[:3000], vectors[:3000])
    index.consolidate(1, threads=2)
    index.add(ids[3000:], vectors[3000:])
    index.consolidate(2, threads=2)
    file = IndexFile(tmp_path / "2.usearch", DIM)
    assert file.has_graph
    assert np.array_equal(file.vectors[file.rows_of(ids)], vectors)


@pytest.mark.parametrize(("gone", "rows"), [(20, 300), (60, 240)])
def test_few_gone_stay_in_the_graph_and_many_are_built_away(tmp_path, gone, rows):
    written(tmp_path)
    index = VectorIndex.open(tmp_path, DIM)
    index.discard(np.arange(gone, dtype=np.int64))
    index.consolidate(2)
    again = VectorIndex.open(tmp_path, DIM)
    assert len(IndexFile(tmp_path / "2.usearch", DIM)) == rows
    assert (len(again), again.behind) == (300 - gone, 0)
    assert np.array_equal(again.ids(), np.arange(gone, 300))
    assert len(again.search(np.ones(DIM, np.float32), 10**6).ids) == 300 - gone
    returned = np.arange(gone, dtype=np.int64)
    again.add(returned, vectors_of(gone, 9))
    again.consolidate(3)
    last = VectorIndex.open(tmp_path, DIM)
    assert len(last) == 300
    for k, vector in enumerate(vectors_of(gone, 9)):
        assert last.search(vector.astype(np.float32), 1).ids[0] == k


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_read_only_folder_is_told_with_a_remedy(tmp_path):
    index = VectorIndex.open(tmp_path, DIM)
    index.add(np.arange(5, dtype=np.int64), vectors_of(5))
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(EnvironmentProblem) as problem:
            index.consolidate(1)
    finally:
        tmp_path.chmod(0o700)
    assert problem.value.remedy
    assert len(index) == 5


def test_a_folder_that_cannot_be_made_is_told_with_a_remedy(tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentProblem):
        VectorIndex.open(tmp_path / "taken", DIM)
    index = VectorIndex.open(tmp_path / "absent", DIM)
    index.add(np.arange(5, dtype=np.int64), vectors_of(5))
    (tmp_path / "absent").write_text("")
    with pytest.raises(EnvironmentProblem) as problem:
        index.consolidate(1)
    assert problem.value.remedy
    assert len(index) == 5


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize(
    ("count", "limit_bytes", "fits"),
    [(70, 1000, False), (70, 1600, False), (70, 30_000, True), (300, 1000, False), (300, 30_000, False)],
)
def test_a_disk_that_fills_up_leaves_everything_as_before(tmp_path, count, limit_bytes, fits):
    """A limit on the size of files stands for the full disk: writes fail at the same places, with EFBIG."""
    folder = tmp_path / "space"
    before = written(folder, 20).read_bytes()
    script = f"""
import numpy as np
from photofinder.core.errors import EnvironmentProblem
from photofinder.vectors import build
from photofinder.vectors.index import VectorIndex
import pathlib, resource, sys
build.GRAPH_FROM = 100
index = VectorIndex.open(pathlib.Path({str(folder)!r}), {DIM})
vectors = np.tile(np.eye({DIM}, dtype=np.float16), (100, 1))[:{count}]
index.add(np.arange(1000, 1000 + {count}), vectors)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit_bytes}, {limit_bytes}))
try:
    index.consolidate(2)
except EnvironmentProblem as problem:
    assert problem.remedy
    assert len(index) == 20 + {count} and index.generation == 1
    assert len(index.search(np.ones({DIM}, np.float32), 1000).ids) == 20 + {count}
    sys.exit(5)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == (0 if fits else 5), done.stderr
    if not fits:
        assert [p.name for p in folder.iterdir()] == ["1.usearch"]
        assert (folder / "1.usearch").read_bytes() == before


def test_a_graph_cut_short_in_silence_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(graph.Index, "save", lambda _, path: Path(path).write_bytes(bytes(5000)))
    with pytest.raises(EnvironmentProblem):
        written(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_what_is_free(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    index = VectorIndex.open(tmp_path, DIM)
    index.add(np.arange(5, dtype=np.int64), vectors_of(5))
    monkeypatch.setattr(build, "append_footer", full)
    with pytest.raises(EnvironmentProblem, match="MB are free"):
        index.consolidate(1)
    assert list(tmp_path.iterdir()) == []
