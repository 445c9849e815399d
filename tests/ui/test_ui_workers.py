"""Threads of the window's bridge."""

import os
import sys
import threading
import time

import pytest

from photofinder.ui.workers import GENTLE_NICENESS, WorkerThread


def niceness():
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere priorities are not of threads, or not handed down")
@pytest.mark.parametrize("gentle", [False, True])
def test_a_gentle_thread_and_those_it_starts_leave_the_processor_to_others(gentle):
    before, seen = niceness(), []

    def job():
        seen.append(niceness())
        inner = threading.Thread(target=lambda: seen.append(niceness()))
        inner.start()
        inner.join()

    thread = WorkerThread("tested", at_end=lambda: seen.append("ended"), gentle=gentle)
    thread.submit(job)
    until = time.monotonic() + 10
    while not thread.idle and time.monotonic() < until:
        time.sleep(0.001)
    thread.stop()
    assert thread.join(until)
    wanted = min(19, before + GENTLE_NICENESS * gentle)
    assert seen == [wanted, wanted, "ended"]
    assert niceness() == before
