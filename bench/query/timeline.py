"""When a million photos were taken: the timeline's counting and painting, listings in bursts' order, shifted clocks.

Frames are judged by the processor's time of their thread, which other programs on the machine disturb less.
"""

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from bench.rows import Row, Settings
from photofinder.library import clocks
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui import theme
from photofinder.ui.timeline_counts import Counts, counted
from photofinder.ui.timeline_view import TimelineView

MILLION, SHIFTED = 1_000_000, 10_000
WIDTHS_PX = (1280, 2560)
FRAME_MS, ZOOM_STEPS = 16, 80
_FIRST_MS, _SPAN_MS = 1_000_000_000_000, 700_000_000_000  # 2001 to 2023
_RUNS = 7


def measure(settings: Settings) -> Iterator[Row]:
    """Rows named timeline, bursts and clocks."""
    count = 50_000 if settings.quick else MILLION
    taken_ms = np.random.default_rng(5).integers(0, _SPAN_MS, count) + _FIRST_MS
    detail = f"{count:,} photos"
    yield Row("timeline: counting", _median_ms(lambda: counted(taken_ms)), "ms", detail=f"{detail}, not on the window")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    theme.use(theme.DARK)
    for width_px in WIDTHS_PX:
        frames = _frames_ms(counted(taken_ms), width_px)
        clock, processor = (np.percentile(each, [50, 99]) for each in frames)
        said = (
            f"from all years to two weeks; median {processor[0]:.1f}; by the clock {clock[0]:.1f}, p99 {clock[1]:.1f}"
        )
        yield Row(f"timeline: frame p99 {width_px}, CPU", float(processor[1]), "ms", FRAME_MS, detail=said)
    del application
    with tempfile.TemporaryDirectory(dir=settings.work) as folder, _library(Path(folder), taken_ms) as library:
        yield from _listings(library, detail)
        ids = list(range(1, SHIFTED + 1))
        forth = _median_ms(lambda: clocks.shift(library, ids, timedelta(hours=1)))
        yield Row("clocks: shift", forth, "ms", detail=f"{SHIFTED:,} of {detail}, committed")


def _listings(library: Library, detail: str) -> Iterator[Row]:
    """With photos of one moment by their names, against without, in turn."""
    statement = """SELECT group_concat(id), group_concat(taken_ms) FROM (SELECT id, taken_ms, width_px, height_px
        FROM photos INDEXED BY {} WHERE missing_since_ms IS NULL ORDER BY taken_ms DESC, {} id DESC)"""
    with contextlib.closing(sqlite3.connect(library.where.catalogue)) as plain:
        plain.execute("CREATE INDEX listed_before ON photos (missing_since_ms, taken_ms, id, width_px, height_px)")
        plain.commit()
        times: dict[str, list[float]] = {"sequence DESC,": [], "": []}
        for _ in range(_RUNS):
            for order, index in (("sequence DESC,", "photos_listed"), ("", "listed_before")):
                asked = statement.format(index, order)
                times[order].append(_once_ms(lambda asked=asked: plain.execute(asked).fetchall()))
        plain.execute("DROP INDEX listed_before")
        plain.commit()
    with_names, without = (float(np.median(each)) for each in times.values())
    said = f"{detail}: {with_names:.0f} ms, {without:.0f} ms without"
    yield Row("bursts: listing in their order", with_names / without, "x", detail=said)


def _frames_ms(counts: Counts, width_px: int) -> tuple[list[float], list[float]]:
    """Every frame of a long zoom into the middle: by the clock, and the processor's time of this thread."""
    view = TimelineView()
    view.resize(width_px, view.sizeHint().height())
    view.show_counts(counts, counts, None, anew=True)
    canvas = QImage(view.size(), QImage.Format.Format_RGB32)
    clock: list[float] = []
    processor: list[float] = []
    for _ in range(ZOOM_STEPS):
        view.zoom_by(1.1)
        used = time.thread_time()
        clock.append(_once_ms(lambda: view.paint(canvas)))
        processor.append((time.thread_time() - used) * 1e3)
    return clock, processor


def _library(folder: Path, taken_ms: NDArray[np.int64]) -> Library:
    """Photos that exist in the catalogue alone."""
    made = Library(locations(folder), create=True)
    with contextlib.closing(sqlite3.connect(made.where.catalogue)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            """INSERT INTO photos (id, added_at_ms, decoder_version, taken_ms, width_px, height_px, sequence)
            VALUES (?, 0, 1, ?, 4000, 3000, ?)""",
            ((n, when, 1_000 * (n % 9_999)) for n, when in enumerate(taken_ms.tolist(), start=1)),
        )
        connection.commit()
    return made


def _median_ms(work: Callable[[], object]) -> float:
    return float(np.median([_once_ms(work) for _ in range(_RUNS)]))


def _once_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3
