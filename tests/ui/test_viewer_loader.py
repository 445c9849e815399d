"""Loading photos in stages, in order, within bounds, on threads that end."""

import threading

import pytest

from photofinder.core.errors import FailureKind, QueryProblem
from photofinder.library import pictures
from photofinder.ui.latest import LatestWorker
from photofinder.ui.picture_frame import Quality
from photofinder.ui.picture_loader import PictureLoader, looking_at
from tests.ui.viewer_photos import *  # noqa: F403 - fixtures

FULL_BYTES = 1600 * 1200 * 4


@pytest.fixture
def make_loader(qtbot, viewer_library):
    before = set(threading.enumerate())
    made = []

    def make(**options):
        made.append(PictureLoader(viewer_library, **options))
        return made[-1]

    yield make
    for loader in made:
        loader.close()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def slow_full(monkeypatch):
    """Decoding all pixels waits until it is let go; what was begun is listed."""
    go, begun = threading.Event(), []
    decode = pictures.full

    def waiting(library, photo_id, max_pixels):
        begun.append(photo_id)
        assert go.wait(20)
        return decode(library, photo_id, max_pixels)

    monkeypatch.setattr(pictures, "full", waiting)
    waiting.go, waiting.begun = go, begun
    yield waiting
    go.set()


def test_thumbnail_then_preview_then_all_pixels(qtbot, make_loader, photo_ids):
    loader, photo_id = make_loader(workers=1), photo_ids["0"]
    came = []
    loader.loaded.connect(lambda _, frame: came.append((frame.quality, frame.levels[0].shape[1], frame.width_px)))
    loader.want(looking_at([photo_id]))
    qtbot.waitUntil(lambda: loader.frame(photo_id, Quality.FULL) is not None)
    assert came == [(Quality.THUMBNAIL, 320, 1600), (Quality.PREVIEW, 1024, 1600), (Quality.FULL, 1600, 1600)]
    assert loader.best(photo_id).quality is Quality.FULL


def test_neighbours_are_loaded_ahead(qtbot, make_loader, photo_ids):
    loader = make_loader()
    loader.want(looking_at([photo_ids["3"]], [photo_ids["4"], photo_ids["2"]]))
    qtbot.waitUntil(lambda: loader.frame(photo_ids["4"], Quality.FULL) is not None)
    qtbot.waitUntil(lambda: loader.frame(photo_ids["2"], Quality.PREVIEW) is not None)
    assert loader.frame(photo_ids["2"], Quality.FULL) is None


def test_what_is_no_longer_wanted_is_not_decoded(qtbot, make_loader, photo_ids, slow_full):
    loader = make_loader()
    loader.want(looking_at([photo_ids["0"]]))
    qtbot.waitUntil(lambda: slow_full.begun == [photo_ids["0"]])
    for name in "1234567":  # leafing quickly
        loader.want(looking_at([photo_ids[name]]))
    slow_full.go.set()
    qtbot.waitUntil(lambda: loader.frame(photo_ids["7"], Quality.FULL) is not None)
    assert slow_full.begun == [photo_ids["0"], photo_ids["7"]]
    assert loader.frame(photo_ids["0"], Quality.FULL) is None  # nobody wants it any more


def test_a_preview_never_waits_for_all_pixels(qtbot, make_loader, photo_ids, slow_full):
    loader = make_loader(workers=2)
    loader.want(looking_at([photo_ids["0"], photo_ids["1"]]))
    qtbot.waitUntil(lambda: len(slow_full.begun) == 1)
    loader.want(looking_at([photo_ids["5"]]))
    qtbot.waitUntil(lambda: loader.frame(photo_ids["5"], Quality.PREVIEW) is not None)
    assert not slow_full.go.is_set()


def test_memory_is_bounded_and_the_one_on_show_stays(qtbot, make_loader, photo_ids):
    limit = 3 * FULL_BYTES
    loader = make_loader(cache_bytes=limit)
    peaks = []
    loader.loaded.connect(lambda *_: peaks.append(loader.cached_bytes))
    for name in "01234567":
        loader.want(looking_at([photo_ids[name]]))
        qtbot.waitUntil(lambda name=name: loader.frame(photo_ids[name], Quality.FULL) is not None)
    assert FULL_BYTES < max(peaks) <= limit
    assert loader.frame(photo_ids["7"], Quality.FULL) is not None
    assert loader.frame(photo_ids["0"], Quality.FULL) is None
    loader.forget()
    assert loader.cached_bytes == 0


def test_several_on_show_share_the_room(qtbot, make_loader, photo_ids):
    loader = make_loader(cache_bytes=3 * FULL_BYTES)
    shown = [photo_ids[name] for name in "0123"]
    loader.want(looking_at(shown), on_show=4)
    qtbot.waitUntil(lambda: all(loader.frame(each, Quality.FULL) for each in shown))
    assert loader.cached_bytes <= 3 * FULL_BYTES
    assert loader.frame(shown[0], Quality.FULL).levels[0].shape[1] == 800


def test_a_broken_photo_tells_why_each_time(qtbot, make_loader, photo_ids):
    loader = make_loader()
    told = []
    loader.failed.connect(lambda *what: told.append(what))
    for _ in range(2):
        loader.want(looking_at([photo_ids["broken"]]))
        qtbot.waitUntil(lambda: loader.problem(photo_ids["broken"], Quality.FULL) is not None)
        loader.want(())
    assert len(told) == 6
    assert {problem.kind for _, _, problem in told} == {FailureKind.UNREADABLE}


def test_a_photo_that_was_removed_is_no_bug(qtbot, make_loader):
    loader = make_loader()
    loader.want(looking_at([987654]))
    qtbot.waitUntil(lambda: isinstance(loader.problem(987654, Quality.PREVIEW), QueryProblem))


def test_a_bug_is_reported_and_the_thread_goes_on(qtbot, make_loader, photo_ids, monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda what: reported.append(what.exc_type))
    loader = make_loader(workers=1)
    with monkeypatch.context() as broken:
        broken.setattr(pictures, "preview", lambda *_: 1 / 0)
        loader.want([(photo_ids["0"], Quality.PREVIEW)])
        qtbot.waitUntil(lambda: reported == [ZeroDivisionError])
    loader.want([(photo_ids["1"], Quality.PREVIEW)])
    qtbot.waitUntil(lambda: loader.frame(photo_ids["1"], Quality.PREVIEW) is not None)


def test_the_latest_work_replaces_what_waits(qtbot):
    ended = []
    worker = LatestWorker("test", at_end=lambda: ended.append(True))
    done = []
    worker.done.connect(lambda key, result: done.append((key, result)))
    go = threading.Event()
    worker.run("hold", go.wait)
    for number in range(50):
        worker.run("number", lambda number=number: number)
    go.set()
    qtbot.waitUntil(lambda: ("number", 49) in done)
    assert len(done) < 10
    worker.close()
    assert ended == [True]
