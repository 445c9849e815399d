"""To the trash with all its files, and back."""

import sys

import pytest
from PIL import Image
from send2trash import plat_other

from photofinder.core.errors import EnvironmentProblem
from photofinder.library import browse
from photofinder.library import trash as trashing
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.trash import take_back, trash

pytestmark = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="they do not say what is in their trash")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A trash of our own: where its files are."""
    data = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", bytes(data))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", bytes(data / "Trash"))
    monkeypatch.setattr("send2trash.send2trash", plat_other.send2trash)
    return data / "Trash" / "files"


@pytest.fixture
def folder(tmp_path):
    """`a.jpg` with a sidecar and a video; `b.jpg`; one with a name of its own kind."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(("a.jpg", "b.jpg", "Straße 100%.jpg")):
        Image.new("RGB", (40, 30), (40 * number, 0, 0)).save(folder / name)
    (folder / "a.xmp").write_bytes(b"<x/>")
    (folder / "a.mov").write_bytes(b"a video")
    return folder


@pytest.fixture
def library(tmp_path, folder):
    with Library(locations(tmp_path / "library"), create=True) as opened:
        index(opened, [folder])
        yield opened


def photo_id(library, path):
    return library.locate(path).id


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_photo_goes_with_all_its_files_and_comes_back(library, folder, kept):
    before, listed = contents(folder), browse.listing(library).ids.tolist()
    ids = [photo_id(library, folder / "a.jpg"), photo_id(library, folder / "Straße 100%.jpg")]
    done = trash(library, ids)
    assert (sorted(done.photos), done.failed) == (sorted(ids), [])
    assert set(contents(folder)) == {"b.jpg"}
    assert {path.name for path in kept.iterdir()} == {"a.jpg", "a.xmp", "a.mov", "Straße 100%.jpg"}
    assert len(browse.listing(library)) == 1
    assert library.reader.counts().missing == 2
    assert done.can_be_taken_back
    assert take_back(library, done) == []
    assert contents(folder) == before
    assert browse.listing(library).ids.tolist() == listed
    assert list(kept.iterdir()) == list((kept.parent / "info").iterdir()) == []


def test_an_ingest_agrees_with_what_was_trashed_and_taken_back(library, folder, kept):
    done = trash(library, [photo_id(library, folder / "a.jpg")])
    assert index(library, []).vanished == 0
    take_back(library, done)
    report = index(library, [])
    assert (report.added, report.changed, report.moved, report.embedded) == (0, 0, 0, 0)


def test_of_two_with_one_name_each_comes_back_to_its_place(library, folder, kept):
    Image.new("RGB", (40, 30), (0, 99, 0)).save(folder / "a.jpg")
    first = trash(library, [photo_id(library, folder / "a.jpg")])
    Image.new("RGB", (40, 30), (0, 0, 99)).save(folder / "a.jpg")
    index(library, [])
    newest = (folder / "a.jpg").read_bytes()
    second = trash(library, [photo_id(library, folder / "a.jpg")])
    assert take_back(library, second) == []
    assert (folder / "a.jpg").read_bytes() == newest
    failed = dict(take_back(library, first))
    assert "in its place" in failed[str(folder / "a.jpg")]
    assert (folder / "a.jpg").read_bytes() == newest


def test_what_stays_is_told_and_still_counts(library, folder, kept, monkeypatch):
    ids = [photo_id(library, folder / name) for name in ("a.jpg", "b.jpg")]
    real = plat_other.send2trash

    def stubborn(path):
        if path.endswith("a.jpg"):
            raise PermissionError(13, "Permission denied")
        real(path)

    monkeypatch.setattr("send2trash.send2trash", stubborn)
    done = trash(library, ids)
    assert list(done.photos) == ids[1:]
    assert [path for path, _ in done.failed] == [str(folder / "a.jpg")]
    assert {"a.jpg", "a.xmp", "a.mov"} <= set(contents(folder)), "no half of a photo goes"
    assert ids[0] in browse.listing(library).ids


def test_a_photo_that_is_not_there_is_told(library, folder, kept):
    lost = photo_id(library, folder / "b.jpg")
    (folder / "b.jpg").unlink()
    done = trash(library, [lost])
    assert done.photos == {}
    assert "not where it was" in done.failed[0][1]
    assert not done.can_be_taken_back


def test_an_emptied_trash_is_told(library, folder, kept):
    gone = photo_id(library, folder / "b.jpg")
    done = trash(library, [gone])
    for path in kept.iterdir():
        path.unlink()
    assert take_back(library, done) == [(str(folder / "b.jpg"), "It is no longer in the trash.")]
    assert gone not in browse.listing(library).ids


def test_where_the_system_does_not_tell_nothing_is_promised(library, folder, kept, monkeypatch):
    monkeypatch.setattr(trashing, "CAN_TAKE_BACK", False)
    done = trash(library, [photo_id(library, folder / "b.jpg")])
    assert not done.can_be_taken_back
    assert "Only you" in take_back(library, done)[0][1]


def test_nothing_moves_while_the_catalogue_cannot_be_changed(library, folder, kept, tmp_path):
    before = contents(folder)
    chosen = [photo_id(library, folder / "b.jpg")]
    with Library(locations(tmp_path / "library")) as other, pytest.raises(EnvironmentProblem, match="Another"):
        trash(other, chosen)
    assert contents(folder) == before
