"""The command line's contract, on real photographs with the bundled encoder."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from photofinder.cli.main import run
from photofinder.library import concepts

CAT, COFFEE, ROCKET = "chelsea.png", "coffee.png", "rocket.jpg"


@pytest.fixture
def photos(samples, tmp_path):
    """A few real photographs in folders of their own."""
    folder = tmp_path / "photos"
    for name, inner in ((CAT, "pets"), (COFFEE, "food"), (ROCKET, "space"), ("astronaut.png", "space")):
        (folder / inner).mkdir(parents=True, exist_ok=True)
        shutil.copy2(samples / name, folder / inner / name)
    return folder


@pytest.fixture
def cli(tmp_path, capsys):
    """Runs a command with --json on a library of its own; returns the document, or what was said of the problem."""

    def call(*arguments, expect=0, as_json=True):
        code = run([*map(str, arguments), "--library", str(tmp_path / "library"), *(["--json"] if as_json else [])])
        out, err = capsys.readouterr()
        assert code == expect, err
        if expect:
            return err
        return json.loads(out) if as_json else out

    return call


def names(results):
    return [Path(hit["path"]).name for hit in results["hits"]]


def counts(report):
    return {key: report[key] for key in ("added", "changed", "moved", "vanished", "unchanged") if report[key]}


def test_words_find_photos(cli, photos):
    report = cli("index", photos)
    assert counts(report) == {"added": 4}
    assert report["failed"] == []
    for words, expected in (("a cat", CAT), ("a cup of coffee", COFFEE), ("a rocket", ROCKET)):
        found = cli("search", words, "--limit", 2)
        assert names(found)[0] == expected
        assert len(found["hits"]) == 2
        assert found["query"] == words
        assert found["bundle"] == "mini"
        expected_keys = {"path", "score", "taken", "gps", "camera", "place", "away", "strength", "alike", "why"}
        assert set(found["hits"][0]) == expected_keys
        assert sum(found["cut"].values()) == found["found"] == 4
        assert found["hits"][0]["score"] > found["hits"][1]["score"]


def test_a_rescan_finds_nothing_new_and_follows_what_people_do(cli, photos):
    cli("index", photos)
    assert counts(cli("index", photos)) == {"unchanged": 4}
    (photos / "pets" / CAT).rename(photos / "the cat.png")
    shutil.move(photos / "food", photos / "space" / "snacks")
    (photos / "space" / "astronaut.png").unlink()
    Image.open(photos / "space" / ROCKET).rotate(90).save(photos / "space" / ROCKET)
    report = cli("index")  # without folders: all that the library knows
    assert counts(report) == {"moved": 2, "vanished": 1, "changed": 1}
    assert names(cli("search", "a cat"))[0] == "the cat.png"
    assert len(cli("search", "a cat")["hits"]) == 3, "what vanished is no hit"
    assert counts(cli("index", photos)) == {"unchanged": 3}


def test_a_vanished_photo_that_comes_back_is_the_same_photo(cli, photos, tmp_path):
    cli("index", photos)
    os.replace(photos / "pets" / CAT, tmp_path / CAT)
    assert counts(cli("index", photos)) == {"vanished": 1, "unchanged": 3}
    os.replace(tmp_path / CAT, photos / "pets" / CAT)
    assert counts(cli("index", photos)) == {"added": 1, "unchanged": 3}
    assert names(cli("search", "a cat", "--limit", 1)) == [CAT]


def test_copies_and_moves_cost_no_inference(cli, photos, monkeypatch):
    cli("index", photos)
    shutil.copytree(photos / "pets", photos / "copies")
    shutil.move(photos / "food", photos / "drinks")
    monkeypatch.setattr("photofinder.encoder.sessions.ImageEncoder", None)  # making an encoder would now fail
    assert counts(cli("index", photos)) == {"added": 1, "moved": 1, "unchanged": 3}
    assert names(cli("search", "a cat", "--limit", 2, "--every")) == [CAT, CAT]
    assert names(cli("search", "a cat", "--limit", 1)) == [CAT]


def test_similar_photos_of_the_library_and_of_any_file(cli, photos, tmp_path):
    cli("index", photos)
    found = cli("similar", photos / "space" / ROCKET)
    assert ROCKET not in names(found)
    assert len(found["hits"]) == 3
    elsewhere = tmp_path / "elsewhere.jpg"
    Image.open(photos / "pets" / CAT).convert("RGB").resize((300, 200)).save(elsewhere)
    assert names(cli("similar", elsewhere, "--limit", 1)) == [CAT]


def test_show_tells_all_that_is_known(cli, photos):
    cli("index", photos)
    known = cli("show", photos / "food" / COFFEE)
    assert known["path"] == str(photos / "food" / COFFEE)
    assert (known["width"], known["height"], known["format"]) == (600, 400, "PNG")
    assert known["taken_source"] == "file date"
    assert (known["pick"], known["label"]) == (None, None)
    assert known["embedded_with"] == ["mini"]
    assert cli("search", "coffee", "--limit", 1)["hits"][0]["taken"] is None, "a file's date is no capture time"


def test_status_and_doctor(cli, photos):
    cli("index", photos)
    status = cli("status")
    assert (status["photos"], status["embedded"], status["failed"], status["bundle"]) == (4, 4, 0, "mini")
    assert status["provider"] == "CPU"
    assert cli("doctor")["healthy"]


def test_doctor_repairs_what_caches_lost(cli, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(concepts, "PATIENCE_S", 100.0)  # they are in the cache too
    cli("index", photos)
    before = cli("search", "a cat")
    shutil.rmtree(tmp_path / "library" / "cache")
    index_file = next((tmp_path / "library" / "vectors").rglob("*.usearch"))
    index_file.write_bytes(index_file.read_bytes()[:1000])
    assert cli("search", "a cat") == before, "a damaged index changes no answer"
    assert run(["doctor", "--library", str(tmp_path / "library")]) == 1
    cli("doctor", "--repair", as_json=False)
    assert cli("doctor")["healthy"]
    assert cli("search", "a cat") == before


def test_a_catalogue_put_back_from_a_backup_is_not_answered_from_a_later_index(cli, photos, tmp_path):
    (photos / "food" / COFFEE).rename(tmp_path / COFFEE)
    cli("index", photos)
    catalogue = tmp_path / "library" / "catalogue.sqlite"
    backup = catalogue.read_bytes()
    os.replace(tmp_path / COFFEE, photos / "food" / COFFEE)
    cli("index", photos)
    catalogue.write_bytes(backup)
    (photos / "food" / COFFEE).unlink()
    Image.open(photos / "space" / ROCKET).rotate(180).save(photos / "new.png")
    cli("index", photos)
    assert {Path(hit["path"]).name for hit in cli("search", "coffee")["hits"]} == {
        CAT,
        ROCKET,
        "astronaut.png",
        "new.png",
    }
    found = cli("similar", photos / "space" / ROCKET)
    assert cli("doctor")["healthy"]
    shutil.rmtree(tmp_path / "library" / "vectors")
    assert cli("similar", photos / "space" / ROCKET) == found


def test_originals_are_never_changed(cli, photos):
    def state():
        return {
            path: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in photos.rglob("*")
            if path.is_file()
        }

    before = state()
    cli("index", photos)
    cli("similar", photos / "pets" / CAT)
    cli("doctor", "--repair")
    assert state() == before


def test_problems_are_said_in_plain_words_on_standard_error(cli, photos, tmp_path):
    assert "no library" in cli("search", "a cat", expect=1)
    assert "There is no folder" in cli("index", tmp_path / "nowhere", expect=1)
    assert "is a file" in cli("index", photos / "pets" / CAT, expect=1)
    cli("index", photos)
    assert "no words" in cli("search", "  ", expect=1)
    assert "limit" in cli("search", "a cat", "--limit", 0, expect=1)
    assert "not in the library" in cli("show", tmp_path / "nothing.jpg", expect=1)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    assert str(broken) in cli("similar", broken, expect=1)
    assert "nonsense" in cli("bundles", "use", "nonsense", expect=1)


def test_wrong_usage_is_exit_code_2(capsys):
    for arguments in (
        [],
        ["search"],
        ["nonsense"],
        ["bundles"],
        ["bundles", "install"],
        ["search", "x", "--limit", "y"],
    ):
        with pytest.raises(SystemExit) as stopped:
            run(arguments)
        assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_unreadable_photos_are_listed_once_and_not_tried_again(cli, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff" + b"nothing of the kind" * 10)
    report = cli("index", photos)
    assert counts(report) == {"added": 4}
    assert [(Path(f["path"]).name, f["kind"]) for f in report["failed"]] == [("broken.jpg", "unreadable")]
    again = cli("index", photos)
    assert counts(again) == {"unchanged": 5}
    assert again["failed"] == report["failed"]
    Image.open(photos / "pets" / CAT).convert("RGB").save(photos / "broken.jpg")
    assert counts(cli("index", photos)) == {"changed": 1, "unchanged": 4}
    assert cli("status")["failed"] == 0


def test_folders_inside_folders_are_one_root(cli, photos):
    assert counts(cli("index", photos / "pets")) == {"added": 1}
    assert counts(cli("index", photos)) == {"added": 3, "unchanged": 1}
    assert [root["path"] for root in cli("status")["roots"]] == [str(photos)]
    (photos / "pets" / "new.png").write_bytes((photos / "food" / COFFEE).read_bytes())
    assert counts(cli("index", photos / "pets")) == {"added": 1, "unchanged": 1}
    assert counts(cli("index", photos, photos / "pets", photos / "food")) == {"unchanged": 5}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not allow such names")
def test_names_may_be_anything(cli, photos):
    strange = [
        b"-rf.png",
        "🏔️ trek.png".encode(),
        b"not utf8 \xff\xfe.png",
        b"quote ' \" % _.png",
        b"new\nline\x1b[31m.png",
    ]
    cat = (photos / "pets" / CAT).read_bytes()
    for number, name in enumerate(strange):
        Path(os.fsdecode(os.fsencode(photos) + b"/" + name)).write_bytes(cat + bytes([number]))
    cli("index", photos)
    found = {os.fsencode(hit["path"]) for hit in cli("search", "a cat", "--limit", 6, "--every")["hits"]}
    assert found == {os.fsencode(photos) + b"/" + name for name in strange} | {os.fsencode(photos / "pets" / CAT)}
    shown = cli("search", "a cat", "--every", "--all", as_json=False)
    assert "\x1b" not in shown, "a name must not steer the terminal"
    assert "\\x1b" in shown
    assert cli("show", photos / "-rf.png")["embedded_with"] == ["mini"]


def test_what_belongs_together_is_one_photo(cli, photos):
    Image.open(photos / "pets" / CAT).convert("RGB").save(photos / "pets" / "IMG_1.JPG")
    for name in ("IMG_1.MOV", "IMG_1.AAE", "alone.mov"):
        (photos / "pets" / name).write_bytes(b"x")
    assert counts(cli("index", photos)) == {"added": 5}
    roles = {Path(f["path"]).name: f["role"] for f in cli("show", photos / "pets" / "IMG_1.MOV")["files"]}
    assert roles == {"IMG_1.JPG": "primary", "IMG_1.MOV": "video", "IMG_1.AAE": "edits"}
    assert counts(cli("index", photos)) == {"unchanged": 5}


def test_a_sidecar_tells_what_its_photo_does_not(cli, photos):
    (photos / "pets" / "chelsea.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>'
    )
    cli("index", photos)
    assert cli("show", photos / "pets" / CAT)["rating"] == 4
    embedded = cli("show", photos / "pets" / CAT)["embedded_with"]
    sidecar = photos / "pets" / "chelsea.xmp"
    sidecar.write_text(sidecar.read_text().replace('"4"', '"-1" '))
    assert counts(cli("index", photos)) == {"changed": 1, "unchanged": 3}
    known = cli("show", photos / "pets" / CAT)
    assert (known["rating"], known["embedded_with"]) == (-1, embedded)


def test_two_writers_are_refused_and_readers_are_not(cli, photos, tmp_path):
    cli("index", photos)
    from photofinder.library.library import Library
    from photofinder.library.locations import locations

    with Library(locations(tmp_path / "library")) as other:
        other.writer()
        assert "Another PhotoFinder" in cli("index", photos, expect=1)
        assert names(cli("search", "a cat", "--limit", 1)) == [CAT]


def program(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "photofinder", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_version_needs_no_encoder_and_no_window():
    code = "import sys, atexit; atexit.register(lambda: print(sorted(sys.modules)))\n"
    code += "from photofinder.cli.main import run; run(['--version'])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("PhotoFinder ")
    for heavy in ("onnxruntime", "PySide6", "numpy", "PIL", "sqlite3", "usearch"):
        assert f"'{heavy}'" not in out


@pytest.fixture
def many(samples, tmp_path):
    """200 photos that take some seconds to index."""
    folder = tmp_path / "many"
    folder.mkdir()
    Image.open(samples / COFFEE).convert("RGB").resize((3000, 2000)).save(folder / "0.jpg", quality=90)
    content = (folder / "0.jpg").read_bytes()
    for number in range(1, 200):  # what follows the end of a JPEG makes it another photo that costs as much
        (folder / f"{number}.jpg").write_bytes(content + number.to_bytes(2, "little"))
    return folder


def stopped_midway(library, folder, number):
    """The exit code and standard error of an index that got `number` as a signal when a part was done."""
    started = program("index", folder, "--library", library, "--json")
    thumbnails = library / "cache" / "thumbnails"
    deadline = time.monotonic() + 60
    while sum(1 for _ in thumbnails.rglob("*.jpg")) < 80 and time.monotonic() < deadline:
        time.sleep(0.02)
    started.send_signal(number)
    out, err = started.communicate(timeout=60)
    assert out == ""
    return started.returncode, err


def check_the_rest_is_done(cli, many):
    report = cli("index", many)
    assert 0 < report["unchanged"] < 200, "something was kept, and something was left to do"
    assert report["added"] + report["unchanged"] == 200
    status = cli("status")
    assert (status["photos"], status["embedded"]) == (200, 200), "no photo twice"
    assert cli("doctor")["healthy"]


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one child on Windows")
def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(cli, many, tmp_path):
    code, err = stopped_midway(tmp_path / "library", many, signal.SIGINT)
    assert code == 130, err
    assert "goes on from here" in err
    check_the_rest_is_done(cli, many)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
def test_being_killed_loses_nothing_that_was_committed(cli, many, tmp_path):
    code, _ = stopped_midway(tmp_path / "library", many, signal.SIGKILL)
    assert code == -signal.SIGKILL
    check_the_rest_is_done(cli, many)


def test_searching_goes_on_while_another_process_indexes(cli, photos, many, tmp_path):
    cli("index", photos)
    started = program("index", many, "--library", tmp_path / "library", "--json")
    searches = 0
    while started.poll() is None:
        assert names(cli("search", "a cat", "--limit", 1)) == [CAT]
        assert cli("status")["photos"] >= 4
        searches += 1
    out, err = started.communicate()
    assert started.returncode == 0, err
    assert json.loads(out)["added"] == 200
    assert searches > 3
    assert cli("status")["embedded"] == 204


def test_output_cut_short_by_the_reader_is_no_crash(cli, photos, tmp_path):
    cli("index", photos)
    started = program("search", "a cat", "--library", tmp_path / "library")
    started.stdout.close()
    assert "Traceback" not in started.stderr.read()
    started.stderr.close()
    started.wait(timeout=60)
