"""Decoding in child processes: a codec that crashes, hangs or eats memory takes nothing but its child with it.

A child is started when the first photo needs one and serves one thread at a time, so there are never more than threads
that wait. Each lives in a pool of its own: children that share a queue share its locks too, and one that dies at the
wrong moment would leave them locked for all.
"""

import concurrent.futures
import contextlib
import itertools
import logging
import multiprocessing
import shutil
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, EnvironmentProblem, FailureKind, MediaProblem
from photofinder.media import child, guard
from photofinder.media.child import Answer, NeedsTurn, Refused

_log = logging.getLogger(__name__)

T = TypeVar("T")

_PHOTOS_OF_A_CHILD: Final = 500
"""Then a new child takes over, so that what a codec leaks does not add up."""
_KILLED: Final = -9
_POLL_S: Final = 0.1
_CLOSING_S: Final = 3.0
_spawning: Final = cast("Any", multiprocessing.get_context("spawn"))
"""Forking a program that has threads would leave children with locks that nobody opens."""
_LEFT_ALONE: Final = "it is left alone until the file changes."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one photo may cost in a child.

    `memory_bytes` is counted from what an idle child has, where the system can hold a process to it (Linux), and is
    never more than half of what the computer has. Measured: a RAW photo of 60 megapixels needs up to 1.5 GiB to be
    developed, a TIFF of 250 (the most that is decoded at all) up to 2 to be reduced.
    """

    seconds: float = 30.0
    seconds_per_mib: float = 1.0
    most_seconds: float = 300.0
    memory_bytes: int = 4 << 30

    def seconds_for(self, size_bytes: int) -> float:
        """How long a file of this size may take, reading it from a slow drive included."""
        return min(self.most_seconds, self.seconds + self.seconds_per_mib * size_bytes / 2**20)


class Isolation:
    """Child processes, made as they are needed. Threads: any, several at once; each waits for a child of its own."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._folder = Path(tempfile.gettempdir()) / f"photofinder-{uuid.uuid4().hex}"  # made with the first child
        self._tidy = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._idle: list[ProcessPool] = []
        self._busy = 0
        self._waiting: set[ProcessFuture[Any]] = set()
        self._closed = False

    def run(self, work: Callable[..., T], path: Path, *args: Any, stop: CancelToken | None = None) -> T:
        """`work(original, *args)` in a child, with the photo at `path` opened there.

        `work` is a function of a module, so that the child finds it; arguments and result are pickled.

        Raises: `MediaProblem`, also where the photo crashed the child (CRASHED), took too long (TOO_SLOW) or needed
        too much memory (TOO_LARGE); `Cancelled` soon after `stop` or `close`; `EnvironmentProblem` where no child can
        be started.
        """
        with guard.reading():
            seconds = self._limits.seconds_for(path.stat().st_size)
        answer = self._asked((work, path, args, seconds), seconds, stop)
        if isinstance(answer, NeedsTurn):
            # Turns are kept here and not in the child: one that dies with it would keep it for ever.
            with guard.large.turn():
                answer = self._asked((work, path, args, seconds), seconds, stop, has_turn=True)
        if isinstance(answer, Refused):
            raise MediaProblem(answer.kind, answer.what)
        return cast("T", answer)

    def rest(self) -> None:
        """End the children that have nothing to do, but for one. Takes a fraction of a second."""
        with self._changed:
            ending, self._idle = self._idle[:-1], self._idle[-1:]
        _end(ending)

    def close(self) -> None:
        """End all children, those at work too: who waits for them gets `Cancelled`. Takes a fraction of a second."""
        with self._changed:
            self._closed = True
            for future in self._waiting:
                future.cancel()
            self._changed.wait_for(lambda: not self._busy, _CLOSING_S)
            ending, self._idle = self._idle, []
        _end(ending)
        self._tidy()

    def _asked(
        self, task: tuple[Any, ...], seconds: float, stop: CancelToken | None, *, has_turn: bool = False
    ) -> object:
        """What a child makes of it; tried once more where its end may not have been the photo's doing."""
        path: Path = task[1]
        for last in (False, True):
            began = time.monotonic()
            try:
                return self._tried(task, seconds, stop, has_turn=has_turn)
            except TimeoutError:
                # That clock stands still while the computer sleeps, the pool's does not.
                if last or time.monotonic() - began >= seconds:
                    raise MediaProblem(
                        FailureKind.TOO_SLOW, f"Decoding it took more than {seconds:.0f} seconds; {_LEFT_ALONE}"
                    ) from None
            except ProcessExpired as end:
                if end.exitcode != _KILLED:
                    _log.info("%s ended its decoder with code %s", path, end.exitcode)
                    raise MediaProblem(FailureKind.CRASHED, f"Decoding it crashed; {_LEFT_ALONE}") from None
                if last:
                    raise MediaProblem(
                        FailureKind.TOO_LARGE,
                        f"The system stopped its decoding, probably for lack of memory; {_LEFT_ALONE}",
                    ) from None
            except BrokenProcessPool as problem:
                if last:
                    raise EnvironmentProblem(
                        "The helper process that decodes photos cannot be started.",
                        "Close other programs, or start PhotoFinder anew.",
                    ) from problem
            _log.info("the child that decoded %s ended; once more", path)
        raise AssertionError("unreachable: the last try returns or raises")

    def _tried(self, task: tuple[Any, ...], seconds: float, stop: CancelToken | None, *, has_turn: bool) -> object:
        result = self._folder / str(next(self._numbers))
        pool = self._taken()
        future: ProcessFuture[Any] | None = None
        fit = False
        try:
            future = self._scheduled(pool, (*task, result), has_turn=has_turn, seconds=seconds)
            while not concurrent.futures.wait([future], _POLL_S if stop else None).done:
                if stop is not None and stop.cancelled:
                    future.cancel()
            answer = future.result()
            fit = True
            return child.unpacked(answer, result) if isinstance(answer, Answer) else answer
        except concurrent.futures.CancelledError:
            raise Cancelled from None
        except (TimeoutError, ProcessExpired):
            fit = True  # the pool has a new child by now, or soon
            raise
        finally:
            result.unlink(missing_ok=True)
            self._given_back(pool, future, fit=fit)

    def _taken(self) -> ProcessPool:
        with self._changed:
            if self._closed:
                raise Cancelled
            self._busy += 1
            idle = self._idle.pop() if self._idle else None
        if idle is not None:
            if idle.active:
                return idle
            _end([idle])  # its child was ended from outside
        with contextlib.suppress(OSError):  # without it results come through the pipe
            self._folder.mkdir(mode=0o700, exist_ok=True)
        return ProcessPool(
            max_workers=1,
            max_tasks=_PHOTOS_OF_A_CHILD,
            initializer=child.begin,
            initargs=(self._limits.memory_bytes, self._folder),
            context=_spawning,
        )

    def _scheduled(
        self, pool: ProcessPool, args: tuple[Any, ...], *, has_turn: bool, seconds: float
    ) -> ProcessFuture[Any]:
        future = pool.schedule(child.do, args, {"has_turn": has_turn}, timeout=seconds)
        with self._changed:
            self._waiting.add(future)
            if self._closed:
                future.cancel()
        return future

    def _given_back(self, pool: ProcessPool, future: ProcessFuture[Any] | None, *, fit: bool) -> None:
        if not fit:
            _end([pool])
        with self._changed:
            if fit:
                self._idle.append(pool)
            if future is not None:
                self._waiting.discard(future)
            self._busy -= 1
            self._changed.notify_all()


def _end(pools: Sequence[ProcessPool]) -> None:
    for pool in pools:
        pool.stop()
    for pool in pools:
        pool.join()
