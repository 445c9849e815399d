"""Work for another thread of which only the newest counts."""

import sys
import threading
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Signal, SignalInstance

from photofinder.core.errors import PhotoFinderError

CLOSE_WITHIN_S = 5.0


class LatestWorker(QObject):
    """One thread that runs, for each key, the newest piece of work it was given; what it replaces never runs.

    The object lives on the window's thread, and its signals arrive there; `run` and `close` belong to it too. A result
    that is already on its way when newer work is given still arrives: compare it with what was asked for.

    Signals:
        done(key, result)
        failed(key, problem): a PhotoFinderError; anything else is a bug and goes to `threading.excepthook`
    """

    done = Signal(object, object)
    failed = Signal(object, object)

    def __init__(self, name: str, parent: QObject | None = None, at_end: Callable[[], None] = lambda: None) -> None:
        """`at_end` runs on the thread when it ends, to let go of what it opened."""
        super().__init__(parent)
        self._waiting: dict[Hashable, Callable[[], object]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._at_end = at_end
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def run(self, key: Hashable, work: Callable[[], object]) -> None:
        """Run `work` as soon as the thread is free. The most recently asked key comes first."""
        with self._changed:
            self._waiting.pop(key, None)
            self._waiting[key] = work
            self._changed.notify()

    def forget(self, key: Hashable) -> None:
        """Drop the work of a key if it has not begun."""
        with self._changed:
            self._waiting.pop(key, None)

    def close(self) -> None:
        """Drop all work and end the thread; waits for the piece it is at, up to five seconds."""
        with self._changed:
            self._waiting.clear()
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSE_WITHIN_S)

    def _serve(self) -> None:
        try:
            while (taken := self._take()) is not None:
                key, work = taken
                try:
                    result = work()
                except PhotoFinderError as problem:
                    self._tell(self.failed, key, problem)
                except Exception:  # noqa: BLE001 - reported as what it is, and the thread stays of use
                    report_bug()
                else:
                    self._tell(self.done, key, result)
        finally:
            self._at_end()

    def _take(self) -> tuple[Hashable, Callable[[], object]] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return None if self._closed else self._waiting.popitem()

    def _tell(self, signal: SignalInstance, key: Hashable, what: object) -> None:
        with self._changed:  # nothing is said after `close`, when the object may be gone
            if not self._closed:
                signal.emit(key, what)


def report_bug() -> None:
    """Hand the exception being handled to the one reporter of threads, without ending this one."""
    kind, error, trace = sys.exc_info()
    assert kind is not None
    threading.excepthook(threading.ExceptHookArgs((kind, error, trace, threading.current_thread())))
