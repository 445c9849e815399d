"""Folders that are watched: what is told, when it is due, and what happens where watching fails."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from photofinder.ingest import volumes, watch
from photofinder.ingest.settling import Changed, Settling
from photofinder.ingest.watch import FolderWatch, Unwatchable, count_folders
from photofinder.library import watching
from photofinder.library.indexing import index, index_changes
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.watching import How, SleepSense, Watching

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="is about inotify")


def until(true, seconds=20.0):
    """Wait for something that other threads bring about; how long has no meaning here."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


class Heard:
    def __init__(self):
        self.paths: set[str] = set()
        self.lost: list[Unwatchable] = []

    def watch(self, top, **more):
        return FolderWatch(str(top), self.paths.update, self.lost.append, **more)


# --- settling


def test_a_file_is_due_once_it_stands_still(tmp_path):
    settling, photo = Settling(str(tmp_path), settle_s=1), tmp_path / "a" / "x.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"half")
    settling.note([str(photo)], 0.0)
    assert settling.due(0.9) == set()
    photo.write_bytes(b"half and more")
    assert settling.due(1.5) == set(), "it has grown since: it waits anew"
    assert settling.due(2.4) == set()
    assert settling.due(2.6) == {Changed(b"a", deep=False)}
    assert len(settling) == 0


def test_files_that_are_done_do_not_wait_for_those_that_come(tmp_path):
    settling = Settling(str(tmp_path), settle_s=1)
    for n in range(10):
        (tmp_path / f"{n}.jpg").write_bytes(b"x")
        settling.note([str(tmp_path / f"{n}.jpg")], n * 0.3)
    assert settling.due(2.0) == {Changed(b"", deep=False)}
    assert len(settling) == 6


def test_both_ends_of_a_move_are_due_together(tmp_path):
    settling = Settling(str(tmp_path), settle_s=1)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "x.jpg").write_bytes(b"x")
    settling.note([str(tmp_path / "a" / "x.jpg"), str(tmp_path / "b" / "x.jpg")], 0.0)
    assert settling.due(1.1) == {Changed(b"a", deep=False), Changed(b"b", deep=False)}


def test_folders_are_looked_through_whole_also_those_that_are_gone(tmp_path):
    settling = Settling(str(tmp_path), settle_s=1)
    (tmp_path / "new" / "inner").mkdir(parents=True)
    settling.note([str(tmp_path / "new"), str(tmp_path / "gone"), str(tmp_path)], 0.0)
    assert settling.due(1.1) == {Changed(b"new", deep=True), Changed(b"gone", deep=True), Changed(b"", deep=True)}


def test_what_is_no_photo_is_not_looked_at(tmp_path):
    settling = Settling(str(tmp_path), settle_s=1)
    for name in ("notes.txt", ".hidden.jpg", "x.jpg.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "@eaDir").mkdir()
    (tmp_path / "@eaDir" / "x.jpg").write_bytes(b"x")
    settling.note([str(path) for path in tmp_path.rglob("*")], 0.0)
    assert len(settling) == 0
    (tmp_path / "x.xmp").write_bytes(b"x")
    settling.note([str(tmp_path / "x.xmp")], 0.0)
    assert settling.due(1.1) == {Changed(b"", deep=False)}, "a sidecar says something about its photo"


# --- the folder watch


def test_a_folder_tells_what_changes_in_it_and_in_folders_that_come(tmp_path):
    heard = Heard()
    folder_watch = heard.watch(tmp_path)
    try:
        (tmp_path / "new").mkdir()
        until(lambda: str(tmp_path / "new") in heard.paths)
        (tmp_path / "new" / "x.jpg").write_bytes(b"x")
        until(lambda: str(tmp_path / "new" / "x.jpg") in heard.paths)
        (tmp_path / "new" / "x.jpg").rename(tmp_path / "y.jpg")
        until(lambda: str(tmp_path / "y.jpg") in heard.paths)
        assert folder_watch.is_complete
    finally:
        folder_watch.close()
    assert not heard.lost
    assert not any(thread.name == "folder-watch" for thread in threading.enumerate())


def test_folders_are_counted_no_further_than_needed_and_never_in_circles(tmp_path):
    for n in range(5):
        (tmp_path / str(n) / "inner").mkdir(parents=True)
    assert count_folders(str(tmp_path), 100) == 11
    assert count_folders(str(tmp_path), 4) == 5
    (tmp_path / "0" / "up").symlink_to(tmp_path)
    assert count_folders(str(tmp_path), 100) == 11


def test_too_many_folders_are_refused_before_a_watch_is_taken_with_a_remedy(tmp_path):
    for n in range(5):
        (tmp_path / str(n)).mkdir()
    with pytest.raises(Unwatchable) as refused:
        Heard().watch(tmp_path, watches_left=5)
    if sys.platform == "linux":
        assert "sysctl fs.inotify.max_user_watches=" in refused.value.remedy
    Heard().watch(tmp_path, watches_left=6).close()


@LINUX
def test_names_that_the_watch_cannot_tell_end_it_with_the_reason(tmp_path):
    heard = Heard()
    folder_watch = heard.watch(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"x")
    until(lambda: heard.lost)
    folder_watch.close()
    assert "UTF-8" in heard.lost[0].what


@LINUX
def test_watches_that_run_out_unnoticed_are_noticed(tmp_path):
    """In a user namespace of its own, where the limit can be set without touching anybody else's."""
    program = """
import os, sys, time
from pathlib import Path
from photofinder.ingest.watch import FolderWatch, Unwatchable
Path("/proc/sys/user/max_inotify_watches").write_text("20")
top = Path(sys.argv[1])
watch = FolderWatch(str(top), lambda paths: None, lambda problem: None)
assert watch.is_complete
for n in range(40):
    (top / str(n)).mkdir()
time.sleep(1)
print("complete" if watch.is_complete else "incomplete")
watch.close()
try:
    FolderWatch(str(top), lambda paths: None, lambda problem: None)
except Unwatchable as problem:
    print(problem.remedy)
"""
    ran = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    if "unshare" in ran.stderr or "max_inotify_watches" in ran.stderr:
        pytest.skip(f"this system allows no user namespaces of one's own: {ran.stderr.strip().splitlines()[-1]}")
    assert ran.stderr == ""
    said = ran.stdout.splitlines()
    assert said[0] == "incomplete"
    assert "sysctl" in said[1]


# --- the library


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as made:
        yield made


@pytest.fixture
def quick(monkeypatch):
    """Looks at roots often, so that tests need not wait for it."""
    monkeypatch.setattr(watching, "ROOTS_EVERY_S", 0.3)


class Kept:
    """A library that is watched; changes are taken in on the test's own thread."""

    def __init__(self, library):
        self.library = library
        self.due: list = []
        self.states: dict[str, watching.RootState] = {}
        self.watching = Watching(library, self.due.extend, self._take)

    def _take(self, states):
        self.states = {state.root.path: state for state in states}

    def names(self):
        while self.due:
            places, self.due[:] = list(self.due), []
            self.watching.retry(index_changes(self.library, places).growing)
        known = self.library.reader.photos(range(1, 100))
        return sorted(photo.location.name for photo in known.values() if not photo.missing)


@pytest.fixture
def kept(library, samples, tmp_path, quick):
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy2(samples / "chelsea.png", photos / "cat.png")
    index(library, [photos])
    made = Kept(library)
    until(lambda: made.states.get(str(photos)))
    yield made
    made.watching.close()


def test_photos_that_come_move_change_and_go(kept, samples, tmp_path):
    photos = tmp_path / "photos"
    until(lambda: kept.names() == ["cat.png"])
    shutil.copy(samples / "coffee.png", photos)
    until(lambda: kept.names() == ["cat.png", "coffee.png"])
    cat = kept.library.locate(photos / "cat.png").id
    (photos / "pets" / "cats").mkdir(parents=True)
    (photos / "cat.png").rename(photos / "pets" / "cats" / "tom.png")
    until(lambda: kept.names() == ["coffee.png", "tom.png"])
    assert kept.library.locate(photos / "pets" / "cats" / "tom.png").id == cat
    (photos / "pets").rename(photos / "animals")
    until(lambda: kept.names() and kept.library.locate(photos / "animals" / "cats" / "tom.png") is not None)
    assert kept.library.locate(photos / "animals" / "cats" / "tom.png").id == cat
    shutil.rmtree(photos / "animals")
    until(lambda: kept.names() == ["coffee.png"])


def test_a_photo_that_is_still_being_written_is_never_seen_by_halves(kept, samples, tmp_path):
    until(lambda: kept.names() == ["cat.png"])
    content = (samples / "coffee.png").read_bytes()
    with (tmp_path / "photos" / "slow.png").open("wb") as file:
        for start in range(0, len(content), len(content) // 8 + 1):
            file.write(content[start : start + len(content) // 8 + 1])
            file.flush()
            time.sleep(0.15)
            kept.names()
            assert kept.library.reader.counts().failed == 0
            assert kept.library.reader.counts().present == 1
    until(lambda: kept.names() == ["cat.png", "slow.png"])
    assert kept.library.reader.counts().failed == 0


def test_what_changed_while_nobody_watched_is_due_at_the_start(library, samples, tmp_path, quick):
    photos = tmp_path / "photos"
    photos.mkdir()
    index(library, [photos])
    shutil.copy2(samples / "coffee.png", photos)
    made = Kept(library)
    try:
        until(lambda: made.names() == ["coffee.png"])
    finally:
        made.watching.close()


def test_folders_that_cannot_be_watched_are_scanned_now_and_then_and_the_user_hears_how_to_help(
    kept, samples, tmp_path, monkeypatch
):
    monkeypatch.setattr(watching, "SCAN_EVERY_S", 0.5)
    monkeypatch.setattr(watching, "watches_allowed", lambda: 0)
    monkeypatch.setattr(watching, "_AGAIN_AFTER_S", 0.0)
    other = tmp_path / "other"
    other.mkdir()
    index(kept.library, [other])
    kept.watching.refresh()
    until(lambda: str(other) in kept.states)
    state = kept.states[str(other)]
    assert state.how is How.SCANNED
    if sys.platform == "linux":
        assert "max_user_watches" in state.remedy
    shutil.copy2(samples / "coffee.png", other)
    until(lambda: kept.names() == ["cat.png", "coffee.png"])


def test_network_drives_are_scanned_now_and_then(library, tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "network_type", lambda _folder: "nfs4")
    photos = tmp_path / "photos"
    photos.mkdir()
    index(library, [photos])
    made = Kept(library)
    try:
        until(lambda: made.states)
        assert made.states[str(photos)].how is How.SCANNED
        assert "network drive (nfs4)" in made.states[str(photos)].why
    finally:
        made.watching.close()


@LINUX
def test_the_kind_of_a_network_drive_is_read_from_the_mounts(tmp_path, monkeypatch):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 0:44 / {tmp_path} rw - cifs //box/photos rw\n")
    monkeypatch.setattr(volumes, "MOUNTS", mounts)
    monkeypatch.setattr(volumes, "_mount_point", lambda _folder: tmp_path)
    assert volumes.network_type(tmp_path) == "cifs"
    mounts.write_text(f"36 35 8:1 / {tmp_path} rw - ext4 /dev/sda1 rw\n")
    assert volumes.network_type(tmp_path) is None


def test_a_root_whose_folder_goes_is_away_and_looked_through_when_it_is_back(kept, tmp_path, samples):
    until(lambda: kept.names() == ["cat.png"])
    photos, elsewhere = tmp_path / "photos", tmp_path / "elsewhere"
    photos.rename(elsewhere)
    until(lambda: kept.names() and kept.states[str(photos)].how is How.AWAY)
    assert kept.names() == ["cat.png"], "nothing is gone because a root is away"
    shutil.copy2(samples / "coffee.png", elsewhere)
    elsewhere.rename(photos)
    until(lambda: kept.names() == ["cat.png", "coffee.png"])
    assert kept.states[str(photos)].how is How.WATCHED


def test_names_that_cannot_be_told_are_found_by_looking(kept, samples, tmp_path):
    if sys.platform != "linux":
        pytest.skip("such names exist on Linux alone")
    until(lambda: kept.names() == ["cat.png"])
    name = os.fsdecode(b"caf\xe9.png")
    shutil.copy2(samples / "coffee.png", tmp_path / "photos" / name)
    until(lambda: kept.names() == sorted(["cat.png", name]))


def test_sleep_is_told_from_waking_and_from_a_busy_computer():
    awake, always = [100.0], [500.0]
    sense = SleepSense(lambda: awake[0], lambda: always[0])
    for passed_awake, passed_always, slept in (
        (1, 1, False),
        (5, 5, False),
        (1, 3600, True),
        (1, 1, False),
        (90, 90, True),
    ):
        awake[0] += passed_awake
        always[0] += passed_always
        assert sense.slept(1.0) is slept


def test_after_sleep_every_root_is_looked_through(kept, monkeypatch):
    until(lambda: kept.names() == ["cat.png"])
    until(lambda: not kept.due)
    monkeypatch.setattr(SleepSense, "slept", lambda _self, _expected_s: True)
    until(lambda: any(place.is_root for place in kept.due))


def test_closing_ends_every_thread(kept):
    kept.watching.close()
    assert not any(thread.name in {"watching", "folder-watch"} for thread in threading.enumerate())
    assert watch.watches_allowed() > 0
