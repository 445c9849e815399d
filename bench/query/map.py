"""The map over a million photos: first paint, and every frame of a long walk over the earth.

Frames are painted into a picture in memory, as the window's own would be. Besides the clock's time there is the
processor's time of the window's thread, which other programs on the machine disturb less.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from bench.query.place import MILLION, geotagged
from bench.rows import Row, Settings
from photofinder.core.clusters import Points
from photofinder.core.mercator import project
from photofinder.ui import theme
from photofinder.ui.app import SWITCH_S, Collector
from photofinder.ui.map_geometry import SIDES, world_points
from photofinder.ui.map_view import MapView

SIZES = ((1280, 800), (2560, 1440))
FIRST_PAINT_MS, FRAME_MS = 200, 16
STOPS = ((48.0, 10.0), (40.0, -90.0), (30.0, 110.0), (-17.0, 179.0))
ZOOMS = range(2, 15)
PANS = 12
ALONE = 600
NOTCH = 2
"""Steps of the zoom for one of the wheel."""


def measure(settings: Settings) -> Iterator[Row]:
    """Rows named map, each size in a process of its own."""
    count = 50_000 if settings.quick else MILLION
    for width, height in SIZES:
        command = [sys.executable, "-c", f"from bench.query.map import main; main({width}, {height}, {count})"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        at = f"{width} x {height}, {count:,} photos"
        yield Row(
            f"map first paint {height}",
            found["first_ms"],
            "ms",
            at_most=FIRST_PAINT_MS,
            detail=f"{at}; CPU {found['first_cpu_ms']:.0f}",
        )
        yield Row(f"map ground there {height}", found["ground_ms"], "ms", detail="all tiles of the first view")
        yield Row(f"map photos sorted {height}", found["sort_ms"], "ms", detail="on a worker, once for each listing")
        for kind in ("pan", "zoom"):
            wall, used = found[f"{kind}_ms"], found[f"{kind}_cpu_ms"]
            detail = f"median {wall[0]:.1f}, worst {wall[2]:.1f}"
            yield Row(f"map frame p99 {kind} {height}", wall[1], "ms", at_most=FRAME_MS, detail=detail)
            detail = f"median {used[0]:.1f}, worst {used[2]:.1f}; the window's thread alone"
            yield Row(f"map frame p99 CPU {kind} {height}", used[1], "ms", at_most=FRAME_MS, detail=detail)
        detail = "the median frame's time of the processor, spent on nothing, as often"
        yield Row(f"map p99 of the machine alone {height}", found["alone_ms"], "ms", detail=detail)


class Walk:
    """Takes the map along as hands do, wheel and drag, and keeps the time of every frame."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._canvas = QImage(view.size(), QImage.Format.Format_RGB32)
        self.times: dict[str, list[tuple[float, float]]] = {"pan": [], "zoom": []}

    def frame(self, kind: str) -> None:
        """Paint one, then let other things happen, as the window does between two."""
        began, used = time.perf_counter(), time.thread_time()
        painter = QPainter(self._canvas)
        self._view.paint(painter)
        painter.end()
        self.times[kind].append((time.perf_counter() - began, time.thread_time() - used))
        wait(0.012)

    def stop_at(self, lat: float, lon: float) -> None:
        """Zoom in over one place from the world to a street, and pan at each zoom."""
        x, y = project(np.array(lat), np.array(lon))
        view = self._view
        step = ZOOMS.start * len(SIDES)
        view.camera = replace(view.camera, x=float(x), y=float(y), world=world_points(step)).bounded()
        view.step = step
        for _ in ZOOMS:
            for _ in range(len(SIDES) // NOTCH):
                view.zoom_by(NOTCH)
                while view.gliding:
                    self.frame("zoom")
                self.frame("zoom")  # at rest
            for _ in range(PANS):
                view.move_by(41, 23)
                self.frame("pan")


def alone_ms(used_ms: float) -> float:
    """What the machine itself makes of frames: as much work with nothing beside it, as often; p99 by the clock."""
    took: list[float] = []
    for _ in range(ALONE):
        began, used = time.perf_counter(), time.thread_time()
        while (time.thread_time() - used) * 1e3 < used_ms:
            pass
        took.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.012)
    return float(np.percentile(took, 99))


def wait(seconds: float) -> None:
    """Let events come."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def main(width: int, height: int, count: int) -> None:
    """Measure one size; prints JSON."""
    sys.setswitchinterval(SWITCH_S)
    lat, lon = geotagged(count)
    application = QApplication(["map", "-platform", "offscreen"])
    collector = Collector(application)
    theme.use(theme.DARK)
    thumbnails = [QPixmap(64, 64) for _ in range(50)]
    for number, thumbnail in enumerate(thumbnails):
        thumbnail.fill(0xFF000000 + number * 4_000)
    began = time.perf_counter()
    points = Points(np.arange(count), lat, lon)
    found: dict[str, object] = {"sort_ms": (time.perf_counter() - began) * 1e3}
    began, used = time.perf_counter(), time.thread_time()
    view = MapView(lambda photo_id: thumbnails[photo_id % len(thumbnails)])
    view.resize(width, height)
    view.show_sorted(points)
    view.show()
    view.grab()
    found["first_ms"] = (time.perf_counter() - began) * 1e3
    found["first_cpu_ms"] = (time.thread_time() - used) * 1e3
    while not view.tiles.idle:
        wait(0.005)
    found["ground_ms"] = (time.perf_counter() - began) * 1e3
    walk = Walk(view)
    for place in STOPS:
        walk.stop_at(*place)
    for kind, times in walk.times.items():
        wall, used = (np.percentile(np.array(times)[:, column] * 1e3, [50, 99, 100]).tolist() for column in (0, 1))
        found |= {f"{kind}_ms": wall, f"{kind}_cpu_ms": used}
    view.close_map()
    found["alone_ms"] = alone_ms(float(np.median(np.array(walk.times["zoom"])[:, 1])) * 1e3)
    collector.close()
    application.quit()
    print(json.dumps(found))
