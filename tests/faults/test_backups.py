"""A copy of the catalogue is there when it is needed, is whole, and goes back in one step."""

import contextlib
import shutil
import sqlite3
import time

import numpy as np
import pytest

from photofinder.catalogue import backup, schema
from photofinder.catalogue.backup import Kind
from photofinder.catalogue.connection import open_writing
from photofinder.cli.main import run
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, DamagedCatalogue, EnvironmentProblem, QueryProblem
from photofinder.library import marks
from photofinder.library.backups import back_up, listed, restore
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.search import search


def kinds(where):
    return [found.kind for found in listed(where)]


def rating(where, photo_id=1):
    with Library(where) as library:
        return library.reader.photos([photo_id])[photo_id].metadata.rating


def rate(where, stars, photo_id=1):
    with Library(where) as library:
        marks.rate(library, [photo_id], stars)


def scribble(path, start=4096 * 3, count=4096 * 4):
    with path.open("rb+") as file:
        file.seek(start)
        file.write(b"\xa5" * count)


def test_the_first_index_makes_one_and_the_second_does_not(indexed):
    assert kinds(indexed) == [Kind.SCHEDULED]
    with Library(indexed) as library:
        index(library, [])
    assert kinds(indexed) == [Kind.SCHEDULED]


@pytest.mark.parametrize("days", [8, -400])
def test_a_week_later_another_is_made_also_when_the_clock_was_set_back(indexed, monkeypatch, days):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + days * 24 * 3600)
    assert backup.is_due(indexed.catalogue)
    for _ in range(backup.KEPT + 1):
        backup.make(indexed.catalogue, Kind.SCHEDULED)
    assert [found.number for found in listed(indexed)] == [5, 4, 3], "the newest are kept, whatever their dates"


def test_one_command_puts_it_back_and_keeps_what_was_there(indexed, capsys):
    rate(indexed, 5)
    with Library(indexed) as library:
        number = back_up(library).number
        before = [hit.photo.path for hit in search(library, "a cat", 6).hits]
    rate(indexed, 1)
    assert run(["restore", str(number), "--library", str(indexed.data)]) == 0
    assert rating(indexed) == 5
    replaced = listed(indexed)[0]
    assert replaced.kind is Kind.REPLACED
    assert f"backup {replaced.number}" in capsys.readouterr().out
    with Library(indexed) as library:
        assert [hit.photo.path for hit in search(library, "a cat", 6).hits] == before
    assert diagnose(indexed, repair=True) == []
    restore(indexed, replaced.number)
    assert rating(indexed) == 1


def test_after_putting_back_an_older_one_the_vector_index_is_made_again(indexed, photos, originals):
    shutil.copy2(photos / "one" / "chelsea.png", photos / "one" / "cat again.png")
    originals.add(photos / "one" / "cat again.png")
    with Library(indexed) as library:
        assert index(library, []).added == 1
    restore(indexed, listed(indexed)[-1].number)
    with Library(indexed) as library:
        (space,) = library.reader.spaces()
        assert np.array_equal(library.vectors(space).ids(), library.reader.embedding_ids(space.id))
        assert index(library, []).added == 1
        assert library.index_on_disk(library.reader.spaces()[0]).generation == library.reader.spaces()[0].generation
    assert diagnose(indexed) == []


def test_a_reader_that_is_open_sees_the_catalogue_that_was_put_back(indexed):
    rate(indexed, 4)
    with Library(indexed) as library:
        back_up(library)
    rate(indexed, 2)
    with Library(indexed) as looking:
        assert looking.reader.photos([1])[1].metadata.rating == 2
        restore(indexed, listed(indexed)[0].number)
        assert looking.reader.photos([1])[1].metadata.rating == 4


@pytest.mark.parametrize("start", [0, 4096 * 3])
def test_a_damaged_catalogue_is_found_out_and_put_right(indexed, capsys, start):
    scribble(indexed.catalogue, start)
    assert run(["doctor", "--library", str(indexed.data)]) == 1
    assert "photofinder restore 1" in capsys.readouterr().out
    assert run(["restore", "1", "--library", str(indexed.data)]) == 0
    assert diagnose(indexed) == []
    with Library(indexed) as library:
        assert len(search(library, "a cat", 10).hits) == 6
    replaced = listed(indexed)[0]
    assert replaced.kind is Kind.REPLACED
    assert b"\xa5" * 4096 in replaced.path.read_bytes(), "what was there is kept as it was"


def test_a_damaged_catalogue_never_pushes_out_a_sound_copy(indexed):
    scribble(indexed.catalogue)
    before = [found.path.read_bytes() for found in listed(indexed)]
    with pytest.raises(DamagedCatalogue):
        backup.make(indexed.catalogue, Kind.SCHEDULED)
    assert [found.path.read_bytes() for found in listed(indexed)] == before
    assert [path.suffix for path in backup.folder_of(indexed.catalogue).iterdir()] == [".sqlite"]


def test_a_damaged_copy_is_not_put_back(indexed):
    scribble(listed(indexed)[0].path)
    before = indexed.catalogue.read_bytes()
    with pytest.raises(DamagedCatalogue, match="The backup"):
        restore(indexed, 1)
    assert indexed.catalogue.read_bytes() == before
    assert len(listed(indexed)) == 1


def test_a_catalogue_that_is_gone_is_not_silently_begun_anew(indexed):
    for path in indexed.data.glob("catalogue.sqlite*"):
        path.unlink()
    with pytest.raises(EnvironmentProblem, match="photofinder restore"):
        Library(indexed, create=True)
    assert restore(indexed, 1) is None
    assert diagnose(indexed) == []


def test_an_index_of_the_catalogue_is_mended_without_a_backup(indexed):
    with contextlib.closing(sqlite3.connect(indexed.catalogue, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for column, other in (("fingerprint", "format"), ("size_bytes", "mtime_ns")):
            connection.execute(
                "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'index'", (f"({column})", f"({other})")
            )
    assert "missing from index" in diagnose(indexed)[0].what
    assert all(finding.repaired for finding in diagnose(indexed, repair=True))
    assert diagnose(indexed) == []


def test_it_is_there_before_the_form_of_the_catalogue_changes(tmp_path):
    path = tmp_path / "catalogue.sqlite"
    old = schema.STEPS[:-1]
    with contextlib.closing(open_writing(path)) as connection:
        schema.prepare(connection, path, old)
        connection.execute("INSERT INTO settings VALUES ('from', 'before')")
    from photofinder.catalogue.writer import CatalogueWriter

    with CatalogueWriter(path) as writer:
        writer.set("from", "after")
    (made,) = backup.backups(path)
    assert made.kind is Kind.BEFORE_UPDATE
    with contextlib.closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("PRAGMA user_version").fetchone() == (len(old),)
        assert copy.execute("SELECT value FROM settings WHERE key = 'from'").fetchone() == ("before",)
    CatalogueWriter(path).close()
    assert len(backup.backups(path)) == 1, "only when something changes"


def test_stopping_leaves_nothing_behind(indexed):
    cancel = CancelToken()
    cancel.cancel()
    before = sorted(backup.folder_of(indexed.catalogue).iterdir())
    with pytest.raises(Cancelled):
        backup.make(indexed.catalogue, Kind.ASKED, cancel)
    assert sorted(backup.folder_of(indexed.catalogue).iterdir()) == before


def test_without_room_for_it_the_photos_are_indexed_and_that_is_said(where, photos, monkeypatch, capsys):
    monkeypatch.setattr(backup, "SPARE_BYTES", 1 << 60)
    assert run(["index", str(photos), "--library", str(where.data)]) == 0
    out = capsys.readouterr().out
    assert "6 added" in out
    assert "weekly backup was not made" in out
    assert "Free some space" in out


def test_it_is_taken_of_one_moment_while_an_ingest_writes(indexed, monkeypatch):
    with Library(indexed) as library:
        writer = library.writer()
        writer.set("count", "0")
        seen = []

        class Writes(CancelToken):
            def check(self):
                seen.append(1)
                writer.set("count", str(len(seen)))

        monkeypatch.setattr(backup, "_PAGES", 5)
        made = backup.make(indexed.catalogue, Kind.ASKED, Writes())
    assert len(seen) > 3
    with contextlib.closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("SELECT value FROM settings WHERE key = 'count'").fetchone() == ("0",)


def test_a_number_that_is_not_there_is_said(indexed):
    with pytest.raises(QueryProblem, match="no backup 99"):
        restore(indexed, 99)
