"""Brings tiles and thumbnails to the grid: read, decoded and scaled on worker threads, kept as pixmaps on the window's.

What is wanted is said anew whenever the grid moves, most urgent first; what is no longer on the list is never begun.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QImageReader, QPixmap

from photofinder.core.errors import EnvironmentProblem, MediaProblem
from photofinder.library import browse
from photofinder.library.browse import Tile
from photofinder.library.library import Library
from photofinder.ui.pixmap_cache import Painted, PixmapCache

CACHE_BYTES = 96_000_000
THREADS = 2
TILES_AT_ONCE = 100
_ENLARGED_AT_MOST = 1.5
_LANDING_S = 0.004
"""The window's thread is not kept longer than this by one landing; what is left lands in the next."""


class Want(NamedTuple):
    """A thumbnail in device pixels, filling the size: what sticks out is cropped."""

    photo_id: int
    width_px: int
    height_px: int
    visible: bool


class _Made(NamedTuple):
    want: Want
    generation: int
    image: QImage | None
    sharp: bool


class ThumbnailLoader(QObject):
    """Lives on the window's thread, with worker threads of its own until `close`."""

    tiles_fetched = Signal(object)
    """dict of photo id → Tile."""
    thumbnails_loaded = Signal(object)
    """list of photo ids whose pixmap came, or will not come (see `is_hopeless`)."""
    problem_met = Signal(object)
    """An EnvironmentProblem: thumbnails or catalogue cannot be read. Not again until something could be read."""

    _arrived = Signal()

    def __init__(
        self, library: Library, parent: QObject | None = None, *, cache_bytes: int = CACHE_BYTES, threads: int = THREADS
    ) -> None:
        super().__init__(parent)
        self.cache = PixmapCache(cache_bytes)
        self._library = library
        self._hopeless: set[int] = set()
        self._troubled = False
        # Shared with the workers, under the lock:
        self._changed = threading.Condition()
        self._queue: deque[Want] = deque()
        self._sharpen: deque[Want] = deque()
        self._unknown: deque[int] = deque()
        self._known: dict[int, Tile] = {}
        self._landing: deque[_Made | dict[int, Tile] | EnvironmentProblem] = deque()
        self._generation = 0
        self._stopped = False
        self._arrived.connect(self._land, Qt.ConnectionType.QueuedConnection)
        self._threads = [
            threading.Thread(target=self._work, name=f"thumbnails {number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def want(self, wants: Sequence[Want], known: Mapping[int, Tile]) -> None:
        """Load these, in this order, and nothing else any more. `known` are the tiles that need not be fetched."""
        queue = [want for want in wants if want.photo_id not in self._hopeless and not self._is_there(want)]
        unknown = [want.photo_id for want in wants if want.photo_id not in known]
        with self._changed:
            self._queue = deque(want for want in queue if not self._is_coarse(want))
            self._sharpen = deque(want for want in queue if self._is_coarse(want) and want.visible)
            self._unknown = deque(unknown)
            self._known = {want.photo_id: known[want.photo_id] for want in wants if want.photo_id in known}
            self._changed.notify_all()

    def is_hopeless(self, photo_id: int) -> bool:
        """Whether a photo has no thumbnail and none can be made now."""
        return photo_id in self._hopeless

    def forget(self, ids: Iterable[int] | None = None) -> None:
        """The thumbnails of these photos (of all) are no longer right; what is on its way is not shown."""
        with self._changed:
            self._generation += 1
        if ids is None:
            self.cache.clear()
            self._hopeless.clear()
        else:
            for photo_id in ids:
                self.cache.discard(photo_id)
                self._hopeless.discard(photo_id)

    def close(self, deadline_s: float = 5.0) -> bool:
        """Stop the workers; whether they ended within the deadline. What is being decoded is finished first."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        until = time.monotonic() + deadline_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _is_there(self, want: Want) -> bool:
        painted = self.cache.get(want.photo_id)
        return painted is not None and painted.size_px == want[1:3] and (painted.sharp or not want.visible)

    def _is_coarse(self, want: Want) -> bool:
        painted = self.cache.get(want.photo_id)
        return painted is not None and painted.size_px == want[1:3] and not painted.sharp

    # --- on the workers

    def _work(self) -> None:
        try:
            while (job := self._next()) is not None:
                job()
        finally:
            self._library.reader.close()

    def _next(self) -> Callable[[], None] | None:
        """What to do now: tiles before the thumbnails that need them, sharper ones when there is nothing else."""
        with self._changed:
            while not self._stopped:
                if self._unknown:
                    ids = [self._unknown.popleft() for _ in range(min(TILES_AT_ONCE, len(self._unknown)))]
                    return lambda: self._fetch(ids)
                for queue, make in ((self._queue, browse.thumbnail), (self._sharpen, browse.preview)):
                    want = next((want for want in queue if want.photo_id in self._known), None)
                    if want is not None:
                        queue.remove(want)
                        tile, generation = self._known[want.photo_id], self._generation
                        return lambda: self._load(want, tile, generation, make)
                self._changed.wait()
            return None

    def _fetch(self, ids: list[int]) -> None:
        try:
            tiles = browse.details(self._library, ids)
        except EnvironmentProblem as problem:
            self._deliver(problem)
            return
        with self._changed:
            self._known |= tiles
            self._changed.notify_all()
        self._deliver(tiles)

    def _load(self, want: Want, tile: Tile, generation: int, make: Callable[[Library, Tile], bytes | None]) -> None:
        sharpening = make is browse.preview
        image, scale = None, 1.0
        try:
            content = make(self._library, tile)
            if content is not None:
                image, scale = decoded(content, want.width_px, want.height_px)
                if image is None and not sharpening:  # a torn file in the cache
                    content = browse.thumbnail(self._library, tile, anew=True)
                    image, scale = decoded(content or b"", want.width_px, want.height_px)
        except MediaProblem:
            pass  # the tile shows that there is none; ingest records and words the reason
        except EnvironmentProblem as problem:
            self._deliver(problem)
        if image is None:
            if not sharpening:
                self._deliver(_Made(want, generation, None, sharp=True))
            return
        sharp = sharpening or scale <= _ENLARGED_AT_MOST
        self._deliver(_Made(want, generation, image, sharp))
        if not sharp and want.visible:
            with self._changed:  # only now: a sharper one must land after this one
                if want.photo_id in self._known:
                    self._sharpen.append(want)

    def _deliver(self, thing: _Made | dict[int, Tile] | EnvironmentProblem) -> None:
        with self._changed:
            self._landing.append(thing)
            first = len(self._landing) == 1
        if first:
            self._arrived.emit()

    # --- on the window's thread

    @Slot()
    def _land(self) -> None:
        until = time.perf_counter() + _LANDING_S
        loaded: list[int] = []
        with self._changed:
            waiting = len(self._landing)
        while waiting and time.perf_counter() < until:
            thing = self._landing[0]  # only taken off when done: the workers signal again when it was the last
            if isinstance(thing, _Made):
                self._keep(thing)
                loaded.append(thing.want.photo_id)
            elif isinstance(thing, EnvironmentProblem):
                self._tell(thing)
            else:
                self.tiles_fetched.emit(thing)
            with self._changed:
                self._landing.popleft()
                waiting = len(self._landing)
        if waiting:
            QTimer.singleShot(0, self, self._land)
        if loaded:
            self.thumbnails_loaded.emit(loaded)

    def _tell(self, problem: EnvironmentProblem) -> None:
        if not self._troubled:
            self._troubled = True
            self.problem_met.emit(problem)

    def _keep(self, made: _Made) -> None:
        if made.generation != self._generation:
            return
        if made.image is None:
            self._hopeless.add(made.want.photo_id)
            return
        self._troubled = False
        self.cache.put(made.want.photo_id, Painted(QPixmap.fromImage(made.image), made.sharp))


def decoded(content: bytes, width_px: int, height_px: int) -> tuple[QImage | None, float]:
    """A JPEG, scaled so that the size is filled, the middle kept; and by how much. None if it cannot be read.

    Any thread. All in one call of the reader, because that is without the interpreter lock: `QImage.fromData` and
    `scaled` hold it, and the window's thread waits for them.
    """
    buffer = QBuffer()
    buffer.setData(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"jpeg"))
    size = reader.size()
    if size.isEmpty():
        return None, 1.0
    scale = max(width_px / size.width(), height_px / size.height())
    whole = QSize(max(width_px, round(size.width() * scale)), max(height_px, round(size.height() * scale)))
    reader.setScaledSize(whole)
    left, top = (whole.width() - width_px) // 2, (whole.height() - height_px) // 2
    reader.setScaledClipRect(QRect(left, top, width_px, height_px))
    image = reader.read()
    if image.isNull():
        return None, scale
    return image.convertToFormat(QImage.Format.Format_RGB32), scale  # grey JPEGs; the others are that already
