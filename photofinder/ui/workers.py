"""Threads for the window's errands: plain Python threads, because what they run knows nothing of Qt."""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

Job = Callable[[], None]

GENTLE_NICENESS = 5
"""Enough for the window to come first, little enough for an ingest to go on while someone scrolls."""


class WorkerThread:
    """One thread that runs jobs in order. With `latest_only` a new job replaces those that have not begun.

    A `gentle` one, with all threads that its jobs start, leaves the processor to others (on Linux, where priorities are
    of threads and handed down; elsewhere it is like the others).

    Submitting and stopping are for the thread that made it. Jobs must not raise; whoever submits them sees to that.
    """

    def __init__(self, name: str, *, at_end: Job, latest_only: bool = False, gentle: bool = False) -> None:
        self._at_end = at_end
        self._latest_only = latest_only
        self._gentle = gentle
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._busy = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Have a job run; returns at once. After `stop` nothing is taken any more."""
        with self._wake:
            if self._stopping:
                return
            if self._latest_only:
                self._jobs.clear()
            self._jobs.append(job)
            self._wake.notify()

    def stop(self) -> None:
        """Finish the job that runs, drop the others, end. Returns at once."""
        with self._wake:
            self._stopping = True
            self._jobs.clear()
            self._wake.notify()

    def join(self, until: float) -> bool:
        """Wait for the end, until `time.monotonic()` is `until`; whether it came."""
        self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        with self._wake:
            return not self._jobs and not self._busy

    def _run(self) -> None:
        if self._gentle and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.nice(0) + GENTLE_NICENESS)
        try:
            while True:
                with self._wake:
                    self._busy = False
                    self._wake.wait_for(lambda: self._jobs or self._stopping)
                    if not self._jobs:
                        return
                    job = self._jobs.popleft()
                    self._busy = True
                job()
        finally:
            self._at_end()
