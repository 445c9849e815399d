"""Folders that cannot be entered, never end, or have names that nobody can read."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from photofinder.cli.main import run
from photofinder.core.errors import EnvironmentProblem
from photofinder.ingest import ingest, volumes
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import Place, index, index_changes
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.roots import keep_for
from photofinder.library.search import search
from photofinder.media.safely import Decoders
from tests.faults.persons import become_oneself

DEEP = (3_000, pytest.param(10_000, marks=pytest.mark.faults))  # either way longer than a path may be


def found(where):
    with Library(where) as library:
        return {hit.photo.path for hit in search(library, "a cat", 20).hits}


def test_permissions_withdrawn_in_the_middle_of_an_ingest(humble, monkeypatch):
    where, photos = locations(humble / "library"), humble / "photos"
    monkeypatch.setattr(ingest, "BATCH_PHOTOS", 1)
    with Library(where, create=True) as library:
        whole = Decoders.load

        def load(self, path, *rest, **more):
            (photos / "two").chmod(0)
            return whole(self, path, *rest, **more)

        monkeypatch.setattr(Decoders, "load", load)
        report = index(library, [photos])
        denied = {failure.path for failure in report.failed}
        assert all("two" in path for path in denied)
        assert {failure.kind for failure in report.failed} <= {"no permission"}
        assert report.added == 6 - len(denied) - 3 * bool(report.unreadable_folders)
    assert len(found(where)) >= 3
    monkeypatch.setattr(Decoders, "load", whole)
    (photos / "two").chmod(0o700)
    become_oneself()
    with Library(where) as library:
        assert index(library, []).failed == []
    assert len(found(where)) == 6
    assert diagnose(where) == []


def test_a_folder_that_may_not_be_listed_keeps_its_photos(humble):
    where, photos = locations(humble / "library"), humble / "photos"
    with Library(where, create=True) as library:
        index(library, [photos])
        (photos / "two").chmod(0)
        report = index(library, [])
        assert (report.vanished, report.unreadable_folders) == (0, [(str(photos / "two"), "Permission denied")])
        photos.chmod(0)
        with pytest.raises(EnvironmentProblem, match=r"cannot be read \(Permission denied\)\. Check"):
            index(library, [photos])
        photos.chmod(0o700)
    assert len(found(where)) == 6, "what is known of them stays"


def test_a_root_that_may_not_be_listed_does_not_hold_up_the_others(humble, monkeypatch):
    where, first, second = locations(humble / "library"), humble / "photos" / "one", humble / "photos" / "two"
    with Library(where, create=True) as library:
        index(library, [first])
        scanned = scans(library)
        (first / "page.png").touch()
        first.chmod(0)
        library.writer().add_root(*volumes.volume_of(second))
        keep_for(library, 0)
        report = index(library, [])
        assert (report.added, report.vanished, report.forgotten, report.failed, report.away) == (3, 0, 0, [], [])
        assert report.unreadable_folders == [(str(first), "Permission denied")]
        assert scans(library)[0] == scanned[0], "it was not looked through"
        assert scans(library)[1] is not None
        report = index_changes(library, [Place(root) for root in library.reader.roots()])
        assert (report.unchanged, report.unreadable_folders) == (3, [(str(first), "Permission denied")])
        # Pulled out between the look for it and the listing: away, and nothing else happens to it.
        first.chmod(0o700)
        roots = library.reader.roots()
        first.rename(humble / "elsewhere")
        monkeypatch.setattr(Library, "absent_roots", lambda _: [])
        shutil.copy2(humble / "elsewhere" / "rocket.jpg", second)
        report = index_changes(library, [Place(root) for root in roots])
        assert (report.added, report.moved, report.vanished, report.away) == (1, 0, 0, [str(first)])
        (second / "rocket.jpg").unlink()
        (humble / "elsewhere").rename(first)
    assert len(found(where)) == 7, "what is known of them stays, the copy too until its root is looked through"


def scans(library):
    return [row[0] for row in library.reader.select("SELECT scanned_at_ms FROM roots ORDER BY id")]


def test_the_library_s_own_folder_may_not_be_written_any_more_in_the_middle(humble, monkeypatch):
    where, photos = locations(humble / "library"), humble / "photos"
    with Library(where, create=True) as library:
        whole = library.apply

        def apply(written, space):
            whole(written, space)
            where.data.chmod(0o500)

        monkeypatch.setattr(library, "apply", apply)
        with pytest.raises(EnvironmentProblem) as problem:
            index(library, [photos])
        assert "Permission denied" in problem.value.what
        assert problem.value.remedy
        where.data.chmod(0o700)
    assert len(found(where)) == 6, "what was committed is there"
    with Library(where) as library:
        index(library, [])
    assert diagnose(where) == []


def test_links_that_lead_in_circles_are_not_followed(where, photos, originals):
    links = {photos / "loop": photos, photos / "one" / "up": photos / "one", photos / "self": photos / "self"}
    links[photos / "gone.jpg"] = photos / "nowhere.jpg"
    links[photos / "cat.jpg"] = photos / "one" / "chelsea.png"
    for link, target in links.items():
        link.symlink_to(target)
        originals.add(link)
    with Library(where, create=True) as library:
        report = index(library, [photos])
        assert (report.added, report.failed, report.unreadable_folders) == (6, [], [])


@pytest.fixture(params=DEEP)
def abyss(request, tmp_path, samples):
    """A photo, and below it folder in folder, deeper than any path may be long, with a photo at the ground."""
    top = tmp_path / "abyss"
    top.mkdir()
    shutil.copy2(samples / "chelsea.png", top)
    dig = f"""
import os, shutil
os.chdir({str(top)!r})
for depth in range({request.param}):
    if depth == 100:
        shutil.copy2({str(samples / "coffee.png")!r}, "coffee.png")
    os.mkdir("d")
    os.chdir("d")
shutil.copy2({str(samples / "rocket.jpg")!r}, "rocket.jpg")
"""
    subprocess.run([sys.executable, "-c", dig], check=True)
    yield top
    subprocess.run(["rm", "-rf", str(top)], check=True)  # Python's own way down is as long as a path may be


@pytest.mark.skipif(os.name != "posix", reason="other systems do not let such folders be made")
def test_thousands_of_folders_deep(where, abyss, capsys):
    assert run(["index", str(abyss), "--library", str(where.data)]) == 0
    out = capsys.readouterr().out
    assert "2 added" in out
    assert "deeper than this system's paths may be long" in out, "what was left out is said"
    assert len(out) < 2_000, "and not with four thousand characters"
    with Library(where) as library:
        report = index(library, [])
        assert (report.unchanged, report.vanished, len(report.unreadable_folders)) == (2, 0, 1)
    assert diagnose(where) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse names that are not Unicode")
def test_names_that_are_not_utf_8(where, photos, originals, capsys):
    odd = os.fsdecode(b"caf\xe9 \xff")
    folder = photos / odd
    folder.mkdir()
    shutil.copy2(photos / "one" / "chelsea.png", folder / f"{odd}.png")
    originals.add(folder / f"{odd}.png")
    (photos / "one" / "chelsea.png").rename(photos / "one" / f"{odd}.png")
    originals |= {photos / "one" / "chelsea.png", photos / "one" / f"{odd}.png"}
    on = ["--library", str(where.data)]
    assert run(["index", str(photos), *on]) == 0
    for arguments in (["search", "a cat"], ["show", str(folder / f"{odd}.png")], ["doctor"], ["index"], ["backup"]):
        assert run([*arguments, *on]) == 0
    capsys.readouterr()
    assert run(["search", "a cat", "--json", "--every", *on]) == 0
    assert str(folder / f"{odd}.png") in {hit["path"] for hit in json.loads(capsys.readouterr().out)["hits"]}
    folder.rename(photos / "proper")
    originals.add(photos / "proper" / f"{odd}.png")
    with Library(where) as library:
        assert index(library, []).moved == 1
    (photos / "one" / f"{odd}.png").rename(photos / "one" / "chelsea.png")
