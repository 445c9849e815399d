"""What the killed process was doing, what must be true right after, and what must be true once the work has gone on."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.faults.photos import make_photos
from photofinder.catalogue import schema
from photofinder.catalogue.backup import Kind
from photofinder.catalogue.connection import open_writing
from photofinder.encoder.store import bundled_dir, import_bundle
from photofinder.library.backups import back_up, listed, restore
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.library.search import search

Told = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A library to begin with (None: no library), what is run on it (LIBRARY stands for its folder), and the checks."""

    name: str
    template: Path | None
    arguments: tuple[str, ...]
    photos: Path
    check: Callable[[Path, Told], None]
    go_on: Callable[[Path], None]


def scenes(stage: Path) -> list[Scene]:
    """All scenes; libraries to begin with are made below `stage`, where the photos are."""
    photos = stage / "photos"
    known = _library(stage / "known", photos)
    changing = stage / "changing"
    shutil.copytree(photos, changing)
    before_changes = _library(stage / "before-changes", changing)
    _change(changing)
    switching = _switching(stage, known)
    bare = _copy(known, stage / "no-thumbnails")
    shutil.rmtree(bare / "cache")
    backed_up = _copy(known, stage / "backed-up")
    with Library(locations(backed_up)) as library:
        library.writer().set("epoch", "old")
        back_up(library)
        library.writer().set("epoch", "new")
    on = ("--library", "LIBRARY")

    def all_of(folder: Path) -> Callable[[Path], None]:
        return lambda data: finish(data, folder)

    index_on = ("index", str(photos), *on)
    found = [
        Scene("a first index", None, index_on, photos, check_told, all_of(photos)),
        Scene("a rescan", before_changes, ("index", *on), changing, check_told, all_of(changing)),
        Scene("another encoder", switching, ("index", *on), photos, check_told, all_of(photos)),
        Scene("the vector index", known, ("save-index", "LIBRARY"), photos, check_told, all_of(photos)),
        Scene("thumbnails", bare, ("doctor", "--repair", *on), photos, _check_thumbnails, all_of(photos)),
        Scene("preferences", known, ("preferences", "LIBRARY"), photos, _check_preferences, all_of(photos)),
        Scene("a backup", known, ("backup", *on), photos, _check_backups, all_of(photos)),
        Scene("a restore", backed_up, ("restore", "2", *on), photos, _check_restored, all_of(photos)),
    ]
    for version in range(1, schema.VERSION):
        old = _older(known, stage / f"version-{version}", version)
        name = f"an update from version {version}"
        found.append(Scene(name, old, ("index", *on), photos, _check_updated, all_of(photos)))
    return found


# --- right after the kill


def check_told(data: Path, told: Told) -> None:
    """Everything that was told as committed is in the catalogue. Raises AssertionError."""
    files = {name for line in told for name in line.get("files", ())}
    embedded = {photo_id for line in told for photo_id in line.get("embedded", ())}
    if files or embedded:
        with contextlib.closing(sqlite3.connect(data / "catalogue.sqlite")) as connection:
            there = {name.hex() for (name,) in connection.execute("SELECT name FROM files")}
            assert files <= there, f"{len(files - there)} committed files are lost"
            newest = "SELECT photo_id FROM embeddings WHERE space_id = (SELECT max(id) FROM spaces)"
            with_one = {photo_id for (photo_id,) in connection.execute(newest)}
            assert embedded <= with_one, f"{len(embedded - with_one)} committed embeddings are lost"


def _check_thumbnails(data: Path, told: Told) -> None:
    check_told(data, told)
    for path in (data / "cache").glob("thumbnails/??/*.jpg"):
        content = path.read_bytes()
        assert content.startswith(b"\xff\xd8"), f"{path} is torn"
        assert content.endswith(b"\xff\xd9"), f"{path} is torn"


def _check_preferences(data: Path, told: Told) -> None:
    from photofinder.ui.window_state import WindowState  # noqa: PLC0415 - Qt only where it is needed

    stars: dict[str, int] = {}
    for line in told:
        stars.update(line.get("marks", {}))
    with contextlib.closing(sqlite3.connect(data / "catalogue.sqlite")) as connection:
        kept = {str(photo_id): rating for photo_id, rating in connection.execute("SELECT photo_id, rating FROM marks")}
    newer = {photo_id for photo_id in stars if kept.get(photo_id) != stars[photo_id]}
    assert len(newer) <= 1, "marks are lost"  # one may have been committed and not told any more
    words = max((line["words"] for line in told if "words" in line), default=None)
    if words is not None:
        (found,) = WindowState(data).words
        assert int(found.split()[1]) in (words, words + 1), f"{found}, not {words}"


def _check_backups(data: Path, told: Told) -> None:
    check_told(data, told)
    for backup in listed(locations(data)):
        with contextlib.closing(sqlite3.connect(backup.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], f"{backup.path} is damaged"


def _check_restored(data: Path, told: Told) -> None:
    _check_backups(data, told)
    with Library(locations(data)) as library:
        epoch = library.reader.setting("epoch")
    assert epoch in ("old", "new")
    replaced = [backup for backup in listed(locations(data)) if backup.kind is Kind.REPLACED]
    assert epoch == "new" or replaced, "what was there is lost"
    restore(locations(data), 2)
    with Library(locations(data)) as library:
        assert library.reader.setting("epoch") == "old"


def _check_updated(data: Path, told: Told) -> None:
    check_told(data, told)
    _check_backups(data, told)
    with contextlib.closing(sqlite3.connect(data / "catalogue.sqlite")) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        assert connection.execute("SELECT count(*), max(number) FROM migrations").fetchone() == (version, version)
    oldest = min(listed(locations(data)), key=lambda backup: backup.number, default=None)
    if oldest is not None:
        assert oldest.kind is Kind.BEFORE_UPDATE


# --- once the work has gone on


def finish(data: Path, photos: Path) -> None:
    """Index to the end, and find every photo once, with its embedding, searchable. Raises AssertionError."""
    where = locations(data)
    with Library(where, create=True) as library:
        report = index(library, [photos])
        assert not report.failed, report.failed
        on_disk = {str(path) for path in photos.rglob("*.jpg")}
        counts = library.reader.counts()
        assert counts.present == len(on_disk), f"{counts.present} photos of {len(on_disk)}"
        ids = [photo_id for photo_id, _ in library.reader.fingerprints()]
        paths = [photo.path for photo in library.reader.photos(ids).values()]
        assert sorted(paths) == sorted(on_disk), "not every photo once"
        space = library.space(library.bundle)
        embedded = [library.reader.embedding(photo_id, space.id) for photo_id in ids]
        assert all(embedded), "a photo has no embedding"
        found = library.vectors(space)
        assert np.array_equal(found.ids(), library.reader.embedding_ids(space.id)), "the vector index differs"
        written = library.index_on_disk(space)
        assert written.generation == space.generation == space.indexed_generation, "the vector index is of another time"
        assert not written.damage()
        assert len(search(library, "a cat", 5).hits) == min(5, len(ids))
    left = diagnose(where, repair=True)
    assert all(finding.repaired for finding in left), left
    assert diagnose(where) == []


# --- libraries to begin with


def _library(data: Path, photos: Path) -> Path:
    with Library(locations(data), create=True) as library:
        index(library, [photos])
    return data


def _copy(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def _change(photos: Path) -> None:
    """Some move, some change, some go, some come."""
    paths = sorted(photos.rglob("*.jpg"))
    for path in paths[:4]:
        path.rename(path.with_name(f"moved-{path.name}"))
    for path, other in zip(paths[4:8], paths[8:12], strict=True):
        shutil.copyfile(other, path)
    for path in paths[12:16]:
        path.unlink()
    make_photos(photos, 6, seed=1)


def _switching(stage: Path, known: Path) -> Path:
    """The known library with another encoder chosen, which is installed among the user's bundles."""
    install_other(locations(known), stage / "other-bundle")
    data = _copy(known, stage / "switching")
    with Library(locations(data)) as library:
        library.use_bundle("other")
    return data


def install_other(where: Locations, folder: Path) -> None:
    """Install the bundled encoder with another resampling, as "other": another embedding space."""
    if any(path.name == "other" for path in where.bundles.glob("*")):
        return
    shutil.copytree(bundled_dir() / "mini", folder)
    description = json.loads((folder / "bundle.json").read_text())
    description["name"] = "other"
    description["image"]["resample"] = "bilinear"
    (folder / "bundle.json").write_text(json.dumps(description))
    import_bundle(folder, where.bundles)


def _older(known: Path, data: Path, version: int) -> Path:
    """The known library as an older program would have left it: the same rows in a catalogue of fewer steps."""
    _copy(known, data)
    for path in (*data.glob("catalogue.sqlite*"), *data.glob("backups/*")):
        path.unlink()
    with contextlib.closing(open_writing(data / "catalogue.sqlite")) as connection:
        schema.prepare(connection, data / "catalogue.sqlite", schema.STEPS[:version])
        connection.execute("ATTACH ? AS newer", (str(known / "catalogue.sqlite"),))
        connection.execute("PRAGMA foreign_keys = OFF")
        # Not the words of the full-text index: triggers put them in with the photos.
        tables = (
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (table,) in connection.execute(tables).fetchall():
            if table != "migrations":
                connection.execute(f"DELETE FROM main.{table}")  # settings, and what triggers have written
                columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
                connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}")
    return data
