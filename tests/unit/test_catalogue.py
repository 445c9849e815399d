"""The catalogue keeps what it is given, and refuses what it does not understand."""

import os
import sqlite3
from datetime import datetime

import numpy as np
import pytest

from photofinder.catalogue import schema
from photofinder.catalogue.connection import open_writing
from photofinder.catalogue.known_files import KnownFiles
from photofinder.catalogue.reader import CatalogueReader
from photofinder.catalogue.writer import CatalogueWriter
from photofinder.core.errors import EnvironmentProblem, FailureKind, MediaProblem
from photofinder.core.types import Gps, Ingested, Metadata, PhotoFile, Role, Stamp, Taken, TakenSource, Unit, Volume

VOLUME = Volume("uuid-1", "ARCHIVE", "/mnt/archive")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def writer(path):
    with CatalogueWriter(path) as writer:
        yield writer


@pytest.fixture
def reader(path, writer):
    reader = CatalogueReader(path)
    yield reader
    reader.close()


def unit(root_id, name, folder=b"2023", size=100, mtime=1, role=Role.PRIMARY):
    return Unit(root_id, folder, (PhotoFile(name, role, Stamp(size, mtime, 7)),))


def unit_vector(seed):
    vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    return vector / np.linalg.norm(vector)


def photo_ids(path):
    connection = sqlite3.connect(path)
    found = [row[0] for row in connection.execute("SELECT id FROM photos ORDER BY id")]
    connection.close()
    return found


def test_a_photo_comes_back_as_it_was_given(writer, reader):
    root = writer.add_root(VOLUME, b"Pictures")
    space_id = writer.space("digest", "mini", 8)
    metadata = Metadata(
        taken=Taken(datetime(2021, 7, 1, 10, 0, 0, 847000), 540, TakenSource.EXIF_ORIGINAL),  # noqa: DTZ001
        gps=Gps(-54.8, -68.3, 12.5),
        make="NIKON",
        model="D90",
        lens="35 mm",
        exposure_s=0.004,
        f_number=2.8,
        iso=400,
        focal_mm=35.0,
        rating=4,
        title="Ushuaia",
        caption="The end of the world",
        keywords=("sea", "naïve ☀"),
    )
    vector = unit_vector(1)
    name = "Straße 🏔️.jpg".encode()
    given = Ingested(unit(root.id, name), None, b"f" * 16, metadata, "JPEG", 4000, 3000, vector)
    written = writer.record([given], space_id, 1)
    assert len(written.ids) == 1
    photo = reader.photo_at(root.id, b"2023", name)
    assert photo is not None
    assert photo.metadata == metadata
    assert photo.path == os.path.normpath("/mnt/archive/Pictures/2023/Straße 🏔️.jpg")
    assert (photo.picture_format, photo.width_px, photo.height_px, photo.fingerprint) == ("JPEG", 4000, 3000, b"f" * 16)
    stored = reader.embedding(photo.id, space_id)
    assert stored is not None
    np.testing.assert_allclose(stored[1], vector, atol=1e-3)


def test_a_name_that_is_not_utf8_keeps_its_bytes(writer, reader):
    root = writer.add_root(VOLUME, b"")
    name = b"\xff\xfe.jpg"
    writer.record([Ingested(unit(root.id, name, folder=b"caf\xe9"), None)], writer.space("d", "mini", 8), 1)
    photo = reader.photo_at(root.id, b"caf\xe9", name)
    assert photo is not None
    assert os.fsencode(photo.path) == b"/mnt/archive/caf\xe9/\xff\xfe.jpg"


def test_content_that_changed_loses_its_embeddings_in_every_space(writer, reader):
    root = writer.add_root(VOLUME, b"")
    old, new = writer.space("old", "mini", 8), writer.space("new", "better", 8)
    first = Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16, vector=unit_vector(1))
    writer.record([first], old, 1)
    photo_id = reader.photos_with(b"1" * 16)[0]
    writer.record([Ingested(unit(root.id, b"a.jpg"), photo_id, b"1" * 16, vector=unit_vector(2))], new, 1)
    assert reader.embedding(photo_id, old) is not None, "the same content keeps what other bundles made of it"
    generation = reader.space("old").generation
    writer.record([Ingested(unit(root.id, b"a.jpg", mtime=2), photo_id, b"2" * 16, vector=unit_vector(3))], new, 1)
    assert reader.embedding(photo_id, old) is None
    assert reader.space("old").generation > generation, "its vector index must notice"
    assert reader.embedding(photo_id, new) is not None


def test_a_photo_that_becomes_unreadable_keeps_what_was_known(writer, reader):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    good = Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16, Metadata(rating=5), "JPEG", 10, 10, unit_vector(1))
    writer.record([good], space_id, 1)
    photo_id = reader.photos_with(b"1" * 16)[0]
    failure = MediaProblem(FailureKind.UNREADABLE, "It is cut short.")
    writer.record([Ingested(unit(root.id, b"a.jpg", size=5), photo_id, failure=failure)], space_id, 1)
    photo = reader.photos([photo_id])[photo_id]
    assert photo.failure_reason == "It is cut short."
    assert photo.metadata.rating == 5
    assert reader.embedding(photo_id, space_id) is not None


def test_failures_are_tried_again_only_when_that_makes_sense(writer, reader):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    broken = MediaProblem(FailureKind.UNREADABLE, "no")
    denied = MediaProblem(FailureKind.DENIED, "no")
    writer.record([Ingested(unit(root.id, b"a.jpg"), None, failure=broken)], space_id, 3)
    assert KnownFiles(reader).unfinished(root.id, space_id, 3) == []
    assert len(KnownFiles(reader).unfinished(root.id, space_id, 4)) == 1, "other decoders may read it"
    writer.record([Ingested(unit(root.id, b"b.jpg"), None, failure=denied)], space_id, 3)
    assert len(KnownFiles(reader).unfinished(root.id, space_id, 3)) == 1, "permission may have been granted"


def test_photos_without_an_embedding_in_the_space_are_unfinished(writer, reader):
    root = writer.add_root(VOLUME, b"")
    old = writer.space("old", "mini", 8)
    writer.record([Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16, vector=unit_vector(1))], old, 1)
    new = writer.space("new", "better", 8)
    assert KnownFiles(reader).unfinished(root.id, old, 1) == []
    assert len(KnownFiles(reader).unfinished(root.id, new, 1)) == 1


def test_a_root_around_another_takes_over_its_photos(writer, reader):
    inner = writer.add_root(VOLUME, b"Pictures/2023")
    space_id = writer.space("d", "mini", 8)
    writer.record([Ingested(unit(inner.id, b"a.jpg", folder=b""), None, b"1" * 16)], space_id, 1)
    writer.record([Ingested(unit(inner.id, b"b.jpg", folder=b"\xe9"), None, b"2" * 16)], space_id, 1)
    writer.add_root(VOLUME, b"Pictures/2023 copy")  # a name that only begins alike
    outer = writer.add_root(VOLUME, b"Pictures")
    assert [root.relative for root in reader.roots()] == [b"Pictures"]
    assert reader.photo_at(outer.id, b"2023", b"a.jpg") is not None
    assert reader.photo_at(outer.id, b"2023/\xe9", b"b.jpg") is not None


def test_a_drive_that_is_mounted_elsewhere_is_the_same_root(writer, reader):
    root = writer.add_root(VOLUME, b"Pictures")
    again = writer.add_root(Volume("uuid-1", "ARCHIVE", "/media/me/ARCHIVE"), b"Pictures")
    assert again.id == root.id
    assert [r.path for r in reader.roots()] == [os.path.normpath("/media/me/ARCHIVE/Pictures")]


def test_missing_photos_keep_their_rows_and_leave_the_results(writer, reader):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    written = writer.record([Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16, vector=unit_vector(1))], space_id, 1)
    photo_id = reader.photos_with(b"1" * 16)[0]
    writer.mark_missing([photo_id])
    assert reader.photos_of_embeddings(written.ids) == {}
    assert reader.counts().missing == 1
    writer.move([(photo_id, unit(root.id, b"b.jpg", folder=b"elsewhere"))])
    assert reader.photos_of_embeddings(written.ids) == {written.ids[0]: photo_id}
    assert reader.photo_at(root.id, b"elsewhere", b"b.jpg").id == photo_id


def test_a_photo_that_loses_its_only_file_to_another_counts_as_missing(writer, reader):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    writer.record([Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16)], space_id, 1)
    writer.record([Ingested(unit(root.id, b"b.jpg"), None, b"2" * 16)], space_id, 1)
    a, b = reader.photos_with(b"1" * 16)[0], reader.photos_with(b"2" * 16)[0]
    writer.move([(a, unit(root.id, b"b.jpg"))])
    assert KnownFiles(reader).missing_ids() == {b}
    assert reader.photo_at(root.id, b"2023", b"b.jpg").id == a


def test_a_batch_is_all_or_nothing(writer, reader, path):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    good = Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16)
    bad = Ingested(unit(10_000, b"b.jpg"), None, b"2" * 16)  # there is no such root
    with pytest.raises(sqlite3.IntegrityError):
        writer.record([good, bad], space_id, 1)
    assert photo_ids(path) == []
    writer.record([good], space_id, 1)
    assert len(photo_ids(path)) == 1, "and nothing of the failed batch stands in the way of the next"


def test_a_newer_catalogue_is_refused_in_plain_words(path):
    CatalogueWriter(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    with pytest.raises(EnvironmentProblem, match="newer PhotoFinder"):
        CatalogueWriter(path)
    with pytest.raises(EnvironmentProblem, match="newer PhotoFinder"):
        CatalogueReader(path)


def test_some_other_sqlite_file_is_refused_and_left_alone(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(EnvironmentProblem, match="not a PhotoFinder catalogue"):
        CatalogueWriter(path)
    connection = sqlite3.connect(path)
    assert [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")] == ["theirs"]
    connection.close()


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(EnvironmentProblem, match="not a catalogue"):
        CatalogueWriter(path)


def test_a_step_that_fails_leaves_no_trace(path):
    connection = open_writing(path)
    schema.prepare(connection, path)
    steps = (*schema.STEPS, ("broken", ("CREATE TABLE half (x) STRICT", "CREATE TABLE nonsense (")))
    with pytest.raises(sqlite3.OperationalError):
        schema.prepare(connection, path, steps)
    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (schema.VERSION,)
    assert connection.execute("SELECT name FROM sqlite_schema WHERE name = 'half'").fetchall() == []
    connection.close()


def test_damaged_embeddings_are_found_and_forgotten(writer, reader, path):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    batch = [Ingested(unit(root.id, b"%d.jpg" % n), None, b"%016d" % n, vector=unit_vector(n)) for n in range(3)]
    written = writer.record(batch, space_id, 1)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE embeddings SET vector = zeroblob(16) WHERE id = ?", (written.ids[0],))
    connection.execute("UPDATE embeddings SET vector = x'00' WHERE id = ?", (written.ids[1],))
    connection.commit()
    connection.close()
    damaged = reader.damaged_embeddings(reader.space("d"))
    assert damaged == written.ids[:2]
    writer.forget_embeddings(damaged)
    assert reader.embedding_ids(space_id).tolist() == written.ids[2:]
    assert len(KnownFiles(reader).unfinished(root.id, space_id, 1)) == 2


def test_embedding_ids_are_never_used_twice(writer, reader):
    root = writer.add_root(VOLUME, b"")
    space_id = writer.space("d", "mini", 8)
    first = writer.record([Ingested(unit(root.id, b"a.jpg"), None, b"1" * 16, vector=unit_vector(1))], space_id, 1)
    photo_id = reader.photos_with(b"1" * 16)[0]
    again = Ingested(unit(root.id, b"a.jpg"), photo_id, b"2" * 16, vector=unit_vector(2))
    second = writer.record([again], space_id, 1)
    assert second.gone == first.ids
    assert second.ids[0] > first.ids[0]


def test_what_is_asked_of_every_new_photo_goes_by_an_index(path, writer, reader):
    with sqlite3.connect(path) as connection:  # statistics of a library that is all of one size and one folder
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM sqlite_stat1")
        connection.executemany(
            "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)",
            [("files", "files_by_size", "100000 100000"), ("files", "files", "100000 200 1")],
        )
    connection.close()
    fresh, asked = CatalogueReader(path), []
    fresh._connection.set_trace_callback(asked.append)
    fresh.embedding_of(b"f" * 16, 1)
    fresh.is_embedded(1, b"f" * 16, 1)
    KnownFiles(fresh).size_is_known(77)
    fresh._connection.set_trace_callback(None)
    plans = [fresh._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()[0][3] for query in asked]
    fresh.close()
    assert len(plans) == 3
    assert "photos_by_fingerprint" in plans[0]
    assert "(photo_id=?" in plans[1]
    assert "files_by_size" in plans[2]
