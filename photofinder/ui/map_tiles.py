"""Brings the tiles of the map: painted on a worker thread, kept as pixmaps on the window's thread.

What is wanted is said anew with every move, most urgent first; what is no longer on the list is never begun.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

from photofinder.core.clusters import Points
from photofinder.core.errors import PhotoFinderError
from photofinder.ui.map_ground import Tile, ground, with_heat

CACHE_BYTES = 160_000_000
GROUND_BYTES = 96_000_000
_LANDING_S = 0.003

Ground = Callable[[Tile, Callable[[], object]], QImage]
"""Paints a tile, and says between what it draws that something else may be done."""


class MapTiles(QObject):
    """Lives on the window's thread, with a worker of its own until `close`."""

    landed = Signal()
    """Tiles came."""
    problem_met = Signal(object)
    """A PhotoFinderError: the map, or a tile of the user's file, cannot be read. Told once for each ground."""

    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Tile, tuple[int, QPixmap]] = OrderedDict()
        self._held_bytes = 0
        self._newest: dict[tuple[int, int, int], Tile] = {}
        self._version = 0
        # Shared with the worker, under the lock:
        self._changed = threading.Condition()
        self._queue: deque[Tile] = deque()
        self._errands: deque[Callable[[], Callable[[], object]]] = deque()
        self._landing: deque[Callable[[], object]] = deque()
        self._points: Points | None = None
        self._generation = 0
        self._painting: Ground = ground
        self._stopped = self._busy = self._told = False
        self._aside = threading.Event()
        self._aside.set()
        # The worker's own:
        self._grounds: OrderedDict[Tile, QImage] = OrderedDict()
        self._grounds_bytes = 0
        self._arrived.connect(self._land, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="map", daemon=True)
        self._thread.start()

    def get(self, tile: Tile) -> QPixmap | None:
        """A tile as it was last painted; it may lack the newest heat."""
        found = self._kept.get(tile)
        if found is None:
            return None
        self._kept.move_to_end(tile)
        return found[1]

    def like(self, zoom: int, column: int, row: int, tile: Tile) -> QPixmap | None:
        """The newest tile of a place in the look of another one, in whatever size."""
        newest = self._newest.get((zoom, column, row))
        if newest is None or newest.dark != tile.dark or newest.scale != tile.scale:
            return None
        return self.get(newest)

    @property
    def generation(self) -> int:
        """Another number when tiles are to be painted anew."""
        return self._generation

    @property
    def version(self) -> int:
        """Another number when other tiles are there."""
        return self._version

    def want(self, tiles: Sequence[Tile]) -> None:
        """Paint these, in this order, where they are not there yet, and nothing else any more."""
        missing = [tile for tile in tiles if (kept := self._kept.get(tile)) is None or kept[0] != self._generation]
        with self._changed:
            self._queue = deque(missing)
            self._changed.notify()

    def run(self, job: Callable[[], Callable[[], object]]) -> None:
        """Have the worker run `job` before any tile, then what it returns on the window's thread."""
        with self._changed:
            self._errands.append(job)
            self._changed.notify()

    def show_heat(self, points: Points | None) -> None:
        """Other photos: tiles are painted anew, and the old ones shown until then."""
        with self._changed:
            self._points = points
            self._generation += 1

    def use(self, painting: Ground | None) -> None:
        """Another ground: tiles of a file. None: the bundled map."""
        with self._changed:
            self._painting = painting or ground
            self._generation += 1
            self._told = False
            self._queue.clear()
            self._errands.append(self._forget_grounds)
            self._changed.notify()
        self._kept.clear()
        self._newest.clear()
        self._version += 1
        self._held_bytes = 0

    @contextmanager
    def standing_aside(self) -> Iterator[None]:
        """Meanwhile the worker does not begin to draw anything: who paints a frame need not wait for it."""
        self._aside.clear()
        try:
            yield
        finally:
            self._aside.set()

    def breathe(self) -> None:
        """On the worker: wait while a frame is painted."""
        self._aside.wait()

    @property
    def idle(self) -> bool:
        """Whether everything that was wanted is there."""
        with self._changed:
            return not (self._queue or self._errands or self._landing or self._busy)

    def close(self, deadline_s: float = 5.0) -> bool:
        """Stop the worker; whether it ended within the deadline."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(deadline_s)
        return not self._thread.is_alive()

    # --- on the worker

    def _forget_grounds(self) -> Callable[[], object]:
        self._grounds.clear()
        self._grounds_bytes = 0
        return lambda: None

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                while not (self._stopped or self._errands or self._queue):
                    self._changed.wait()
                if self._stopped:
                    return
                self._busy = True
                job = self._errands.popleft() if self._errands else None
                tile = self._queue.popleft() if job is None else None
                points, generation, painting = self._points, self._generation, self._painting
            self.breathe()
            try:
                if tile is not None:
                    image = self._ground(tile, painting)
                    self.breathe()
                    image = image if points is None else with_heat(image, tile, points)
                    self._deliver(self._keeping(tile, generation, image))
                elif job is not None:
                    self._deliver(job())
            except PhotoFinderError as problem:
                self._tell(problem)

    def _tell(self, problem: PhotoFinderError) -> None:
        if not self._told:
            self._told = True
            self._deliver(lambda: self.problem_met.emit(problem))

    def _ground(self, tile: Tile, painting: Ground) -> QImage:
        image = self._grounds.get(tile)
        if image is None:
            try:
                image = painting(tile, self.breathe)
            except PhotoFinderError as problem:
                if painting is ground:
                    raise
                self._tell(problem)
                image = ground(tile, self.breathe)
            self._grounds[tile] = image
            self._grounds_bytes += image.sizeInBytes()
            while self._grounds_bytes > GROUND_BYTES:
                self._grounds_bytes -= self._grounds.popitem(last=False)[1].sizeInBytes()
        else:
            self._grounds.move_to_end(tile)
        return image

    def _keeping(self, tile: Tile, generation: int, image: QImage) -> Callable[[], object]:
        return lambda: self._keep(tile, generation, image)

    def _deliver(self, call: Callable[[], object]) -> None:
        with self._changed:
            if self._stopped:
                return
            self._landing.append(call)
            first = len(self._landing) == 1
        if first:
            self._arrived.emit()

    # --- on the window's thread

    @Slot()
    def _land(self) -> None:
        until = time.perf_counter() + _LANDING_S
        waiting = len(self._landing)
        while waiting and time.perf_counter() < until:
            self._landing[0]()  # only taken off when done: the worker signals again when it was the last
            with self._changed:
                self._landing.popleft()
                waiting = len(self._landing)
        if waiting:
            QTimer.singleShot(0, self, self._land)
        self.landed.emit()

    def _keep(self, tile: Tile, generation: int, image: QImage) -> None:
        if generation != self._generation:
            return
        old = self._kept.pop(tile, None)
        self._held_bytes += image.sizeInBytes() - (0 if old is None else image.sizeInBytes())
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(tile.scale)
        self._kept[tile] = (generation, pixmap)
        self._newest[tile[:3]] = tile
        self._version += 1
        while self._held_bytes > CACHE_BYTES and len(self._kept) > 1:
            gone, _ = self._kept.popitem(last=False)
            self._held_bytes -= 4 * gone.side_px * gone.side_px
            if self._newest.get(gone[:3]) == gone:
                del self._newest[gone[:3]]
