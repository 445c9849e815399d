"""The vector index: how fast, how right, how large. Built once per size and kept in the work folder."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.core.synthetic import Floats, Synthetic
from bench.rows import Row, Settings
from photofinder.vectors.exact import exact_search
from photofinder.vectors.file import IndexFile
from photofinder.vectors.graph import CONNECTIVITY, EXPANSION_ADD, EXPANSION_SEARCH
from photofinder.vectors.index import VectorIndex

Result = TypeVar("Result")

DIM = 512
QUERIES = 200
TAIL = 10_000


def measure(settings: Settings) -> Iterator[Row]:
    """All rows of the vector index at `settings.vectors` vectors of 512 dimensions."""
    made_up = Synthetic(settings.vectors, DIM)
    folder, built = _built(made_up, settings.work)
    path = folder / "1.usearch"
    size = f"{settings.vectors:,} x {DIM}"
    yield Row("vectors build", built["seconds"], "s", detail=f"{size}, {built['threads']} threads")
    yield Row("vectors size on disk", path.stat().st_size / settings.vectors, "bytes/vector", detail=size)
    yield Row("vectors open", _median_s(lambda: VectorIndex.open(folder, DIM)), "s", at_most=0.5, detail=size)
    if hasattr(os, "posix_fadvise"):
        yield Row(
            "vectors open, nothing cached",
            _cold_open_s(folder, path),
            "s",
            detail=f"{size}, pages dropped first",
        )
    index = VectorIndex.open(folder, DIM)
    _touch(path)
    yield from _unfiltered(index, "photo", made_up.photo_queries(QUERIES))
    yield from _unfiltered(index, "word", made_up.word_queries(QUERIES))
    yield from _filtered(index, IndexFile(path, DIM), made_up.photo_queries(20))
    yield from _with_tail(index, made_up)
    yield _exact_scan(made_up)


def _built(made_up: Synthetic, work: Path) -> tuple[Path, dict[str, float]]:
    name = f"vectors-{made_up.count}x{made_up.dim}-m{CONNECTIVITY}-ef{EXPANSION_ADD}"
    folder, note = work / name, work / name / "build.json"
    if not note.exists():
        index, threads, first = VectorIndex.open(folder, made_up.dim), os.cpu_count() or 1, 1
        for block in made_up.blocks():
            index.add(np.arange(first, first + len(block), dtype=np.int64), block)
            first += len(block)
        start = time.perf_counter()
        if index.generation != 1:
            index.consolidate(1, progress=_told, threads=threads)
        note.write_text(json.dumps({"seconds": round(time.perf_counter() - start, 1), "threads": threads}))
    return folder, json.loads(note.read_text())


def _told(done: int, total: int) -> None:
    if done % (total // 20 // 512 * 512 or 512) == 0:
        print(f"building the index: {done:,} of {total:,}", file=sys.stderr)


def _unfiltered(index: VectorIndex, kind: str, queries: Floats) -> Iterator[Row]:
    truth = [index.exact(q, 10) for q in queries]
    times_ms, found = _timed(lambda q: index.search(q, 10), queries)
    shared = [len(np.intersect1d(f.ids, t.ids)) for f, t in zip(found, truth, strict=True)]
    detail = f"{len(index):,} vectors, k 10, {len(queries)} queries, search width {EXPANSION_SEARCH}"
    yield Row(f"vectors recall@10, {kind} queries", float(np.mean(shared)) / 10, "", at_least=0.99, detail=detail)
    yield Row(f"vectors search p50, {kind} queries", float(np.median(times_ms)), "ms", detail=detail)
    yield Row(
        f"vectors search p95, {kind} queries",
        float(np.percentile(times_ms, 95)),
        "ms",
        at_most=10,
        detail=detail,
    )


def _filtered(index: VectorIndex, file: IndexFile, queries: Floats) -> Iterator[Row]:
    """A filtered query is right if it has as many hits as exist, with true scores, and misses no better one.

    The truth is numpy's, in single precision over the stored half floats: equal to within 2e-6.
    """
    rng = np.random.default_rng(11)
    for share in (0.01, 0.1):
        among = np.sort(rng.choice(index.ids(), int(len(index) * share), replace=False))
        stored = file.vectors[file.rows_of(among)].astype(np.float32)
        right = 0
        for k in (10, len(among) + 1):
            times_ms, found = _timed(lambda q, ids=among, k=k: index.search_among(q, ids, k), queries)
            for query, one in zip(queries, found, strict=True):
                asked = (query / np.linalg.norm(query)).astype(np.float16)
                truth = stored @ asked.astype(np.float32)
                own = truth[np.searchsorted(among, one.ids)]
                best = np.sort(truth)[::-1][:k]
                right += len(one.ids) == len(best) and bool(
                    np.allclose(one.scores, own, rtol=0, atol=2e-6) and np.allclose(one.scores, best, rtol=0, atol=2e-6)
                )
            if k == 10:
                detail = f"{len(among):,} of {len(index):,}"
                yield Row(f"vectors search among {share:.0%}, p50", float(np.median(times_ms)), "ms", detail=detail)
        detail = f"{2 * len(queries)} queries, k 10 and k more than there are"
        yield Row(
            f"vectors search among {share:.0%}, right",
            right / (2 * len(queries)),
            "",
            at_least=1,
            detail=detail,
        )


def _with_tail(index: VectorIndex, made_up: Synthetic) -> Iterator[Row]:
    newer = next(Synthetic(TAIL, made_up.dim, seed=8).blocks())
    index.add(np.arange(index.highest_id + 1, index.highest_id + 1 + len(newer), dtype=np.int64), newer)
    index.discard(index.ids()[::100])
    times_ms, _ = _timed(lambda q: index.search(q, 10), made_up.photo_queries(QUERIES))
    detail = f"{TAIL:,} newer than the file, every hundredth discarded"
    yield Row(
        "vectors search p95, unconsolidated",
        float(np.percentile(times_ms, 95)),
        "ms",
        at_most=10,
        detail=detail,
    )


def _exact_scan(made_up: Synthetic) -> Row:
    vectors = np.concatenate([block for _, block in zip(range(5), made_up.blocks(), strict=False)])
    times_ms, _ = _timed(lambda q: exact_search(q, vectors, 10), made_up.photo_queries(10))
    per_100k_ms = float(np.median(times_ms)) * 100_000 / len(vectors)
    return Row("vectors exact search of 100,000", per_100k_ms, "ms", at_most=20, detail=f"from {len(vectors):,}")


def _timed(search: Callable[[Floats], Result], queries: Floats) -> tuple[NDArray[np.float64], list[Result]]:
    """Milliseconds of each query and what it found.

    Each time is the best of three rounds over all queries: what other programs took is left out, and between two
    askings of the same query the others have used the processor's cache.
    """
    found = [search(query) for query in queries]
    times_ms = np.empty((3, len(queries)))
    for round_ms in times_ms:
        for place, query in enumerate(queries):
            start = time.perf_counter()
            search(query)
            round_ms[place] = 1000 * (time.perf_counter() - start)
    return times_ms.min(axis=0), found


def _median_s(act: Callable[[], object]) -> float:
    times: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _cold_open_s(folder: Path, path: Path) -> float:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    start = time.perf_counter()
    VectorIndex.open(folder, DIM)
    return time.perf_counter() - start


def _touch(path: Path) -> None:
    """Bring the whole file into the system's cache, where it is after a first few searches."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
