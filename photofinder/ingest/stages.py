"""Threads with bounded queues between them.

A stage is a function on one or more threads. When the last of its threads is done, the stages it feeds are told that
nothing more comes. The first error stops every stage and is raised where the pipeline is waited for.
"""

import collections
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled
from photofinder.ingest.priority import step_back

T = TypeVar("T")

_POLL_S = 0.1  # how late a waiting stage may notice that it should stop, or that the one who was woken did not come


class Channel(Generic[T]):
    """A bounded queue from some stages to some others, which knows when nothing more will come."""

    def __init__(self, size: int, stop: CancelToken) -> None:
        self._items: collections.deque[T] = collections.deque()
        self._size = size
        self._stop = stop
        self._producers = 0
        # Two, and one thread woken at a time: waking all at every item takes the interpreter's lock from the window.
        self._lock = threading.Lock()
        self._item_came = threading.Condition(self._lock)
        self._room_came = threading.Condition(self._lock)

    def expect(self, producers: int) -> None:
        """Announce threads that will put items here. Called before any stage starts."""
        self._producers += producers

    def done(self) -> None:
        """One producing thread has nothing more to put."""
        with self._lock:
            self._producers -= 1
            self._item_came.notify_all()

    def put(self, item: T) -> None:
        """Add an item, waiting for room. Raises Cancelled."""
        with self._lock:
            self._wait_until(self._room_came, lambda: len(self._items) < self._size, None)
            self._items.append(item)
            self._item_came.notify()

    def get(self, wait_s: float | None = None) -> T | None:
        """The next item; None when nothing more will come, or none came within `wait_s`. Raises Cancelled."""
        with self._lock:
            self._wait_until(self._item_came, lambda: bool(self._items) or self._producers == 0, wait_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._room_came.notify()
            return item

    def __iter__(self) -> Iterator[T]:
        while (item := self.get()) is not None:
            yield item

    def _wait_until(self, changed: threading.Condition, ready: Callable[[], bool], wait_s: float | None) -> None:
        deadline = None if wait_s is None else time.monotonic() + wait_s
        self._stop.check()
        while not ready():
            step = _POLL_S if deadline is None else min(_POLL_S, deadline - time.monotonic())
            if step <= 0:
                return
            changed.wait(step)
            self._stop.check()


class Pipeline:
    """Runs stages and waits for them. Made, started and waited for on one thread.

    The threads of a `gentle` one let everything else on the computer come first.
    """

    def __init__(self, *, gentle: bool = False) -> None:
        self._gentle = gentle
        self.stop = CancelToken()
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def stage(self, name: str, work: Callable[[], None], *outputs: Channel[Any], threads: int = 1) -> None:
        """Add a stage: `work` runs on `threads` threads and puts into `outputs`."""
        for output in outputs:
            output.expect(threads)
        for number in range(threads):
            thread = threading.Thread(target=self._run, args=(work, outputs), name=f"{name}-{number}", daemon=True)
            self._threads.append(thread)

    def run(self, every_s: float, tick: Callable[[], None]) -> None:
        """Start all stages and wait until they end, calling `tick` meanwhile. Raises the first error of any stage.

        An exception from `tick` (Ctrl-C, a user's cancel) stops the stages and is raised once they have ended.
        """
        for thread in self._threads:
            thread.start()
        try:
            for thread in self._threads:
                while thread.is_alive():
                    thread.join(every_s)
                    tick()
        except BaseException:
            self.stop.cancel()
            for thread in self._threads:
                thread.join()
            raise
        if self._error is not None:
            raise self._error

    def _run(self, work: Callable[[], None], outputs: tuple[Channel[Any], ...]) -> None:
        try:
            if self._gentle:
                step_back()
            work()
        except Cancelled:
            self.stop.cancel()
        except BaseException as error:  # noqa: BLE001 - carried to the thread that waits
            with self._lock:
                self._error = self._error or error
            self.stop.cancel()
        finally:
            for output in outputs:
                output.done()
