"""A better encoder comes while the window goes on working: with progress, pause, resume, and cancel."""

import contextlib
import hashlib
import http.server
import json
import shutil
import threading
import time

import pytest
from PySide6.QtWidgets import QPushButton

from photofinder.core.resources import resources_dir
from photofinder.encoder import catalog, download, store
from photofinder.library.bundles import SOURCE_VARIABLE
from photofinder.library.locations import locations
from photofinder.ui.installing import Step
from tests.ui.programs import WAIT_MS, Programs, idle, shown

CAT, ROCKET = "chelsea.png", "rocket.jpg"
PIECE_BYTES = 1 << 17


class Server(http.server.ThreadingHTTPServer):
    """Sends `folder` in pieces with pauses in between; `asked` are the requests with where they wanted to begin."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.pause_s = 0.03
        self.down = False
        self.asked = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # noqa: A002 (as the base class calls it)
        pass

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        path = self.server.folder / name
        if self.server.down or not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.server.asked.append((name, start))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            for place in range(start, len(body), PIECE_BYTES):
                self.wfile.write(body[place : place + PIECE_BYTES])
                time.sleep(self.server.pause_s)
        self.close_connection = True


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serves the bundled encoder again as a "better" one, known and recommended; it scales photos another way."""
    mini = resources_dir() / "bundles" / "mini"
    resources = tmp_path / "resources"
    shutil.copytree(mini, resources / "bundles" / "mini")
    described = json.loads((mini / "bundle.json").read_text(encoding="utf-8"))
    described |= {"name": "better", "title": "Better", "image": described["image"] | {"resample": "bilinear"}}
    entry = {
        "rank": 5,
        "recommended": True,
        "quality": "The same.",
        "cautions": [],
        "host": "https://hub.invalid",
        "repo": "someone/better",
        "revision": hashlib.sha1(b"better").hexdigest(),
        "paths": {name: name for name in described["files"]},
        "bundle": described,
    }
    (resources / "known-bundles").mkdir()
    (resources / "known-bundles" / "better.json").write_text(json.dumps(entry), encoding="utf-8")
    for module in (catalog, store):
        monkeypatch.setattr(module, "resources_dir", lambda: resources)
    monkeypatch.setattr(download, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setenv("no_proxy", "*")
    server = Server(mini)
    monkeypatch.setenv(SOURCE_VARIABLE, f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def photos(samples, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in (CAT, ROCKET):
        shutil.copy2(samples / name, tmp_path / "photos" / name)
    return tmp_path / "photos"


@pytest.fixture
def programs(qtbot, tmp_path, server):
    made = Programs(tmp_path / "library")
    yield made
    made.close_all()


def partial(tmp_path):
    return locations(tmp_path / "library").bundles / ".partial-better"


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


def begin(qtbot, program, photos, better):
    first = program.window.viewing._first_run
    assert "Better" in first.better.text()
    first.set_folders([photos])
    first.better.setChecked(better)
    first.start.click()
    qtbot.waitUntil(lambda: len(program.window.grid.photos.listing) == 2, timeout=WAIT_MS)


def button(page, words):
    """The one button of the page's rows that shows and says this; None while there is none."""
    found = [each for each in page.findChildren(QPushButton) if each.text() == words and each.isVisible()]
    return found[0] if len(found) == 1 else None


def click(qtbot, page, words):
    qtbot.waitUntil(lambda: button(page, words) is not None, timeout=WAIT_MS)
    button(page, words).click()


def encoders(qtbot, program):
    program.window._show_encoders()
    return program.window.dialogs.open["preferences"].encoder


def test_from_the_first_screen_paused_resumed_and_used(programs, qtbot, photos, server, tmp_path):
    program = programs.start()
    window, installing = program.window, program.window.installing
    begin(qtbot, program, photos, better=True)
    qtbot.waitUntil(lambda: installing.amount[0] >= 2, timeout=WAIT_MS)
    assert installing.amount[1] == 18
    assert "of 18 MB" in window.status._fetching.text()
    window.status._fetching.click()
    page = window.dialogs.open["preferences"].encoder
    click(qtbot, page, "Pause")
    qtbot.waitUntil(lambda: installing.step is Step.PAUSED, timeout=WAIT_MS)
    there = size(partial(tmp_path))
    assert there > 1_000_000
    assert "paused" in window.status._fetching.text()
    qtbot.waitUntil(lambda: idle(program), timeout=WAIT_MS)
    assert program.library.bundle.name == "mini", "what came with the program works meanwhile"

    server.asked.clear()
    server.pause_s = 0
    click(qtbot, page, "Go on")
    qtbot.waitUntil(lambda: program.library.bundle.name == "better", timeout=WAIT_MS)
    assert server.asked[0][1] > 0, "it goes on where it was"
    qtbot.waitUntil(lambda: idle(program) and _embedded(program) == 2, timeout=WAIT_MS)
    assert not window.status._fetching.isVisible()
    assert not partial(tmp_path).exists()
    window.dialogs.open["preferences"].close()

    window.browsing.enter_words("a cat")
    qtbot.waitUntil(lambda: window.grid.photos.listing.scores is not None, timeout=WAIT_MS)
    assert shown(program)[0] == CAT
    assert program.library.serving()[0].name == "better"


def _embedded(program):
    space = program.library.reader.space(program.library.bundle.space)
    return 0 if space is None else program.library.reader.embedding_count(space.id)


def test_cancelling_deletes_what_was_fetched(programs, qtbot, photos, tmp_path):
    program = programs.start()
    installing = program.window.installing
    begin(qtbot, program, photos, better=False)
    page = encoders(qtbot, program)
    click(qtbot, page, "Install")
    qtbot.waitUntil(lambda: installing.amount[0] >= 2, timeout=WAIT_MS)
    click(qtbot, page, "Cancel")
    qtbot.waitUntil(lambda: installing.step is Step.NONE, timeout=WAIT_MS)
    assert not partial(tmp_path).exists()
    qtbot.waitUntil(lambda: button(page, "Install") is not None, timeout=WAIT_MS)
    program.window.dialogs.open["preferences"].close()
    assert program.library.bundle.name == "mini"
    assert not program.told


def test_after_a_restart_it_goes_on_from_where_it_was(programs, qtbot, photos, server, tmp_path):
    program = programs.start()
    begin(qtbot, program, photos, better=True)
    qtbot.waitUntil(lambda: program.window.installing.amount[0] >= 2, timeout=WAIT_MS)
    programs.close(program)
    assert size(partial(tmp_path)) > 1_000_000

    again = programs.start()
    server.asked.clear()
    server.pause_s = 0
    click(qtbot, encoders(qtbot, again), "Go on")
    qtbot.waitUntil(lambda: again.library.bundle.name == "better", timeout=WAIT_MS)
    assert server.asked[0][1] > 0
    again.window.dialogs.open["preferences"].close()
    qtbot.waitUntil(lambda: idle(again) and _embedded(again) == 2, timeout=WAIT_MS)


def test_what_hinders_is_said_and_can_be_tried_again(programs, qtbot, photos, server):
    server.down = True
    program = programs.start()
    window, installing = program.window, program.window.installing
    begin(qtbot, program, photos, better=True)
    qtbot.waitUntil(lambda: installing.step is Step.FAILED, timeout=WAIT_MS)
    assert "could not be fetched" in window.status._fetching.text()
    page = encoders(qtbot, program)
    server.down, server.pause_s = False, 0
    click(qtbot, page, "Go on")
    qtbot.waitUntil(lambda: program.library.bundle.name == "better", timeout=WAIT_MS)
    window.dialogs.open["preferences"].close()
    qtbot.waitUntil(lambda: idle(program) and _embedded(program) == 2, timeout=WAIT_MS)
