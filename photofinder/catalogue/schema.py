"""What the catalogue looks like, as numbered steps. A step that has been released is never edited: add another."""

import contextlib
import sqlite3
import time
import uuid
from pathlib import Path

from photofinder.catalogue.connection import open_reading, transaction, translated
from photofinder.catalogue.sequence import sequence_of
from photofinder.core.errors import EnvironmentProblem

APPLICATION_ID = 0x50464E44  # "PFND", in the file's header: tells our catalogue from any other SQLite file

Step = tuple[str, tuple[str, ...]]

STEPS: tuple[Step, ...] = (
    (
        "photos, files, embeddings",
        (
            "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
            # A root is a place on a volume, so that a drive may come back under another mount point.
            """CREATE TABLE roots (
                id INTEGER PRIMARY KEY,
                volume_uuid TEXT NOT NULL, volume_label TEXT, mount BLOB NOT NULL,
                path BLOB NOT NULL, -- relative to the volume
                added_at_ms INTEGER NOT NULL, scanned_at_ms INTEGER,
                UNIQUE (volume_uuid, path)) STRICT""",
            """CREATE TABLE folders (
                id INTEGER PRIMARY KEY,
                root_id INTEGER NOT NULL REFERENCES roots ON DELETE CASCADE,
                path BLOB NOT NULL, -- relative to the root, "/"-separated; bytes: names need not be UTF-8
                UNIQUE (root_id, path)) STRICT""",
            """CREATE TABLE photos (
                id INTEGER PRIMARY KEY,
                fingerprint BLOB,
                added_at_ms INTEGER NOT NULL, missing_since_ms INTEGER,
                failure_kind TEXT, failure_reason TEXT, decoder_version INTEGER NOT NULL,
                format TEXT, width_px INTEGER, height_px INTEGER,
                taken_ms INTEGER, -- wall clock where it was taken, as if that were UTC
                taken_offset_min INTEGER, taken_source TEXT,
                latitude REAL, longitude REAL, altitude_m REAL,
                make TEXT, model TEXT, lens TEXT,
                exposure_s REAL, f_number REAL, iso INTEGER, focal_mm REAL,
                rating INTEGER, title TEXT, caption TEXT, keywords TEXT -- a JSON array
                ) STRICT""",
            "CREATE INDEX photos_by_fingerprint ON photos (fingerprint)",
            "CREATE INDEX photos_by_taken ON photos (taken_ms)",
            "CREATE INDEX photos_missing ON photos (missing_since_ms) WHERE missing_since_ms IS NOT NULL",
            "CREATE INDEX photos_failed ON photos (failure_kind) WHERE failure_kind IS NOT NULL",
            # Clustered by folder: a rescan reads one folder's stamps in one sweep.
            """CREATE TABLE files (
                folder_id INTEGER NOT NULL REFERENCES folders ON DELETE CASCADE,
                name BLOB NOT NULL,
                photo_id INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
                role TEXT NOT NULL,
                size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
                PRIMARY KEY (folder_id, name)) STRICT, WITHOUT ROWID""",
            "CREATE INDEX files_by_photo ON files (photo_id)",
            "CREATE INDEX files_by_size ON files (size_bytes) WHERE role = 'primary'",
            """CREATE TABLE spaces (
                id INTEGER PRIMARY KEY,
                digest TEXT NOT NULL UNIQUE, bundle TEXT NOT NULL, dim INTEGER NOT NULL,
                generation INTEGER NOT NULL DEFAULT 0 -- rises with every change to the space's embeddings
                ) STRICT""",
            # AUTOINCREMENT: an id is never used twice and never changes its vector, which lets the vector index be
            # caught up by comparing ids alone.
            """CREATE TABLE embeddings (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                space_id INTEGER NOT NULL REFERENCES spaces ON DELETE CASCADE,
                photo_id INTEGER NOT NULL REFERENCES photos ON DELETE CASCADE,
                vector BLOB NOT NULL, -- dim x float16, unit length
                UNIQUE (photo_id, space_id)) STRICT""",
            "CREATE INDEX embeddings_by_space ON embeddings (space_id)",
        ),
    ),
    (
        "listing",
        (
            # Everything that a listing by capture time reads, in its order: a page of it never touches the photos.
            """CREATE INDEX photos_listed ON photos (missing_since_ms, taken_ms, id, width_px, height_px)""",
            "DROP INDEX photos_by_taken",
        ),
    ),
    (
        "which vector index is this catalogue's own",
        # A catalogue put back from a backup counts its generations, and its embeddings, from an earlier number again.
        ("ALTER TABLE spaces ADD COLUMN indexed_generation INTEGER NOT NULL DEFAULT 0",),
    ),
    (
        "marks",
        (
            # What the user said of photos, apart from what ingest reads in them: reading anew never overwrites it.
            """CREATE TABLE marks (
                photo_id INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
                rating INTEGER, pick INTEGER, label TEXT) STRICT""",
        ),
    ),
    (
        "a file's own date is no capture time",
        (
            # Photos with nothing better are undated: they have no place among the others, nor among the days.
            "ALTER TABLE photos ADD COLUMN file_date_ms INTEGER",
            "UPDATE photos SET file_date_ms = taken_ms, taken_ms = NULL WHERE taken_source = 'file date'",
        ),
    ),
    (
        "search",
        (
            # Where a photo was taken, in words; found offline from its position.
            "ALTER TABLE photos ADD COLUMN place TEXT",
            "ALTER TABLE photos ADD COLUMN region TEXT",
            "ALTER TABLE photos ADD COLUMN country TEXT",
            "ALTER TABLE photos ADD COLUMN country_code TEXT",
            # The words by which a photo can be found, kept in step by triggers: whoever writes cannot forget it.
            """CREATE VIEW photo_words AS SELECT photos.id AS id,
                CAST(files.name AS TEXT) AS name,
                replace(CAST(roots.path AS TEXT), rtrim(CAST(roots.path AS TEXT),
                    replace(CAST(roots.path AS TEXT), '/', '')), '') || '/' || CAST(folders.path AS TEXT) AS folder,
                title, caption, keywords,
                coalesce(place, '') || ', ' || coalesce(region, '') || ', ' || coalesce(country, '') AS place
                FROM photos JOIN files ON files.photo_id = photos.id AND files.role = 'primary'
                JOIN folders ON folders.id = folder_id JOIN roots ON roots.id = root_id""",
            """CREATE VIRTUAL TABLE words USING fts5 (name, folder, title, caption, keywords, place,
                tokenize = "unicode61 remove_diacritics 2")""",
            "INSERT INTO words (rowid, name, folder, title, caption, keywords, place) SELECT * FROM photo_words",
            """CREATE TRIGGER words_of_file AFTER INSERT ON files WHEN NEW.role = 'primary' BEGIN
                INSERT OR REPLACE INTO words (rowid, name, folder, title, caption, keywords, place)
                SELECT * FROM photo_words WHERE id = NEW.photo_id; END""",
            """CREATE TRIGGER words_of_place AFTER UPDATE OF place, region, country ON photos BEGIN
                INSERT OR REPLACE INTO words (rowid, name, folder, title, caption, keywords, place)
                SELECT * FROM photo_words WHERE id = NEW.id; END""",
            """CREATE TRIGGER words_of_folder AFTER UPDATE OF root_id, path ON folders BEGIN
                INSERT OR REPLACE INTO words (rowid, name, folder, title, caption, keywords, place)
                SELECT * FROM photo_words
                WHERE id IN (SELECT photo_id FROM files WHERE folder_id = NEW.id AND role = 'primary'); END""",
            """CREATE TRIGGER place_elsewhere AFTER UPDATE OF latitude, longitude ON photos
                WHEN NEW.latitude IS NOT OLD.latitude OR NEW.longitude IS NOT OLD.longitude BEGIN
                UPDATE photos SET place = NULL, region = NULL, country = NULL, country_code = NULL WHERE id = NEW.id;
                END""",
            "CREATE TRIGGER words_gone AFTER DELETE ON photos BEGIN DELETE FROM words WHERE rowid = OLD.id; END",
            "CREATE INDEX files_by_name ON files (lower(CAST(name AS TEXT)), photo_id)",
            # What changed last, so that columns held in memory need not be read anew as a whole.
            "CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, photo_id INTEGER NOT NULL) STRICT",
            """CREATE TRIGGER changes_kept_short AFTER INSERT ON changes BEGIN
                DELETE FROM changes WHERE seq <= NEW.seq - 20000; END""",
            *(
                f"""CREATE TRIGGER changed_{table}_{event.lower()} AFTER {event} ON {table} BEGIN
                INSERT INTO changes (photo_id) VALUES ({row}.{column}); END"""
                for table, column in (("photos", "id"), ("marks", "photo_id"), ("files", "photo_id"))
                for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
            ),
            """CREATE TABLE albums (
                name TEXT PRIMARY KEY, query TEXT NOT NULL, added_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
        ),
    ),
    (
        "clocks",
        (
            # How far the user has moved the clock; `taken_ms` is what the file says and this together, so that orders,
            # days and filters need not know.
            "ALTER TABLE photos ADD COLUMN clock_shift_ms INTEGER NOT NULL DEFAULT 0",
        ),
    ),
    (
        "bursts",
        (
            # Photos of the same millisecond stand as their names count; in the index, which listings are read from.
            "ALTER TABLE photos ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0",
            """UPDATE photos SET sequence = (
                SELECT sequence_of(name) FROM files WHERE photo_id = photos.id AND role = 'primary')
                WHERE id IN (SELECT photo_id FROM files WHERE role = 'primary')""",
            "DROP INDEX photos_listed",
            """CREATE INDEX photos_listed ON photos (missing_since_ms, taken_ms, sequence, id, width_px, height_px)""",
        ),
    ),
    (
        "stills of Live Photos",
        ("ALTER TABLE photos ADD COLUMN is_live INTEGER NOT NULL DEFAULT 0",),
    ),
    (
        "accepted positions",
        (
            # Where photos that do not say so were taken: proposed by a track or by other photos, accepted by the user.
            # Apart from what ingest reads, so that reading anew never loses it. What the file says comes first.
            """CREATE TABLE accepted_positions (
                photo_id INTEGER PRIMARY KEY REFERENCES photos ON DELETE CASCADE,
                latitude REAL NOT NULL, longitude REAL NOT NULL, altitude_m REAL,
                how TEXT NOT NULL, source TEXT NOT NULL, apart_s REAL NOT NULL, confidence REAL NOT NULL,
                accepted_at_ms INTEGER NOT NULL) STRICT""",
            *(
                f"""CREATE TRIGGER accepted_{event.lower()} AFTER {event} ON accepted_positions BEGIN
                UPDATE photos SET place = NULL, region = NULL, country = NULL, country_code = NULL
                WHERE id = {row}.photo_id AND latitude IS NULL; END"""
                for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
            ),
        ),
    ),
)

VERSION = len(STEPS)


def prepare(connection: sqlite3.Connection, path: Path, steps: tuple[Step, ...] = STEPS) -> None:
    """Bring a catalogue up to date, each step in one transaction with its record. `connection` is the writing one.

    Raises EnvironmentProblem for a file that is not ours or that a newer program has written.
    """
    connection.create_function("sequence_of", 1, sequence_of, deterministic=True)
    with translated(path):
        version = _check(connection, path, len(steps))
        for number, (name, statements) in enumerate(steps[version:], start=version + 1):
            with transaction(connection):
                if number == 1:
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(
                        "CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
                        " applied_at_ms INTEGER NOT NULL) STRICT"
                    )
                for statement in statements:
                    connection.execute(statement)
                if number == 1:
                    connection.execute("INSERT INTO settings VALUES ('library_id', ?)", (uuid.uuid4().hex,))
                connection.execute(
                    "INSERT INTO migrations VALUES (?, ?, ?)", (number, name, time.time_ns() // 1_000_000)
                )
                connection.execute(f"PRAGMA user_version = {number}")


def is_outdated(path: Path) -> bool:
    """Whether a catalogue is from an older program, and opening it for writing brings it up to date."""
    with contextlib.closing(open_reading(path)) as connection:
        return version_of(connection, path) < VERSION


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """How many steps a catalogue has taken; 0 for an empty file. Raises EnvironmentProblem as `prepare` does."""
    with translated(path):
        return _check(connection, path, VERSION)


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse, in plain words, a catalogue that this program cannot read. For reading connections."""
    with translated(path):
        version = _check(connection, path, VERSION)
        if version < VERSION:
            raise EnvironmentProblem(
                f"The library at {path.parent} is from an older PhotoFinder.",
                "Open it once for writing to bring it up to date: photofinder index",
            )


def _check(connection: sqlite3.Connection, path: Path, known: int) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION_ID:
        raise EnvironmentProblem(
            f"{path} is an SQLite file, but not a PhotoFinder catalogue.",
            "Name another folder with --library.",
        )
    if version > known:
        raise EnvironmentProblem(
            f"The library at {path.parent} was written by a newer PhotoFinder"
            f" (catalogue version {version}; this program knows up to {known}).",
            "Update PhotoFinder, or name another library with --library.",
        )
    return int(version)
