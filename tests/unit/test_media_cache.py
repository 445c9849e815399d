"""Fingerprints, thumbnails, and the one entry that puts everything together."""

import errno
import functools
import io
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photofinder.core.errors import EnvironmentProblem, FailureKind, MediaProblem
from photofinder.media.decode import decode
from photofinder.media.fingerprint import fingerprint, fingerprint_of
from photofinder.media.load import load
from photofinder.media.thumbnails import ThumbnailCache

KEY = bytes(range(16))


@pytest.mark.parametrize("size_bytes", [0, 1, 16 << 20, (16 << 20) + 1, 20 << 20])
def test_fingerprint_is_the_same_from_bytes_file_and_path(tmp_path, size_bytes):
    content = np.random.default_rng(size_bytes).bytes(size_bytes)
    path = tmp_path / "a"
    path.write_bytes(content)
    found = fingerprint(content)
    assert len(found) == 16
    assert found == fingerprint(io.BytesIO(content)) == fingerprint_of(path)


def test_fingerprint_of_large_files_sees_length_ends_and_samples():
    content = bytearray(17 << 20)
    base = fingerprint(bytes(content))
    assert fingerprint(bytes(content) + b"\0") != base
    for at in (0, (1 << 20) - 1, len(content) - 1, 1 << 20, len(content) - (1 << 20) - 1):
        changed = bytearray(content)
        changed[at] = 1
        assert fingerprint(bytes(changed)) != base


def test_fingerprint_of_a_vanished_file(tmp_path):
    with pytest.raises(MediaProblem) as caught:
        fingerprint_of(tmp_path / "gone")
    assert caught.value.kind is FailureKind.VANISHED


def test_load_reads_once_and_leaves_the_original_alone(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (1200, 900), "teal").save(path)
    path.chmod(0o444)
    before = path.read_bytes(), path.stat().st_mtime_ns
    loaded = load(path)
    assert loaded.fingerprint == fingerprint_of(path)
    assert loaded.picture.width_px == 1200
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_load_translates_what_the_disk_does(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30)).save(path)

    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("photofinder.media.load.fingerprint", fails)
    with pytest.raises(MediaProblem) as caught:
        load(path)
    assert caught.value.kind is FailureKind.UNREADABLE


@pytest.fixture
def cache(tmp_path):
    return ThumbnailCache(tmp_path / "cache")


def size_of(content):
    with Image.open(io.BytesIO(content)) as image:
        return image.size


def test_thumbnails_are_kept_by_fingerprint(cache):
    assert cache.read(KEY) is None
    cache.store(KEY, np.full((300, 600, 3), 90, np.uint8))
    assert size_of(cache.read(KEY)) == (320, 160)
    assert cache.path(KEY).read_bytes() == cache.read(KEY)
    assert cache.path(KEY).parent.name == KEY.hex()[:2]
    assert cache.size_bytes() == cache.path(KEY).stat().st_size
    cache.remove(KEY)
    cache.remove(KEY)
    assert cache.read(KEY) is None


@pytest.mark.parametrize(
    ("shape", "size"), [((8, 30000, 3), (320, 1)), ((1, 1, 3), (1, 1)), ((200, 100, 3), (100, 200))]
)
def test_thumbnails_of_odd_shapes(cache, shape, size):
    cache.store(KEY, np.zeros(shape, np.uint8))
    assert size_of(cache.read(KEY)) == size


@pytest.mark.parametrize("torn", [b"", b"\0" * 500, b"\xff\xd8\xff\xe0 half"])
def test_torn_thumbnails_count_as_missing(cache, torn):
    cache.store(KEY, np.zeros((10, 10, 3), np.uint8))
    cache.path(KEY).write_bytes(torn)
    assert cache.read(KEY) is None


def test_preview_is_made_once(cache, tmp_path):
    original = tmp_path / "a.jpg"
    Image.new("RGB", (4000, 3000), "teal").save(original)
    made = cache.preview(KEY, functools.partial(decode, original))
    assert size_of(made) == (1024, 768)
    original.unlink()
    assert cache.preview(KEY, functools.partial(decode, original)) == made
    assert cache.read(KEY) is None
    with pytest.raises(MediaProblem):
        cache.preview(bytes(16), functools.partial(decode, original))
    cache.remove(KEY)
    assert cache.size_bytes() == 0


def test_what_a_crash_left_half_written_is_swept(tmp_path):
    cache = ThumbnailCache(tmp_path)
    cache.sweep()
    (tmp_path / "unfinished").mkdir()
    old, new = tmp_path / "unfinished" / "old.jpg.1-2", tmp_path / "unfinished" / "new.jpg.1-2"
    old.write_bytes(b"half")
    new.write_bytes(b"being written by another process")
    os.utime(old, (0, 0))
    cache.sweep()
    assert [path.name for path in (tmp_path / "unfinished").iterdir()] == [new.name]


def test_opening_a_cache_writes_nothing(tmp_path):
    assert ThumbnailCache(tmp_path / "cache").read(KEY) is None
    assert ThumbnailCache(tmp_path / "cache").size_bytes() == 0
    assert not (tmp_path / "cache").exists()


def test_many_threads_store_the_same_thumbnail(cache):
    pixels = np.zeros((100, 100, 3), np.uint8)
    threads = [threading.Thread(target=cache.store, args=(KEY, pixels)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert size_of(cache.read(KEY)) == (100, 100)
    assert not list((cache.path(KEY).parent.parent / "unfinished").iterdir())


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "may not write"), (errno.EIO, "cannot be used")],
)
def test_trouble_with_the_disk_is_the_environment_s(cache, monkeypatch, number, words):
    def fails(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fails)
    with pytest.raises(EnvironmentProblem, match=words) as caught:
        cache.store(KEY, np.zeros((10, 10, 3), np.uint8))
    assert caught.value.remedy
