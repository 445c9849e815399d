"""Photos that are gone, copies, and moves whose two ends are seen apart."""

import json
import os
import shutil
import time

import pytest

from photofinder.cli.main import run
from photofinder.core.errors import QueryProblem
from photofinder.core.types import Marks
from photofinder.library import roots
from photofinder.library.details import details
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search

DAY_S = 24 * 3600


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as made:
        yield made


@pytest.fixture
def photos(samples, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("chelsea.png", "coffee.png"):
        shutil.copy2(samples / name, folder)
    return folder


def later(monkeypatch, days):
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + round(days * DAY_S * 1e9))


def test_deleted_photos_are_forgotten_after_a_while_with_all_that_was_made_of_them(library, photos, monkeypatch):
    index(library, [photos])
    cat = library.locate(photos / "chelsea.png")
    library.writer().put_marks({cat.id: Marks(rating=5)})
    (photos / "chelsea.png").unlink()
    assert index(library, []).vanished == 1
    later(monkeypatch, 29)
    assert index(library, []).forgotten == 0
    assert [path for path, _ in library.reader.missing()] == [str(photos / "chelsea.png")]
    later(monkeypatch, 2)
    assert index(library, []).forgotten == 1
    assert library.reader.photos([cat.id]) == {}
    assert library.thumbnails.read(cat.fingerprint) is None
    assert [hit.photo.location.name for hit in search(library, "a cat").hits] == ["coffee.png"]
    with Library(library.where) as again:
        assert [hit.photo.location.name for hit in search(again, "a cat").hits] == ["coffee.png"]


def test_until_then_they_come_back_with_everything(library, photos, tmp_path, monkeypatch):
    index(library, [photos])
    cat = library.locate(photos / "chelsea.png").id
    library.writer().put_marks({cat: Marks(rating=5)})
    (photos / "chelsea.png").rename(tmp_path / "aside")
    index(library, [])
    later(monkeypatch, 29)
    (tmp_path / "aside").rename(photos / "tom.png")
    report = index(library, [])
    assert (report.moved, report.embedded) == (1, 0)
    back = library.locate(photos / "tom.png")
    assert (back.id, back.metadata.rating) == (cat, 5)


def test_nothing_is_forgotten_while_its_root_is_away(library, photos, tmp_path, monkeypatch):
    index(library, [photos])
    (photos / "chelsea.png").unlink()
    index(library, [])
    photos.rename(tmp_path / "elsewhere")
    later(monkeypatch, 400)
    assert index(library, []).forgotten == 0
    assert library.reader.counts().missing == 1
    (tmp_path / "elsewhere").rename(photos)
    assert index(library, []).forgotten == 1


def test_a_thumbnail_stays_as_long_as_a_copy_needs_it(library, photos, monkeypatch):
    shutil.copy2(photos / "chelsea.png", photos / "twin.png")
    index(library, [photos])
    fingerprint = library.locate(photos / "twin.png").fingerprint
    later(monkeypatch, 2)  # a copy of long ago is a photo of its own
    (photos / "chelsea.png").unlink()
    assert index(library, []).vanished == 1
    later(monkeypatch, 31)
    assert index(library, []).forgotten == 1
    assert library.thumbnails.read(fingerprint) is not None


def test_how_long_is_for_the_user_to_say(library, photos):
    index(library, [photos])
    roots.keep_for(library, 0)
    (photos / "chelsea.png").unlink()
    index(library, [])
    assert library.reader.counts().missing == 0
    with pytest.raises(QueryProblem):
        roots.keep_for(library, -1)


def test_a_copy_takes_the_place_of_what_it_was_made_of(library, photos, tmp_path):
    """As files move between drives, with a look in between."""
    index(library, [photos])
    cat = library.locate(photos / "chelsea.png").id
    library.writer().put_marks({cat: Marks(rating=5)})
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy2(photos / "chelsea.png", other)
    assert index(library, [other]).embedded == 0 or library.reader.counts().present == 3
    (photos / "chelsea.png").unlink()
    report = index(library, [])
    assert (report.moved, report.vanished, report.embedded) == (1, 0, 0)
    moved = library.locate(other / "chelsea.png")
    assert (moved.id, moved.metadata.rating) == (cat, 5)
    assert library.reader.counts().present == 2
    assert len(search(library, "a cat").hits) == 2


def test_a_copy_that_was_marked_is_a_photo_of_its_own(library, photos):
    index(library, [photos])
    shutil.copy2(photos / "chelsea.png", photos / "twin.png")
    index(library, [])
    twin = library.locate(photos / "twin.png").id
    library.writer().put_marks({twin: Marks(rating=2)})
    (photos / "chelsea.png").unlink()
    assert index(library, []).vanished == 1
    assert library.locate(photos / "twin.png").id == twin


def test_copies_are_known_as_copies(library, photos, capsys):
    shutil.copy2(photos / "chelsea.png", photos / "twin.png")
    index(library, [photos])
    cat = library.locate(photos / "chelsea.png").id
    assert library.reader.copies(cat) == [str(photos / "twin.png")]
    told = {each.label: each.value for each in details(library, cat)}
    assert told["Copies"] == f"2 copies; also {photos / 'twin.png'}"
    library.close()
    assert run(["show", str(photos / "twin.png"), "--json", "--library", str(library.where.data)]) == 0
    assert json.loads(capsys.readouterr().out)["copies"] == [str(photos / "chelsea.png")]


def test_status_lists_what_is_missing(library, photos, capsys):
    index(library, [photos])
    (photos / "chelsea.png").unlink()
    index(library, [])
    library.close()
    assert run(["status", "--missing", "--json", "--library", str(library.where.data)]) == 0
    (told,) = json.loads(capsys.readouterr().out)["missing_photos"]
    assert told["path"] == str(photos / "chelsea.png")


def test_a_file_that_grows_while_it_is_looked_for_is_left_for_later(library, photos, samples, monkeypatch):
    index(library, [photos])
    path = photos / "slow.png"
    content = (samples / "rocket.jpg").read_bytes()
    path.write_bytes(content[:1000])
    waited = []

    def grow(_token, seconds):
        waited.append(seconds)
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
        return False

    monkeypatch.setattr("photofinder.core.cancel.CancelToken.wait", grow)
    report = index(library, [])
    assert waited
    assert report.growing == [str(path)]
    assert not report.failed
    assert index(library, []).added == 1
