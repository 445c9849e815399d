"""Thumbnails: what is seen first, what is gone never, in bounded memory."""

import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QPixmap

from photofinder.core.errors import EnvironmentProblem
from photofinder.library import browse
from photofinder.ui import thumbnail_loader
from photofinder.ui.pixmap_cache import Painted, PixmapCache
from photofinder.ui.thumbnail_loader import ThumbnailLoader, Want, decoded
from tests.ui.grid_samples import fill, jpeg, library  # noqa: F401 - a fixture


@pytest.fixture
def loader(qtbot, library):  # noqa: F811
    loader = ThumbnailLoader(library)
    yield loader
    assert loader.close()


def wants(ids, width=90, height=60, visible=True):
    return [Want(photo_id, width, height, visible) for photo_id in ids]


def all_painted(loader, ids):
    return all(loader.cache.get(photo_id) is not None for photo_id in ids)


def test_thumbnails_come_in_the_size_asked_for(qtbot, library, loader):  # noqa: F811
    ids = fill(library, 20)
    tiles = {}
    loader.tiles_fetched.connect(tiles.update)
    loader.want(wants(ids), {})
    qtbot.waitUntil(lambda: all_painted(loader, ids))
    assert set(tiles) == set(ids)
    assert {loader.cache.get(photo_id).size_px for photo_id in ids} == {(90, 60)}
    loader.want(wants(ids, 45, 45), tiles)
    qtbot.waitUntil(lambda: all(loader.cache.get(photo_id).size_px == (45, 45) for photo_id in ids))


def test_what_scrolled_away_is_never_begun(qtbot, library, monkeypatch):  # noqa: F811
    ids = fill(library, 30)
    tiles = browse.details(library, ids)
    begun, go_on = [], threading.Event()

    def slow(_library, tile):
        begun.append(tile.id)
        assert go_on.wait(10)
        return jpeg(320, 213, "red")

    monkeypatch.setattr(browse, "thumbnail", slow)
    loader = ThumbnailLoader(library, threads=1)
    loader.want(wants(ids[:20]), tiles)
    qtbot.waitUntil(lambda: len(begun) == 1)
    loader.want(wants(ids[20:]), tiles)
    go_on.set()
    qtbot.waitUntil(lambda: all_painted(loader, ids[20:]))
    assert begun == [ids[0], *ids[20:]]
    assert loader.close()


def test_what_was_forgotten_on_its_way_is_not_kept(qtbot, library, monkeypatch):  # noqa: F811
    (photo_id,) = fill(library, 1)
    tiles, go_on, begun = browse.details(library, [photo_id]), threading.Event(), threading.Event()

    def slow(_library, _tile):
        begun.set()
        assert go_on.wait(10)
        return jpeg(320, 213, "red")

    monkeypatch.setattr(browse, "thumbnail", slow)
    loader = ThumbnailLoader(library, threads=1)
    loader.want(wants([photo_id]), tiles)
    assert begun.wait(10)
    loader.forget([photo_id])
    with qtbot.waitSignal(loader.thumbnails_loaded):
        go_on.set()
    assert loader.cache.get(photo_id) is None
    assert loader.close()


def test_a_photo_without_thumbnail_is_asked_for_once(qtbot, library, loader, monkeypatch):  # noqa: F811
    (photo_id,) = fill(library, 1)
    asked = []
    monkeypatch.setattr(browse, "thumbnail", lambda _library, tile: asked.append(tile.id))
    loader.want(wants([photo_id]), {})
    qtbot.waitUntil(lambda: loader.is_hopeless(photo_id))
    loader.want(wants([photo_id]), browse.details(library, [photo_id]))
    qtbot.wait(50)
    assert asked == [photo_id]
    loader.forget([photo_id])
    assert not loader.is_hopeless(photo_id)


@pytest.mark.qt_log_ignore("JPEG")
def test_a_torn_thumbnail_is_made_again_from_its_photo(qtbot, library, loader):  # noqa: F811
    whole, lost = fill(library, 2)
    tiles = browse.details(library, [whole, lost])
    for tile in tiles.values():
        library.thumbnails.path(tile.fingerprint).write_bytes(b"\xff\xd8 torn \xff\xd9")
    path = Path(tiles[whole].path)
    path.parent.mkdir()
    path.write_bytes(jpeg(640, 480, "blue"))
    loader.want(wants([whole, lost]), tiles)
    qtbot.waitUntil(lambda: loader.cache.get(whole) is not None)
    assert loader.cache.get(whole).pixmap.toImage().pixelColor(45, 30).blue() > 200
    qtbot.waitUntil(lambda: loader.is_hopeless(lost))


def test_trouble_with_the_disk_is_told_once(qtbot, library, loader, monkeypatch):  # noqa: F811
    ids = fill(library, 5)

    def refuse(_library, _tile):
        raise EnvironmentProblem("The thumbnails cannot be read.")

    monkeypatch.setattr(browse, "thumbnail", refuse)
    told = []
    loader.problem_met.connect(told.append)
    loader.want(wants(ids), {})
    qtbot.waitUntil(lambda: all(loader.is_hopeless(photo_id) for photo_id in ids))
    assert [problem.what for problem in told] == ["The thumbnails cannot be read."]


def test_large_tiles_are_sharpened_from_previews_when_seen(qtbot, library, loader, monkeypatch):  # noqa: F811
    seen, near = fill(library, 2)
    asked = []

    def preview(_library, tile):
        asked.append(tile.id)
        return jpeg(1024, 683, "green")

    monkeypatch.setattr(browse, "preview", preview)
    loader.want([*wants([seen], 768, 512), *wants([near], 768, 512, visible=False)], {})
    qtbot.waitUntil(lambda: (painted := loader.cache.get(seen)) is not None and painted.sharp)
    qtbot.waitUntil(lambda: loader.cache.get(near) is not None)
    assert not loader.cache.get(near).sharp
    assert asked == [seen]


def test_the_window_is_not_kept_by_many_arrivals(qtbot, library, loader, monkeypatch):  # noqa: F811
    ids = fill(library, 40)
    monkeypatch.setattr(thumbnail_loader, "_LANDING_S", 0.0)
    loader.want(wants(ids), {})
    with qtbot.waitSignal(loader.tiles_fetched, raising=False, timeout=300) as landed:
        pass
    assert not landed.signal_triggered  # no time, nothing lands
    monkeypatch.setattr(thumbnail_loader, "_LANDING_S", 0.004)
    qtbot.waitUntil(lambda: all_painted(loader, ids))


def test_the_cache_is_bounded_in_bytes_and_drops_what_was_least_lately_seen(qtbot):
    cache = PixmapCache(limit_bytes=3 * 4 * 10 * 10)
    for photo_id in (1, 2, 3):
        cache.put(photo_id, Painted(QPixmap(10, 10), sharp=True))
    cache.get(1)
    cache.put(4, Painted(QPixmap(10, 10), sharp=True))
    assert [cache.get(photo_id) is not None for photo_id in (1, 2, 3, 4)] == [True, False, True, True]
    cache.put(4, Painted(QPixmap(10, 5), sharp=True))
    assert cache.held_bytes == 2 * 400 + 200
    cache.put(5, Painted(QPixmap(100, 100), sharp=True))  # larger than everything allowed: shown all the same
    assert len(cache) == 1
    cache.clear()
    assert cache.held_bytes == 0


@pytest.mark.parametrize(("size", "wanted"), [((320, 213), (90, 90)), ((213, 320), (200, 100)), ((80, 80), (100, 100))])
def test_the_middle_fills_the_size(size, wanted):
    made, scale = decoded(jpeg(*size, "red", edge="blue"), *wanted)
    assert (made.width(), made.height()) == wanted
    assert scale == max(wanted[0] / size[0], wanted[1] / size[1])
    assert made.pixelColor(wanted[0] // 2, wanted[1] // 2).red() > 200
    (left, top) = (0, wanted[1] // 2) if size[0] * wanted[1] < size[1] * wanted[0] else (wanted[0] // 2, 0)
    assert made.pixelColor(left, top).blue() > 120  # nothing is cut off along the side that fits


@pytest.mark.qt_log_ignore("JPEG")
def test_what_is_no_jpeg_is_none():
    assert decoded(b"not a picture", 10, 10)[0] is None
    assert decoded(jpeg(300, 200, "red")[:200], 10, 10)[0] is None
