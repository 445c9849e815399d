"""A codec that crashes, hangs or eats memory costs one photo, once."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from PIL import Image

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, FailureKind, MediaProblem
from photofinder.library import pictures
from photofinder.library.doctor import examine
from photofinder.library.export import Wanted, export
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import similar
from photofinder.media import guard, safely
from photofinder.media.isolation import Isolation, Limits
from photofinder.media.journal import Journal
from photofinder.media.original import Original
from photofinder.media.safely import Decoders
from tests.faults import bad_codecs

QUICK = Limits(seconds=3, seconds_per_mib=0, memory_bytes=600 << 20)
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of memory")


@pytest.fixture(scope="module")
def isolation():
    """One for many tests: starting a child takes half a second."""
    made = Isolation(QUICK)
    yield made
    made.close()


@pytest.fixture
def own():
    made = Isolation(Limits())
    yield made
    made.close()


@pytest.fixture
def photo(tmp_path):
    return tiff(tmp_path / "a.tif")


def tiff(path, end=b"", colour="teal"):
    Image.new("RGB", (400, 300), colour).save(path)
    path.write_bytes(path.read_bytes() + end)
    return path


def wait_for(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("end", "kind", "says"),
    [
        (bad_codecs.ABORT, FailureKind.CRASHED, "crashed"),
        (bad_codecs.EXIT, FailureKind.CRASHED, "crashed"),
        (bad_codecs.SPIN, FailureKind.TOO_SLOW, "more than 3 seconds"),
        (bad_codecs.KILL, FailureKind.TOO_LARGE, "system"),
        pytest.param(bad_codecs.EAT, FailureKind.TOO_LARGE, "memory", marks=ON_LINUX),
    ],
)
def test_harm_costs_one_photo(isolation, tmp_path, end, kind, says):
    with pytest.raises(MediaProblem) as caught:
        isolation.run(bad_codecs.load, tiff(tmp_path / "bad.tif", end), 240)
    assert caught.value.kind is kind
    assert says in caught.value.what
    assert isolation.run(bad_codecs.load, tiff(tmp_path / "good.tif"), 240).picture.format == "TIFF"


def test_a_child_loads_decoders_only(isolation, photo):
    loaded = isolation.run(bad_codecs.modules, photo)
    assert not {"PySide6", "onnxruntime", "tokenizers", "sqlite3", "usearch"} & set(loaded)
    assert "rawpy" not in loaded or "PIL" in loaded


def test_small_and_large_results_arrive_whole(isolation, photo):
    for height_px, width_px in ((1, 1), (200, 300), (1200, 1000)):
        found = isolation.run(bad_codecs.pixels, photo, height_px, width_px)
        assert np.array_equal(found, bad_codecs.pixels(None, height_px, width_px))
    assert list(isolation._folder.iterdir()) == []


def test_a_full_disk_for_temporary_files_is_no_obstacle(own, photo):
    own.run(bad_codecs.process, photo)
    own._folder.rmdir()
    assert own.run(bad_codecs.pixels, photo, 1200, 1000).shape == (1200, 1000, 3)


def test_a_child_does_many_photos_and_rests(isolation, photo):
    first = isolation.run(bad_codecs.process, photo)
    assert isolation.run(bad_codecs.process, photo) == first != os.getpid()
    isolation.rest()
    assert isolation.run(bad_codecs.process, photo) == first


def test_an_idle_child_that_was_ended_is_replaced(own, photo):
    first = own.run(bad_codecs.process, photo)
    os.kill(first, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    assert own.run(bad_codecs.process, photo) != first


def test_large_photos_wait_for_their_turn(isolation, photo):
    done = []
    with guard.large.turn():
        thread = threading.Thread(target=lambda: done.append(isolation.run(bad_codecs.large, photo, 10_000, 10_000)))
        thread.start()
        assert isolation.run(bad_codecs.large, photo, 100, 100) == photo.name
        time.sleep(0.3)
        assert done == []
    thread.join(10)
    assert done == [photo.name]


@pytest.mark.parametrize("how", ["stop", "close"])
def test_stopping_does_not_wait_for_a_codec(own, photo, tmp_path, how):
    stop, ended, flag = CancelToken(), [], tmp_path / "began"

    def wait():
        with pytest.raises(Cancelled):
            own.run(bad_codecs.spin, photo, flag, stop=stop)
        ended.append(time.monotonic())

    thread = threading.Thread(target=wait)
    thread.start()
    wait_for(lambda: flag.exists() and flag.read_text())
    child = int(flag.read_text())
    began = time.monotonic()
    stop.cancel() if how == "stop" else own.close()
    thread.join(10)
    assert ended[0] - began < 5  # not the minutes that the codec would take
    wait_for(lambda: not psutil.pid_exists(child))


PARENT = """
import sys
from pathlib import Path
from photofinder.media.isolation import Isolation, Limits
from tests.faults import bad_codecs

if __name__ == "__main__":
    photo, flag = map(Path, sys.argv[1:])
    Isolation(Limits()).run(bad_codecs.sleep, photo, flag, 600)
"""


def test_children_end_with_a_program_that_is_killed(photo, tmp_path):
    script, flag, temporary = tmp_path / "parent.py", tmp_path / "began", tmp_path / "temporary"
    temporary.mkdir()
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(temporary)}
    parent = subprocess.Popen([sys.executable, script, photo, flag], env=environment)
    wait_for(lambda: flag.exists() and flag.read_text(), 30)
    child = int(flag.read_text())
    assert [each.name[:12] for each in temporary.iterdir()] == ["photofinder-"]
    parent.kill()
    parent.wait()
    wait_for(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    wait_for(lambda: not list(temporary.iterdir()))


# --- which photos, and what becomes of it


@pytest.fixture
def harmful(monkeypatch):
    monkeypatch.setattr(safely, "load_original", bad_codecs.load)


@pytest.fixture
def library(tmp_path, harmful):
    with Library(locations(tmp_path / "library"), create=True) as opened:
        opened._decoders = Decoders(tmp_path / "decoding", QUICK)
        yield opened


def test_ingest_goes_on_and_does_not_try_again(library, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    ends = {"abort": bad_codecs.ABORT, "spin": bad_codecs.SPIN, "kill": bad_codecs.KILL}
    if sys.platform == "linux":
        ends["eat"] = bad_codecs.EAT
    for number, (name, end) in enumerate(ends.items()):
        tiff(folder / f"{name}.tif", end)
        tiff(folder / f"good{number}.tif", colour=(number * 60, 20, 20))
    report = index(library, [folder])
    assert report.added == len(ends)
    assert {failure.path.rpartition("/")[2]: failure.kind for failure in report.failed} == {
        "abort.tif": "crashed the decoder",
        "spin.tif": "took too long",
        "kill.tif": "too large",
        **({"eat.tif": "too large"} if "eat" in ends else {}),
    }
    assert all(failure.reason for failure in report.failed)

    tried = []
    library.decoders().load = lambda path, *_, **__: tried.append(path.name)
    again = index(library, [folder])
    assert (tried, len(again.failed), again.added) == ([], len(ends), 0)
    del library.decoders().load

    tiff(folder / "abort.tif")  # mended
    assert index(library, [folder]).changed == 1
    assert len(index(library, [folder]).failed) == len(ends) - 1


def test_what_failed_before_is_tried_again_in_a_child(library, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    whole = tiff(tmp_path / "a.jpg").read_bytes()
    (folder / "a.jpg").write_bytes(whole[:300])
    assert [failure.kind for failure in index(library, [folder]).failed] == ["unreadable"]
    (folder / "a.jpg").write_bytes(whole + bad_codecs.ABORT)
    assert [failure.kind for failure in index(library, [folder]).failed] == ["crashed the decoder"]
    assert [failure.kind for failure in index(library, [folder], retry_failed=True).failed] == ["crashed the decoder"]


def test_the_viewer_does_not_try_twice_what_did_harm(tmp_path, monkeypatch):
    decoders = Decoders(tmp_path / "decoding", QUICK)
    monkeypatch.setattr(safely, "picture_of", bad_codecs.load)
    bad = tiff(tmp_path / "bad.tif", bad_codecs.SPIN)
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises(MediaProblem) as caught:
            decoders.decode(bad, 240)
        assert caught.value.kind is FailureKind.TOO_SLOW
    assert time.monotonic() - began < 2 * QUICK.seconds + 3
    tiff(bad)
    assert decoders.decode(bad, 240).picture.format == "TIFF"
    decoders.close()


@pytest.mark.parametrize(
    "name", ["a.jpg", "a.png", "a.webp", "a.gif", "a.bmp", "a.tif", "a.jp2", "a.avif", "a.heic", "a.dng"]
)
def test_fragile_formats_are_decoded_in_children(tmp_path, name):
    import pillow_heif

    in_child = name in {"a.tif", "a.jp2", "a.avif", "a.heic", "a.dng"}
    path = tmp_path / name
    image = Image.new("RGB", (64, 48))
    if name == "a.heic":
        pillow_heif.from_pillow(image).save(path)
    else:
        image.save(path, "TIFF" if name == "a.dng" else None)
    asked = []
    decoders = Decoders(tmp_path / "decoding")
    decoders._isolation.run = lambda work, path, *args, **_: asked.append(path)
    decoders.load(path, 32)
    decoders.decode(path, 32)
    assert asked == [path, path] * in_child
    path.rename(tmp_path / "b.png")  # content decides
    asked.clear()
    decoders.load(tmp_path / "b.png", 32)
    assert bool(asked) == in_child
    decoders.close()


CRASH = """
import os, sys
from pathlib import Path
from photofinder.media import safely
from tests.faults import bad_codecs

if __name__ == "__main__":
    safely.load_original = bad_codecs.load
    safely.Decoders(Path(sys.argv[2])).load(Path(sys.argv[1]), 240)
"""


def test_a_photo_that_took_the_program_down_is_decoded_apart_from_then_on(tmp_path, harmful, caplog):
    bad, good, folder = tmp_path / "späm\n.jpg", tiff(tmp_path / "good.jpg"), tmp_path / "decoding"
    tiff(bad, bad_codecs.ABORT)
    script = tmp_path / "crash.py"
    script.write_text(CRASH)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, script, bad, folder], env=environment, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGABRT
    for _ in range(2):  # it is remembered
        decoders = Decoders(folder, QUICK)
        with pytest.raises(MediaProblem) as caught:
            decoders.load(bad, 240)
        assert caught.value.kind is FailureKind.CRASHED
        assert decoders.load(good, 240).picture.format == "JPEG"
        decoders.close()
    assert [each.name for each in folder.glob("*.decoding*")] == []
    assert "späm" in caplog.text
    tiff(bad)
    decoders = Decoders(folder, QUICK)  # it has changed: one more chance
    decoders._isolation.run = None
    assert decoders.load(bad, 240).picture.format == "JPEG"
    decoders.close()


def test_the_journal_is_clean_after_decoding_and_after_errors(tmp_path, photo):
    journal = Journal(tmp_path / "decoding")
    with Original(photo) as original:
        with journal.decoding(original):
            assert str(photo).encode() in journal._path.read_bytes()
            other = Journal(tmp_path / "decoding")  # another process at work is not a crash
            assert not other.suspects(original)
            other.close()
        with pytest.raises(ValueError), journal.decoding(original):
            raise ValueError
        assert not any(journal._path.read_bytes()[::8192])
    journal.close()
    assert not Journal(tmp_path / "decoding")._suspects


def test_a_folder_that_cannot_be_written_costs_only_the_journal(tmp_path, photo, caplog):
    (tmp_path / "file").write_text("")
    decoders = Decoders(tmp_path / "file")
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg")
    assert decoders.decode(tmp_path / "a.jpg", 32).format == "JPEG"
    assert "not written down" in caplog.text
    decoders.close()


def test_viewing_and_mending_isolate_too(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    tiff(folder / "a.tif")
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
        photo_id = library.locate(folder / "a.tif").id
        seen = []
        run = library.decoders()._isolation.run

        def noted(work, path, *args, **more):
            seen.append(work.__name__)
            return run(work, path, *args, **more)

        monkeypatch.setattr(library.decoders()._isolation, "run", noted)
        assert pictures.full(library, photo_id, 10**8).shape == (300, 400, 3)
        assert pictures.preview(library, photo_id)[:2] == b"\xff\xd8"
        library.thumbnails.remove(library.reader.fingerprint(photo_id))
        assert examine(library, repair=True)[0].repaired
        assert export(library, [photo_id], Wanted(tmp_path / "copies")).failed == []
        assert len(similar(library, tiff(tmp_path / "elsewhere.tif"), 5).hits) == 1
        assert seen == ["picture_of"] * 3 + ["jpeg_copy", "picture_of"]
