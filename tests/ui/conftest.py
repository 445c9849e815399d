"""The window's tests run without a screen, and fail on what they leave behind and on what they should not say.

Warnings of Qt fail a test by `qt_log_level_fail` (pyproject.toml), exceptions in slots by pytest-qt, and here:
threads and timers that go on after the test, and warnings in the log that it does not ask for with
`@pytest.mark.expects_log("part of the message")`.
"""

import logging
import os
import threading

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.ui.leaks import Records, TimerWatch, threads_left


@pytest.fixture(autouse=True)
def _leaves_no_thread(_own_home):
    before = set(threading.enumerate())
    yield
    left = threads_left(before)
    assert not left, f"threads go on: {left}"


@pytest.fixture(autouse=True)
def _leaves_no_timer(monkeypatch):
    watch = TimerWatch(monkeypatch)
    yield
    left = watch.ticking()
    assert not left, f"timers go on: {left}"


@pytest.fixture(autouse=True)
def _logs_nothing_unexpected(request):
    records, logger = Records(), logging.getLogger("photofinder")
    logger.addHandler(records)
    yield
    logger.removeHandler(records)
    expected = [part for mark in request.node.iter_markers("expects_log") for part in mark.args]
    unexpected = [message for message in records.seen if not any(part in message for part in expected)]
    missed = [part for part in expected if not any(part in message for message in records.seen)]
    assert not unexpected, f"logged: {unexpected}"
    assert not missed, f"not logged: {missed}"


@pytest.fixture
def programs(qtbot, tmp_path):
    """The whole program, opened as often as a test likes on a library of its own."""
    from tests.ui.programs import Programs

    made = Programs(tmp_path / "library")
    yield made
    made.close_all()
