"""Crossing between threads, and the work that changes the library."""

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from PySide6.QtCore import QObject, QThread

from photofinder.core.errors import EnvironmentProblem, QueryProblem
from photofinder.library.indexing import Place, Progress, index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.media.thumbnails import ThumbnailCache
from photofinder.ui.app import Collector
from photofinder.ui.bridge import Bridge
from photofinder.ui.installing import Installing, Step
from photofinder.ui.progress import Rate
from photofinder.ui.single_instance import SingleInstance
from photofinder.ui.upkeep import State, Upkeep
from photofinder.ui.workers import WorkerThread

WAIT_MS = 30_000


@pytest.fixture
def bridge(qtbot, tmp_path):
    made = Bridge(Library(locations(tmp_path / "library"), create=True))
    yield made
    assert made.close()


@pytest.fixture
def many(samples, tmp_path):
    """Enough photos that an ingest can be caught in the middle."""
    folder = tmp_path / "many"
    folder.mkdir()
    content = (samples / "rocket.jpg").read_bytes()
    for number in range(150):
        (folder / f"{number}.jpg").write_bytes(content + bytes([number]))
    return folder


def test_results_arrive_on_the_windows_thread(bridge, qtbot):
    arrived = []
    bridge.errand(threading.get_ident, lambda worker: arrived.append((worker, QThread.currentThread())))
    qtbot.waitUntil(lambda: bool(arrived))
    worker, here = arrived[0]
    assert worker != threading.get_ident()
    assert here is bridge.thread()


def test_of_waiting_queries_only_the_latest_is_run_and_delivered(bridge, qtbot):
    begun, go = threading.Event(), threading.Event()
    ran, arrived = [], []

    def slow():
        begun.set()
        go.wait(10)
        return "first"

    bridge.query(slow, arrived.append)
    assert begun.wait(10)
    for number in range(5):
        bridge.query(lambda number=number: ran.append(number) or number, arrived.append)
    go.set()
    qtbot.waitUntil(lambda: arrived == [4])
    assert ran == [4]


def test_a_problem_goes_to_whoever_asked_and_a_bug_to_the_reporter(bridge, qtbot):
    problem = QueryProblem("no")

    def raises(error):
        raise error

    failed, bugs = [], []
    bridge.crashed.connect(bugs.append)
    bridge.errand(lambda: raises(problem), failed.append, failed.append)
    qtbot.waitUntil(lambda: failed == [problem])
    with qtbot.waitSignal(bridge.problem_met) as met:
        bridge.errand(lambda: raises(problem), failed.append)
    assert met.args == [problem]
    bug = ZeroDivisionError()
    bridge.errand(lambda: raises(bug), failed.append)
    qtbot.waitUntil(lambda: bugs == [bug])
    assert failed == [problem]


def test_nothing_is_delivered_to_an_owner_that_is_gone(bridge, qtbot):
    owner = QObject()
    delivered, go = [], threading.Event()
    bridge.errand(lambda: go.wait(10), delivered.append, owner=owner)
    owner.deleteLater()
    qtbot.wait(20)
    go.set()
    bridge.errand(lambda: "next", delivered.append)
    qtbot.waitUntil(lambda: bool(delivered))
    assert delivered == ["next"]


@pytest.mark.expects_log("Closing did not wait")
def test_closing_waits_no_longer_than_it_may(qtbot, tmp_path):
    bridge = Bridge(Library(locations(tmp_path / "library"), create=True))
    go = threading.Event()
    bridge.errand(lambda: go.wait(20), lambda _: None)
    qtbot.wait(50)
    began = time.monotonic()
    assert not bridge.close(0.3)
    assert time.monotonic() - began < 5
    go.set()
    assert bridge.close(10)


def test_a_stopped_worker_takes_no_more_jobs():
    ended, ran = threading.Event(), []
    worker = WorkerThread("test", at_end=ended.set)
    worker.stop()
    assert worker.join(time.monotonic() + 10)
    worker.submit(lambda: ran.append(1))
    assert ended.is_set()
    assert ran == []


def test_an_ingest_is_paused_resumed_and_finished(bridge, qtbot, many):
    upkeep = Upkeep(bridge)
    told = []
    upkeep.progressed.connect(told.append)
    upkeep.ingest([many])
    qtbot.waitUntil(lambda: bool(told) and told[-1].done > 0, timeout=WAIT_MS)
    upkeep.pause()
    assert upkeep.state is State.PAUSED
    qtbot.waitUntil(lambda: upkeep._running is None, timeout=WAIT_MS)
    done = bridge.library.reader.counts().present
    assert 0 < done < 150
    qtbot.wait(300)
    assert bridge.library.reader.counts().present == done
    with qtbot.waitSignal(upkeep.ingest_ended, timeout=WAIT_MS) as ended:
        upkeep.resume()
    assert ended.args[0].unchanged == done
    assert bridge.library.reader.counts().present == 150
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE)
    assert all(isinstance(each, Progress) for each in told)
    upkeep.close()


def test_stopping_an_ingest_keeps_what_is_done_and_drops_what_waits(bridge, qtbot, many, tmp_path):
    upkeep = Upkeep(bridge)
    upkeep.ingest([many])
    upkeep.ingest([tmp_path / "other"])
    qtbot.waitUntil(lambda: bridge.library.reader.counts().present > 0, timeout=WAIT_MS)
    upkeep.stop()
    assert upkeep.state is State.STOPPING
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE, timeout=WAIT_MS)
    assert 0 < bridge.library.reader.counts().present < 150
    upkeep.close()


@pytest.fixture
def changed(bridge, qtbot, many, tmp_path):
    """Two roots of a library, empty when they were looked at; now there are 150 photos in the first."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    index(bridge.library, [first, second])
    for path in many.iterdir():
        os.utime(path, (0, 0))  # else it might still be written
        path.rename(first / path.name)
    return [Place(root) for root in bridge.library.reader.roots()]


def test_changes_that_were_stopped_come_back_with_the_next_one(bridge, qtbot, changed, samples):
    first, second = changed
    upkeep = Upkeep(bridge)
    upkeep.catch_up([first])
    qtbot.waitUntil(lambda: bridge.library.reader.counts().present > 0, timeout=WAIT_MS)
    upkeep.catch_up([second])
    upkeep.stop()
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE, timeout=WAIT_MS)
    done = bridge.library.reader.counts().present
    assert 0 < done < 150
    shutil.copy2(samples / "coffee.png", second.root.path)
    with qtbot.waitSignal(upkeep.ingest_ended, timeout=WAIT_MS) as ended:
        upkeep.catch_up([Place(second.root, deep=False)])
    assert (ended.args[0].unchanged, ended.args[0].added) == (done, 151 - done)
    upkeep.close()


def test_changes_that_were_paused_and_then_stopped_come_back_too(bridge, qtbot, changed):
    first, second = changed
    upkeep = Upkeep(bridge)
    upkeep.catch_up([first])
    qtbot.waitUntil(lambda: bridge.library.reader.counts().present > 0, timeout=WAIT_MS)
    upkeep.pause()
    qtbot.waitUntil(lambda: upkeep._running is None, timeout=WAIT_MS)
    upkeep.stop()
    assert upkeep.state is State.IDLE
    with qtbot.waitSignal(upkeep.ingest_ended, timeout=WAIT_MS):
        upkeep.catch_up([second])
    assert bridge.library.reader.counts().present == 150
    upkeep.close()


def test_changes_during_a_problem_come_back_with_the_next_one(bridge, qtbot, changed, monkeypatch):
    first, second = changed
    upkeep = Upkeep(bridge)
    with monkeypatch.context() as patch, qtbot.waitSignal(bridge.problem_met, timeout=WAIT_MS):
        patch.setattr(ThumbnailCache, "store", _full)
        upkeep.catch_up([first])
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE, timeout=WAIT_MS)
    with qtbot.waitSignal(upkeep.ingest_ended, timeout=WAIT_MS):
        upkeep.catch_up([second])
    assert bridge.library.reader.counts().present == 150
    upkeep.close()


def _full(*_):
    raise EnvironmentProblem("The disk that holds the thumbnails is full.")


def test_a_root_taken_out_during_its_ingest_is_gone_and_another_goes_on(bridge, qtbot, many, samples, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy2(samples / "coffee.png", other)
    upkeep = Upkeep(bridge)
    upkeep.ingest([many])
    upkeep.ingest([other])
    qtbot.waitUntil(lambda: bridge.library.reader.counts().present > 0, timeout=WAIT_MS)
    upkeep.stop_watching(bridge.library.reader.roots()[0])
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE and upkeep._running is None, timeout=WAIT_MS)
    assert bridge.library.reader.counts().present == 1
    upkeep.close()


def test_a_folder_that_does_not_exist_is_told_of(bridge, qtbot, tmp_path):
    upkeep = Upkeep(bridge)
    with qtbot.waitSignal(bridge.problem_met, timeout=WAIT_MS) as met:
        upkeep.ingest([tmp_path / "nowhere"])
    assert "nowhere" in met.args[0].what
    qtbot.waitUntil(lambda: upkeep.state is State.IDLE)
    upkeep.close()


def test_an_encoder_that_cannot_be_fetched_says_why_and_may_be_tried_again(bridge, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("PHOTOFINDER_BUNDLE_SOURCE", str(tmp_path))  # an empty mirror
    installing = Installing(bridge)
    with qtbot.waitSignal(installing.step_changed, timeout=WAIT_MS, check_params_cb=lambda s: s is Step.FAILED):
        installing.start("tinyclip-vit-8m16")
    assert installing.problem is not None
    with qtbot.waitSignal(installing.step_changed, timeout=WAIT_MS, check_params_cb=lambda s: s is Step.RUNNING):
        installing.resume()
    qtbot.waitUntil(lambda: installing.step is Step.FAILED, timeout=WAIT_MS)
    installing.close()


def test_rates_are_taken_over_the_last_seconds():
    rate = Rate()
    rate.add(0, 0)
    assert rate.per_second is None
    for second in range(1, 21):
        rate.add(second, 10 * second)
    assert rate.per_second == pytest.approx(10)
    for second in range(21, 41):
        rate.add(second, 200 + 2 * (second - 20))
    assert rate.per_second == pytest.approx(2)
    rate.add(41, 0)  # another ingest began
    assert rate.per_second is None


def test_another_process_hands_its_arguments_over(qtbot, tmp_path):
    first = SingleInstance(tmp_path)
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication; app = QCoreApplication([]);"
        "from photofinder.ui.single_instance import hand_over;"
        f"sys.exit(not hand_over(Path({str(tmp_path)!r}), ['/a', '/b']))"
    )
    with qtbot.waitSignal(first.arguments_received, timeout=WAIT_MS) as received:
        second = subprocess.Popen([sys.executable, "-c", code])
    assert received.args == [["/a", "/b"]]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT_MS)
    assert second.returncode == 0
    first.close()


def test_the_collector_runs_on_the_windows_thread_only(qtbot):
    import gc

    class Loop:
        def __init__(self):
            self.me = self

    seen = []
    collector = Collector()
    gc.callbacks.append(lambda phase, _info: seen.append((phase, threading.current_thread())))
    try:
        assert not gc.isenabled()

        def litter():
            for _ in range(5000):
                Loop()

        thread = threading.Thread(target=litter)
        thread.start()
        thread.join()
        assert seen == []
        qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
        assert {thread for _, thread in seen} == {threading.current_thread()}
    finally:
        gc.callbacks.pop()
        collector.close()
    assert gc.isenabled()
