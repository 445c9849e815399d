"""Full, read-only, locked, damaged: one clear notice with a remedy, nothing lost, and afterwards it goes on."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from photofinder.catalogue import connection
from photofinder.core.errors import EnvironmentProblem, PhotoFinderError
from photofinder.ingest import ingest
from photofinder.library import marks
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import Locations, locations
from photofinder.library.search import search

PAGE_BYTES = 4096


def fill(disk, leave_bytes):
    """Write until so much is left; the file that does it."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(max(0, shutil.disk_usage(disk).free - leave_bytes)))
    return ballast


def is_whole(path):
    if not path.exists() or not path.stat().st_size:
        return True
    with contextlib.closing(sqlite3.connect(path)) as catalogue:
        return catalogue.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def problem_of(act, where):
    """What it raised of PhotoFinder's own, or found; anything else that it raises is a bug and passes."""
    try:
        result = act(where)
    except PhotoFinderError as problem:
        return problem
    return result[0] if act is diagnose and result else None


def found(where):
    with Library(where) as library:
        return {hit.photo.path for hit in search(library, "a cat", 10).hits}


@pytest.mark.parametrize(
    "leave_kb", [0, 160, 260, *(pytest.param(kb, marks=pytest.mark.faults) for kb in (40, 120, 200, 320, 400))]
)
def test_the_disk_with_the_catalogue_fills_up_at_any_moment(small_disk, photos, tmp_path, leave_kb):
    disk = small_disk(8 << 20)
    where = Locations(disk / "library", tmp_path / "cache", tmp_path / "bundles")
    ballast = fill(disk, leave_kb << 10)
    problem = None
    try:
        with Library(where, create=True) as library:
            index(library, [photos])
    except EnvironmentProblem as error:
        problem = error
    if leave_kb <= 40:
        assert problem is not None
    if problem is not None:
        assert "full" in problem.what or "space" in str(problem), problem
        assert problem.remedy
    ballast.unlink()
    assert is_whole(where.catalogue)
    with Library(where, create=True) as library:
        index(library, [photos])
        assert library.reader.counts().present == 6
    assert len(found(where)) == 6
    assert diagnose(where) == []


def test_what_was_committed_before_the_disk_filled_up_is_searchable_while_it_is_full(
    small_disk, photos, tmp_path, monkeypatch
):
    disk = small_disk(8 << 20)
    where = Locations(disk / "library", tmp_path / "cache", tmp_path / "bundles")
    with Library(where, create=True) as library:
        index(library, [photos / "one"])
        fill(disk, 0)
        with pytest.raises(EnvironmentProblem, match=r"full.*Free some space"):
            index(library, [photos])
    assert len(found(where)) == 3
    (disk / "ballast").unlink()
    with Library(where) as library:
        assert index(library, [photos]).added == 3
    assert diagnose(where) == []


@pytest.mark.parametrize("leave_kb", [0, 24])
def test_the_disk_with_the_thumbnails_fills_up(small_disk, photos, tmp_path, leave_kb):
    disk = small_disk(2 << 20)
    where = Locations(tmp_path / "library", disk / "cache", tmp_path / "bundles")
    ballast = fill(disk, leave_kb << 10)
    with Library(where, create=True) as library, pytest.raises(EnvironmentProblem, match=r"thumbnails is full.*Free"):
        index(library, [photos])
    assert is_whole(where.catalogue)
    ballast.unlink()
    with Library(where) as library:
        index(library, [photos])
    assert len(found(where)) == 6
    assert diagnose(where) == []


def test_files_may_not_grow_any_more(photos, where):
    """As with a quota: every write beyond 100 kB is refused. Needs no right to mount."""
    limit = (100 << 10, 100 << 10)
    ended = subprocess.run(
        [sys.executable, "-m", "photofinder", "index", str(photos), "--library", str(where.data)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "catalogue" in ended.stderr
    assert is_whole(where.catalogue)
    with Library(where) as library:
        index(library, [photos])
    assert diagnose(where) == []


def test_a_library_on_a_read_only_disk_is_searched_and_not_changed(small_disk, photos, tmp_path):
    disk = small_disk(8 << 20)
    where = locations(disk / "library")
    with Library(where, create=True) as library:
        index(library, [photos])
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert len(found(where)) == 6
    assert diagnose(where) == []
    with Library(where) as library:
        assert library.thumbnails.read(library.reader.fingerprint(1)) is not None
        for change in (lambda: index(library, []), lambda: marks.rate(library, [1], 3)):
            with pytest.raises(EnvironmentProblem, match="cannot be written") as problem:
                change()
            assert problem.value.remedy


def test_a_library_whose_folder_may_not_be_written_is_searched(humble):
    where = locations(humble / "library")
    with Library(where, create=True) as library:
        index(library, [humble / "photos"])
    for folder in (where.data, *(p for p in where.data.rglob("*") if p.is_dir())):
        folder.chmod(0o500)
    (where.data / "lock").chmod(0o400)
    assert len(found(where)) == 6
    with Library(where) as library, pytest.raises(EnvironmentProblem, match=r"cannot be written.*permissions"):
        index(library, [])


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 100)


def hold(path, *statements):
    """Another program with its hands on the catalogue."""
    lines = ["import sqlite3, sys", "c = sqlite3.connect(sys.argv[1], isolation_level=None)"]
    lines += [f"c.execute({statement!r}).fetchall()" for statement in statements]
    lines += ["print('held', flush=True)", "sys.stdin.read()"]
    child = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout.readline() == b"held\n"
    return child


def let_go(child):
    child.communicate()


def test_another_program_locks_the_catalogue(indexed, impatient):
    child = hold(indexed.catalogue, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "DELETE FROM marks")
    try:
        with pytest.raises(EnvironmentProblem, match=r"Another program is using the catalogue.*Close it"):
            found(indexed)
        with pytest.raises(EnvironmentProblem, match="Another program is using the catalogue"):
            diagnose(indexed)
    finally:
        let_go(child)
    assert len(found(indexed)) == 6


def test_another_program_locks_the_catalogue_in_the_middle_of_an_ingest(where, photos, impatient, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH_PHOTOS", 1)
    children = []
    with Library(where, create=True) as library:
        whole = library.apply

        def apply(written, space):
            whole(written, space)
            if not children:
                children.append(hold(where.catalogue, "BEGIN IMMEDIATE"))

        monkeypatch.setattr(library, "apply", apply)
        with pytest.raises(EnvironmentProblem, match=r"Another program is using the catalogue.*Close it"):
            index(library, [photos])
        assert len(search(library, "a cat", 10).hits) == 1, "what is committed can be searched meanwhile"
        let_go(*children)
        index(library, [photos])
    assert len(found(where)) == 6
    assert diagnose(where) == []


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.faults)])
def test_whatever_page_of_the_catalogue_is_damaged_the_notice_is_in_plain_words(indexed, every):
    whole = indexed.catalogue.read_bytes()
    noise = np.random.default_rng(0).bytes(PAGE_BYTES)
    pages = range(0, len(whole) // PAGE_BYTES, every)
    noticed = 0
    for page in pages:
        for damage in (noise, bytes(PAGE_BYTES)):
            indexed.catalogue.write_bytes(
                whole[: page * PAGE_BYTES] + damage + whole[(page + 1) * PAGE_BYTES :],
            )
            for path in indexed.data.glob("catalogue.sqlite-*"):
                path.unlink()
            for act in (found, diagnose):
                problem = problem_of(act, indexed)
                noticed += problem is not None
                assert problem is None or problem.remedy
    assert noticed > len(pages)
    indexed.catalogue.write_bytes(whole)
    assert diagnose(indexed) == []


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "noise", "vectors"])
def test_a_vector_index_that_is_damaged_or_missing_changes_no_answer(indexed, damage):
    before = found(indexed)
    (path,) = indexed.vectors.rglob("*.usearch")
    content = path.read_bytes()
    match damage:
        case "missing":
            shutil.rmtree(indexed.vectors)
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "noise":
            path.write_bytes(np.random.default_rng(0).bytes(len(content)))
        case "vectors":
            path.write_bytes(content[:8] + bytes([content[8] ^ 1]) + content[9:])
    assert found(indexed) == before
    (finding,) = diagnose(indexed)
    assert "--repair" in finding.remedy
    assert all(finding.repaired for finding in diagnose(indexed, repair=True))
    assert diagnose(indexed) == []
    assert found(indexed) == before


def test_damaged_thumbnails_are_made_anew(indexed):
    paths = sorted(indexed.thumbnails.glob("??/*.jpg"))
    paths[0].write_bytes(b"")
    paths[1].write_bytes(paths[1].read_bytes()[:-100])
    paths[2].unlink()
    (finding,) = diagnose(indexed)
    assert "3 thumbnails" in finding.what
    assert "--repair" in finding.remedy
    assert all(finding.repaired for finding in diagnose(indexed, repair=True))
    assert diagnose(indexed) == []


def test_thumbnails_with_a_damaged_middle_are_found_and_made_anew(indexed):
    paths = sorted(indexed.thumbnails.glob("??/*.jpg"))
    whole = [path.read_bytes() for path in paths]
    for path, content in zip(paths[:2], whole, strict=False):
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes(512) + content[middle + 512 :])
    paths[2].unlink()
    told = []
    findings = diagnose(indexed, on_progress=lambda *counts: told.append(counts))
    assert [finding.what for finding in findings] == ["1 thumbnails are missing.", "2 thumbnails are damaged."]
    assert told == [(0, len(paths)), (len(paths), len(paths))]
    assert all(finding.repaired for finding in diagnose(indexed, repair=True))
    assert diagnose(indexed) == []
    assert [path.read_bytes() for path in paths] == whole


def test_somebody_deletes_the_cache_while_an_ingest_fills_it(where, photos, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH_PHOTOS", 1)
    with Library(where, create=True) as library:
        whole = library.apply

        def apply(written, space):
            whole(written, space)
            shutil.rmtree(where.cache, ignore_errors=True)

        monkeypatch.setattr(library, "apply", apply)
        assert index(library, [photos]).added == 6
    assert all(finding.repaired for finding in diagnose(where, repair=True))
    assert diagnose(where) == []


def test_the_clock_is_set_back_ten_years(indexed, photos, originals, monkeypatch):
    then_s = time.time() - 10 * 365 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: then_s)
    monkeypatch.setattr(time, "time_ns", lambda: int(then_s * 1e9))
    added = photos / "one" / "new.png"
    originals.add(added)
    shutil.copy2(photos / "one" / "chelsea.png", added)
    os.utime(added, (then_s, then_s))
    with Library(indexed) as library:
        assert index(library, []).added == 1
        marks.rate(library, [1], 4)
        assert library.reader.counts().present == 7
        added.unlink()
        assert index(library, []).vanished == 1
    assert len(found(indexed)) == 6
    assert diagnose(indexed) == []
