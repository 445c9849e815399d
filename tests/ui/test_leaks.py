"""The fixtures that find what a test leaves behind do find it."""

import logging
import threading

import pytest
from PySide6.QtCore import QObject, QTimer

from tests.ui.leaks import Records, TimerWatch, threads_left


def test_a_thread_that_goes_on_is_named():
    go, before = threading.Event(), set(threading.enumerate())
    thread = threading.Thread(target=go.wait, name="goes on")
    thread.start()
    assert threads_left(before, within_s=0.05) == ["goes on"]
    go.set()
    assert threads_left(before) == []


def test_a_timer_that_ticks_is_named_with_its_owner(qapp):
    with pytest.MonkeyPatch.context() as patch:
        watch, owner = TimerWatch(patch), QObject()
        timer = QTimer(owner, interval=50)
        once = QTimer(owner, singleShot=True, interval=50_000)
        timer.start()
        once.start()
        assert watch.ticking() == ["QObject every 50 ms"]
        timer.stop()
        assert watch.ticking() == []


@pytest.mark.expects_log("a thing went wrong")
def test_records_of_the_program_are_heard():
    records, logger = Records(), logging.getLogger("photofinder")
    logger.addHandler(records)
    logging.getLogger("photofinder.ui.made_up").warning("a thing went wrong")
    logger.removeHandler(records)
    assert records.seen == ["photofinder.ui.made_up: a thing went wrong"]
