"""The encoder of photos stays open between small ingests, and not for longer than it is of use."""

import gc
import shutil
import threading
import time
import weakref

import numpy as np
import pytest

from photofinder.core.errors import BundleProblem
from photofinder.encoder import sessions
from photofinder.library.indexing import Place, index, index_changes
from photofinder.library.kept_encoder import KeptEncoder
from photofinder.library.library import Library
from photofinder.library.locations import locations


@pytest.fixture
def opened(monkeypatch):
    """Weak references to the encoders that were opened, in order."""
    found = []

    class Counted(sessions.ImageEncoder):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            found.append(weakref.ref(self))

    monkeypatch.setattr(sessions, "ImageEncoder", Counted)
    return found


def alive(references):
    gc.collect()
    return sum(each() is not None for each in references)


def waiting():
    return [thread for thread in threading.enumerate() if thread.name == "kept encoder"]


def until(true, seconds=10.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_changes_that_follow_one_another_open_it_once(opened, samples, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy2(samples / "chelsea.png", photos)
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [photos])
        assert alive(opened) == 0, "growing the vector index at the end had the memory"
        (root,) = library.reader.roots()
        for name in ("coffee.png", "rocket.jpg", "moon.png"):
            shutil.copy2(samples / name, photos)
            assert index_changes(library, [Place(root, deep=False)]).embedded == 1
        assert (len(opened), alive(opened)) == (2, 1)
        assert len(waiting()) == 1
    assert alive(opened) == 0
    until(lambda: not waiting())


class Fake:
    def __init__(self, bundle):
        self.bundle = bundle

    def embed(self, batch):
        return batch


def test_it_is_let_go_of_some_time_after_its_last_use():
    found = []

    def open_encoder(bundle):
        made = Fake(bundle)
        found.append(weakref.ref(made))
        return made

    kept = KeptEncoder(open_encoder, kept_s=0.4)
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        kept.of("one").embed(np.zeros(1, np.float32))
        time.sleep(0.01)
    assert (len(found), alive(found)) == (1, 1), "in use for longer than it is kept without"
    until(lambda: not waiting())
    assert alive(found) == 0
    kept.of("one").embed(np.zeros(1, np.float32))
    kept.of("two").embed(np.zeros(1, np.float32))
    assert [each() is not None for each in found] == [False, False, True], "one at a time"
    kept.let_go()
    assert alive(found) == 0
    until(lambda: not waiting())


def test_one_that_cannot_be_opened_is_tried_again():
    ready = []

    def open_encoder(bundle):
        if not ready:
            raise BundleProblem("It is altered.")
        return Fake(bundle)

    kept = KeptEncoder(open_encoder)
    with pytest.raises(BundleProblem, match="altered"):
        kept.of("one").embed(np.zeros(1, np.float32))
    assert not waiting()
    ready.append(True)
    assert kept.of("one").embed(np.ones(1, np.float32)) == 1
    kept.let_go()
