"""Photos for looking at: thumbnail at once, then preview, then all pixels, by worker threads into a bounded cache."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from photofinder.core.errors import PhotoFinderError
from photofinder.library import pictures
from photofinder.library.library import Library
from photofinder.ui.latest import CLOSE_WITHIN_S, report_bug
from photofinder.ui.picture_frame import BYTES_PER_PIXEL, Frame, Quality

Wanted = tuple[int, Quality]
"""A photo's id and how much of it."""

CACHE_BYTES = 512 << 20
_FULL_SHARE = 0.75
"""Of the cache, for the photos on show; the rest is for their neighbours."""


def looking_at(shown: Sequence[int], next_up: Sequence[int] = (), *, in_passing: bool = False) -> list[Wanted]:
    """What to load, first things first, to look at the photos `shown` and then perhaps at those `next_up`.

    Of photos seen in passing, previews are enough: all pixels take a core for up to a second.
    """
    stages = [[(photo_id, quality) for photo_id in shown] for quality in Quality]
    stages.append([(photo_id, Quality.PREVIEW) for photo_id in next_up])
    stages.append([(photo_id, Quality.FULL) for photo_id in next_up[:1]])
    wanted = [each for stage in stages for each in stage]
    return [each for each in wanted if each[1] is not Quality.FULL] if in_passing else wanted


@dataclass(frozen=True, slots=True)
class _Loaded:
    key: Wanted
    frame: Frame | None
    problem: PhotoFinderError | None


class PictureLoader(QObject):
    """Loads what is wanted now, in that order, and drops from its queue what no longer is.

    The object, its cache and its signals live on the window's thread; `workers` threads read and decode. At most one
    of them decodes all pixels of a photo at a time, so that previews never wait for that.

    Signals:
        loaded(photo_id, frame)
        failed(photo_id, quality, problem): a PhotoFinderError; tried again when it is wanted anew
    """

    loaded = Signal(object, object)
    failed = Signal(object, object, object)
    _arrived = Signal(object)

    def __init__(
        self, library: Library, parent: QObject | None = None, *, workers: int = 2, cache_bytes: int = CACHE_BYTES
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._cache_bytes = cache_bytes
        self._cache: OrderedDict[Wanted, Frame] = OrderedDict()
        self._problems: dict[Wanted, PhotoFinderError] = {}
        self._wanted: dict[Wanted, None] = {}
        self._max_pixels = 1
        self._queue: list[Wanted] = []
        self._running: set[Wanted] = set()
        self._changed = threading.Condition()  # guards the four below: _queue, _running, _max_pixels, _closed
        self._closed = False
        self._arrived.connect(self._take_in)
        self._threads = [
            threading.Thread(target=self._serve, name=f"pictures {n}", daemon=True) for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def cached_bytes(self) -> int:
        """What the cache holds."""
        return sum(frame.size_bytes for frame in self._cache.values())

    def frame(self, photo_id: int, quality: Quality) -> Frame | None:
        """A frame of just this quality, if it is in the cache."""
        found = self._cache.get((photo_id, quality))
        if found is not None:
            self._cache.move_to_end((photo_id, quality))
        return found

    def best(self, photo_id: int) -> Frame | None:
        """The best frame of a photo in the cache."""
        return next((found for quality in reversed(Quality) if (found := self.frame(photo_id, quality))), None)

    def problem(self, photo_id: int, quality: Quality) -> PhotoFinderError | None:
        """Why a photo that is wanted now could not be loaded."""
        return self._problems.get((photo_id, quality))

    def want(self, wanted: Iterable[Wanted], on_show: int = 1) -> None:
        """Load these, first things first, and nothing else; `on_show` photos share the room for full frames.

        Decoding that has begun goes on, and is kept if it is still wanted when it is done.
        """
        self._wanted = dict.fromkeys(wanted)
        self._problems = {key: problem for key, problem in self._problems.items() if key in self._wanted}
        with self._changed:
            self._max_pixels = int(self._cache_bytes * _FULL_SHARE / max(1, on_show) / BYTES_PER_PIXEL)
            self._queue = [
                key
                for key in self._wanted
                if not self._covered(key) and key not in self._running and key not in self._problems
            ]
            self._changed.notify_all()

    def set_cache_bytes(self, cache_bytes: int) -> None:
        """Keep no more than this; what is wanted next is decoded to fit."""
        self._cache_bytes = cache_bytes
        self._make_room()

    def forget(self) -> None:
        """Want nothing and drop the cache."""
        self.want(())
        self._cache.clear()

    def close(self) -> None:
        """Stop; waits for what is being decoded, up to five seconds."""
        self.forget()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(CLOSE_WITHIN_S)

    # --- the workers' side

    def _serve(self) -> None:
        try:
            while (key := self._take()) is not None:
                frame = problem = None
                try:
                    frame = self._load(*key)
                except PhotoFinderError as caught:
                    problem = caught
                except Exception:  # noqa: BLE001 - reported as what it is, and the thread stays of use
                    report_bug()
                with self._changed:
                    self._running.discard(key)
                    self._changed.notify_all()
                    if not self._closed:
                        self._arrived.emit(_Loaded(key, frame, problem))
        finally:
            self._library.reader.close()  # this thread's own connection

    def _take(self) -> Wanted | None:
        with self._changed:
            while not self._closed:
                full_is_running = any(quality is Quality.FULL for _, quality in self._running)
                for n, key in enumerate(self._queue):
                    if key[1] is not Quality.FULL or not full_is_running:
                        self._running.add(self._queue.pop(n))
                        return key
                self._changed.wait()
            return None

    def _load(self, photo_id: int, quality: Quality) -> Frame:
        photo = pictures.find(self._library, photo_id)
        match quality:
            case Quality.THUMBNAIL:
                levels = pictures.small(pictures.thumbnail(self._library, photo_id))
            case Quality.PREVIEW:
                levels = pictures.small(pictures.preview(self._library, photo_id))
            case Quality.FULL:
                levels = pictures.levels(pictures.full(self._library, photo_id, self._max_pixels))
        height_px, width_px, _ = levels[0].shape
        return Frame(quality, photo.width_px or width_px, photo.height_px or height_px, levels)

    # --- the window's side

    @Slot(object)
    def _take_in(self, arrived: _Loaded) -> None:
        key = arrived.key
        if arrived.problem is not None and key in self._wanted:
            self._problems[key] = arrived.problem
            self.failed.emit(*key, arrived.problem)
        # What nobody wants any more is worth keeping only if it is small.
        if arrived.frame is not None and not self._covered(key) and (key in self._wanted or key[1] is not Quality.FULL):
            self._cache[key] = arrived.frame
            for lesser in range(key[1]):
                self._cache.pop((key[0], Quality(lesser)), None)
            self._make_room()
            if key in self._wanted and key in self._cache:
                self.loaded.emit(key[0], arrived.frame)

    def _covered(self, key: Wanted) -> bool:
        """Whether the cache has as good a frame, or a better one."""
        return any((key[0], quality) in self._cache for quality in Quality if quality >= key[1])

    def _make_room(self) -> None:
        excess = self.cached_bytes - self._cache_bytes
        first = next(iter(self._wanted), None)
        for key in [*(k for k in self._cache if k not in self._wanted), *reversed(self._wanted)]:
            if excess <= 0 or key == first:
                return
            if (dropped := self._cache.pop(key, None)) is not None:
                excess -= dropped.size_bytes
