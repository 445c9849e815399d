"""Folders that the library no longer watches, and photos that are tried again."""

import os
import shutil

import pytest

from photofinder.core.errors import QueryProblem
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.roots import stop_watching, watched
from photofinder.library.search import search


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as made:
        yield made


@pytest.fixture
def folders(samples, tmp_path):
    pets, food = tmp_path / "pets", tmp_path / "food"
    for folder, name in ((pets, "chelsea.png"), (food, "coffee.png")):
        folder.mkdir()
        shutil.copy2(samples / name, folder)
    return pets, food


def found(library, words, **more):
    return {hit.photo.location.name for hit in search(library, words, **more).hits}


def test_a_root_that_is_not_watched_keeps_what_is_known_of_its_photos(library, folders):
    pets, food = folders
    index(library, [pets, food])
    gone = next(root for root in watched(library) if root.path.endswith("pets"))
    stop_watching(library, gone.id)
    assert [root.path for root in watched(library)] == [str(food)]
    assert found(library, "a cat") == {"coffee.png"}
    assert index(library, []).added == 0  # nor does the next ingest bring it back

    report = index(library, [pets])
    assert (report.added, report.embedded) == (1, 0)
    assert len(watched(library)) == 2
    assert found(library, "a cat") == {"chelsea.png", "coffee.png"}


def test_without_a_watched_root_there_is_nothing_to_ingest(library, folders):
    index(library, [folders[0]])
    stop_watching(library, watched(library)[0].id)
    with pytest.raises(QueryProblem):
        index(library, [])


def test_a_photo_that_could_not_be_read_is_tried_again_when_asked(library, folders):
    photo = folders[0] / "chelsea.png"
    content, stat = photo.read_bytes(), photo.stat()
    photo.write_bytes(bytes(len(content)))
    os.utime(photo, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert index(library, folders).embedded == 1
    # The drive answers rightly again, and nothing about the stamp tells.
    with photo.open("r+b") as stream:
        stream.write(content)
    os.utime(photo, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert index(library, []).embedded == 0
    assert len(library.reader.failures()) == 1
    assert index(library, [], retry_failed=True).embedded == 1
    assert library.reader.failures() == []


def test_a_search_among_some_photos_finds_these_and_no_others(library, folders):
    index(library, folders)
    ids = {photo_id for photo_id, _ in library.reader.fingerprints()}
    for only in ids:
        hits = search(library, "a cat", among={only}).hits
        assert [hit.photo.id for hit in hits] == [only]
    assert search(library, "a cat", among=set()).hits == ()
