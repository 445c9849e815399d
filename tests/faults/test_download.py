"""The whole way of a bundle from a server to its place; the server, on this computer, misbehaves to order."""

import contextlib
import errno
import hashlib
import http.server
import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import BundleProblem, Cancelled, EnvironmentProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder import catalog, download, store
from photofinder.encoder.bundle import verify_bundle

IMAGE = os.urandom(700_000)
CONTENT = {"image.onnx": IMAGE, "text.onnx": os.urandom(5_000), "tokenizer.json": b"{}"}
TOTAL = sum(map(len, CONTENT.values()))
REVISION = "0123456789abcdef0123456789abcdef01234567"
HUB_PATHS = {
    "image.onnx": "onnx/vision.onnx",
    "text.onnx": "onnx/text.onnx",
    "tokenizer.json": "tokenizer.json",
}


class Server(http.server.ThreadingHTTPServer):
    """Serves `content` by path. `orders` say what to do wrong with each request for the image in turn."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = {}
        self.orders: list[Any] = []
        self.requests = []
        self.ranges = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):  # noqa: A002  (as the base class calls it)
        pass

    def do_GET(self):
        server = cast("Server", self.server)
        asked = self.headers.get("Range")
        server.requests.append((self.path, asked))
        body = server.content.get(self.path)
        order = server.orders.pop(0) if body == IMAGE and server.orders else ["send", 0, {}]
        if body is None:
            return self.answer(404, b"not here")
        if order[0] == "status":
            return self.answer(order[1], b"", **order[2])
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.ranges else 0
        if start >= len(body):
            return self.answer(416, b"")
        headers = {}
        if asked and server.ranges:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        part = body[start:]
        if order[0] == "cut":
            return self.answer(206 if headers else 200, part[: order[1]], length=len(part), **headers)
        if order[0] == "chunked":
            return self.answer(200, part, length=None)
        return self.answer(206 if headers else 200, part, **headers)

    def answer(self, status, body, length: int | None = -1, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(len(body) if length == -1 else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)
        self.close_connection = True


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _quick_and_without_proxies(monkeypatch):
    monkeypatch.setattr(download, "_FIRST_PAUSE_S", 0.01)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A bundle of 0.7 MB that is known, in a program which has nothing else but the bundled encoder."""
    resources = tmp_path / "resources"
    shutil.copytree(resources_dir() / "bundles" / "mini", resources / "bundles" / "mini")
    described = json.loads((resources / "bundles" / "mini" / "bundle.json").read_text(encoding="utf-8"))
    described |= {
        "name": "better",
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in CONTENT.items()
        },
    }
    entry = {
        "rank": 5,
        "recommended": True,
        "quality": "none",
        "cautions": [],
        "host": "https://hub.invalid",
        "repo": "someone/better",
        "revision": REVISION,
        "paths": HUB_PATHS,
        "bundle": described,
    }
    (resources / "known-bundles").mkdir()
    (resources / "known-bundles" / "better.json").write_text(json.dumps(entry), encoding="utf-8")
    for module in (catalog, store):
        monkeypatch.setattr(module, "resources_dir", lambda: resources)
    return catalog.find_known("better")


@pytest.fixture
def mirrored(server):
    server.content = {f"/better/{name}": data for name, data in CONTENT.items()}
    return server


@pytest.fixture
def home(tmp_path):
    return tmp_path / "bundles"


def fetch(known, home, source, progress=lambda _done, _total: None, cancel=None):
    return download.install(known, home, source=source, progress=progress, cancel=cancel or CancelToken())


def assert_nothing_new(home):
    assert [bundle.name for bundle in catalog.installed(home)] == ["mini"]
    assert catalog.broken(home) == []


def partial_size(home):
    path = home / ".partial-better" / "image.onnx"
    return path.stat().st_size if path.exists() else 0


def image_requests(server):
    return [asked for path, asked in server.requests if path.endswith("image.onnx")]


def test_a_bundle_arrives_whole_verified_and_with_progress(known, home, mirrored):
    steps = []
    bundle = fetch(known, home, mirrored.url, lambda done, total: steps.append((done, total)))
    verify_bundle(bundle)
    assert bundle.folder == home / "better"
    assert catalog.default(home) == bundle
    assert steps[-1] == (TOTAL, TOTAL)
    assert {total for _, total in steps} == {TOTAL}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert len(steps) > 5
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["better"]


def test_an_installed_bundle_is_not_fetched_again_unless_it_was_altered(known, home, mirrored):
    bundle = fetch(known, home, mirrored.url)
    asked = len(mirrored.requests)
    assert fetch(known, home, mirrored.url) == bundle
    assert len(mirrored.requests) == asked
    (bundle.folder / "image.onnx").write_bytes(IMAGE[::-1])
    verify_bundle(fetch(known, home, mirrored.url))
    assert [path.name for path in home.iterdir() if path.is_dir()] == ["better"]


@pytest.mark.parametrize("layout", ["hub", "plain"])
def test_mirrors_may_be_laid_out_as_the_hub_or_the_repository(known, home, server, layout):
    prefix = f"/someone/better/resolve/{REVISION}/" if layout == "hub" else "/"
    server.content = {prefix + HUB_PATHS[name]: data for name, data in CONTENT.items()}
    verify_bundle(fetch(known, home, server.url + "/"))


def test_a_cut_connection_is_taken_up_where_it_broke(known, home, mirrored):
    mirrored.orders = [("cut", 100_000), ("cut", 50_000)]
    verify_bundle(fetch(known, home, mirrored.url))
    assert image_requests(mirrored) == [None, "bytes=100000-", "bytes=150000-"]


def test_many_cuts_are_borne_as_long_as_each_try_brings_something(known, home, mirrored):
    mirrored.orders = [("cut", 40_000)] * 12
    verify_bundle(fetch(known, home, mirrored.url))
    assert len(image_requests(mirrored)) == 13


def test_a_server_that_sends_nothing_any_more_is_given_up_and_the_next_run_goes_on(known, home, mirrored):
    mirrored.orders = [("cut", 100_000), *[("cut", 0)] * 9]
    with pytest.raises(BundleProblem, match=r"failed 5 times running: .*goes on from here"):
        fetch(known, home, mirrored.url)
    assert_nothing_new(home)
    assert partial_size(home) == 100_000
    mirrored.orders, mirrored.requests = [], []
    verify_bundle(fetch(known, home, mirrored.url))
    assert image_requests(mirrored) == ["bytes=100000-"]


def test_a_server_without_ranges_starts_again(known, home, mirrored):
    mirrored.ranges = False
    mirrored.orders = [("cut", 100_000)]
    steps = []
    verify_bundle(fetch(known, home, mirrored.url, lambda done, _: steps.append(done)))
    assert any(later < earlier for earlier, later in itertools.pairwise(steps))
    assert image_requests(mirrored) == [None, "bytes=100000-"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(known, home, mirrored, status):
    mirrored.orders = [("status", status, {})] * 3
    verify_bundle(fetch(known, home, mirrored.url))


def test_an_answer_without_length_is_read_to_its_end(known, home, mirrored):
    mirrored.orders = [("chunked",)]
    verify_bundle(fetch(known, home, mirrored.url))


def test_altered_content_of_the_right_size_is_deleted_and_never_used(known, home, mirrored):
    mirrored.content["/better/image.onnx"] = IMAGE[:-1] + bytes([IMAGE[-1] ^ 1])
    with pytest.raises(BundleProblem, match=r"image\.onnx of bundle better .*sha256 is wrong, so it was deleted"):
        fetch(known, home, mirrored.url)
    assert_nothing_new(home)
    assert not (home / ".partial-better" / "image.onnx").exists()


def test_a_damaged_beginning_from_an_earlier_run_costs_one_more_fetch(known, home, mirrored):
    (home / ".partial-better").mkdir(parents=True)
    (home / ".partial-better" / "image.onnx").write_bytes(bytes(300_000))
    verify_bundle(fetch(known, home, mirrored.url))
    assert image_requests(mirrored) == ["bytes=300000-", None]


def test_a_beginning_that_is_too_long_is_thrown_away(known, home, mirrored):
    (home / ".partial-better").mkdir(parents=True)
    (home / ".partial-better" / "image.onnx").write_bytes(bytes(len(IMAGE) + 5))
    verify_bundle(fetch(known, home, mirrored.url))


@pytest.mark.parametrize("content", [IMAGE[:-1], IMAGE + b"x"])
def test_another_size_is_noticed_before_it_is_fetched(known, home, mirrored, content):
    mirrored.content["/better/image.onnx"] = content
    with pytest.raises(BundleProblem, match=r"bytes instead of 700,000"):
        fetch(known, home, mirrored.url)
    assert_nothing_new(home)
    assert not partial_size(home)


def test_more_than_promised_without_a_length_is_cut_off(known, home, mirrored, monkeypatch):
    monkeypatch.setattr(Handler, "do_GET", lambda self: self.answer(200, IMAGE * 2, length=None))
    with pytest.raises(BundleProblem, match="sends more"):
        fetch(known, home, mirrored.url)
    assert partial_size(home) <= len(IMAGE)


def test_what_the_server_does_not_have_is_named_with_the_remedy(known, home, mirrored):
    del mirrored.content["/better/text.onnx"]
    with pytest.raises(BundleProblem, match=r"has no text\.onnx of bundle better .*bundles import PATH"):
        fetch(known, home, mirrored.url)
    assert_nothing_new(home)


def test_a_refusal_is_not_asked_again(known, home, mirrored):
    mirrored.orders = [("status", 403, {})] * 9
    with pytest.raises(BundleProblem, match="403"):
        fetch(known, home, mirrored.url)
    assert len(image_requests(mirrored)) == 1


def test_redirects_are_followed_with_the_range(known, home, mirrored):
    mirrored.content["/elsewhere/image.onnx"] = mirrored.content["/better/image.onnx"]
    mirrored.orders = [
        ("cut", 100_000),
        ("status", 302, {"Location": f"{mirrored.url}/elsewhere/image.onnx"}),
    ]
    verify_bundle(fetch(known, home, mirrored.url))
    assert mirrored.requests[2] == ("/elsewhere/image.onnx", "bytes=100000-")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/image.onnx", "data:,x", "gopher://x"])
def test_redirects_to_anything_but_http_are_not_followed(known, home, mirrored, target):
    mirrored.orders = [("status", 302, {"Location": target})]
    with pytest.raises(BundleProblem, match="redirects to an address that is not followed"):
        fetch(known, home, mirrored.url)
    assert_nothing_new(home)


@pytest.mark.parametrize("source", ["file:///tmp", "ftp://127.0.0.1/", "/no/such/folder", "no such folder"])
def test_a_source_that_is_neither_folder_nor_http_is_refused(known, home, source):
    with pytest.raises(BundleProblem, match="neither a folder nor an http address"):
        fetch(known, home, source)
    assert_nothing_new(home)


def test_offline_is_told_in_one_line_with_the_remedy(known, home):
    for source in (None, "http://127.0.0.1:9"):  # a name that never resolves, a port that nobody answers
        with pytest.raises(BundleProblem) as caught:
            fetch(known, home, source)
        text = str(caught.value)
        assert "cannot be reached" in text
        assert "photofinder bundles import PATH" in text
        assert "PHOTOFINDER_BUNDLE_SOURCE" in text
        assert "\n" not in text
    assert_nothing_new(home)


def test_a_full_disk_is_told_before_the_first_byte(known, home, mirrored, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1_000))
    with pytest.raises(EnvironmentProblem, match="needs 1 MB on the disk"):
        fetch(known, home, mirrored.url)
    assert mirrored.requests == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_fails_meanwhile_is_told_and_the_next_run_goes_on(known, home, mirrored, monkeypatch, number):
    real_open = Path.open

    class Full:
        def __init__(self, stream):
            self._stream = stream

        def __getattr__(self, name):
            return getattr(self._stream, name)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._stream.close()

        def write(self, data):
            if self._stream.tell() + len(data) > 200_000:
                raise OSError(number, os.strerror(number))
            return self._stream.write(data)

    def open_on_a_small_disk(self, mode="r", *args, **kwargs):
        stream = real_open(self, mode, *args, **kwargs)
        return Full(stream) if self.name == "image.onnx" and mode in ("wb", "ab") else stream

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_on_a_small_disk)
        with pytest.raises(EnvironmentProblem) as caught:
            fetch(known, home, mirrored.url)
    assert "is full" in str(caught.value) if number == errno.ENOSPC else "cannot be written" in str(caught.value)
    assert_nothing_new(home)
    assert 0 < partial_size(home) <= 200_000
    verify_bundle(fetch(known, home, mirrored.url))
    assert image_requests(mirrored)[-1].startswith("bytes=")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(known, home, mirrored):
    home.mkdir(mode=0o500)
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        fetch(known, home, mirrored.url)


def test_cancelling_stops_at_once_and_keeps_what_is_there(known, home, mirrored):
    token = CancelToken()

    def stop(done, _):
        if done > 200_000:
            token.cancel()

    with pytest.raises(Cancelled):
        fetch(known, home, mirrored.url, stop, token)
    assert_nothing_new(home)
    assert 200_000 < partial_size(home) < 400_000
    verify_bundle(fetch(known, home, mirrored.url))


def test_cancelling_ends_the_wait_between_tries(known, home, mirrored, monkeypatch):
    monkeypatch.setattr(download, "_FIRST_PAUSE_S", 60)
    mirrored.orders = [("cut", 10_000)] * 9
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(known, home, mirrored.url, cancel=token)
    assert time.monotonic() - started < 10


def test_a_download_that_was_killed_is_gone_on_with(known, home, mirrored):
    """A second program starts it and is killed outright in the middle."""
    code = f"""
import os, signal
from pathlib import Path
from typing import Any, cast
from photofinder.core.cancel import CancelToken
from photofinder.encoder import catalog, download, store
for module in (catalog, store):
    module.resources_dir = lambda: Path({str(store.resources_dir())!r})
def die(done, total):
    if done > 300_000:
        os.kill(os.getpid(), signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
download.install(catalog.find_known("better"), Path({str(home)!r}), source={mirrored.url!r}, progress=die,
                 cancel=CancelToken())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Error" not in done.stderr, done.stderr
    assert_nothing_new(home)
    before = partial_size(home)
    assert before > 100_000
    mirrored.requests = []
    verify_bundle(fetch(known, home, mirrored.url))
    assert image_requests(mirrored) == [f"bytes={before}-"]


def test_a_folder_of_mirrored_files_needs_no_network(known, home, tmp_path, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a folder as source opened a connection"))
    mirror = tmp_path / "mirror"
    for name, data in CONTENT.items():
        path = mirror / HUB_PATHS[name]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    steps = []
    bundle = fetch(known, home, str(mirror), lambda done, _: steps.append(done))
    verify_bundle(bundle)
    assert steps[-1] == TOTAL
    assert fetch(known, home, str(mirror)) == bundle


def test_a_folder_with_a_wrong_or_missing_file_installs_nothing(known, home, tmp_path):
    mirror = tmp_path / "mirror"
    (mirror / "better").mkdir(parents=True)
    (mirror / "better" / "image.onnx").write_bytes(IMAGE[::-1])
    with pytest.raises(BundleProblem, match="sha256 is wrong"):
        fetch(known, home, str(mirror))
    (mirror / "better" / "image.onnx").write_bytes(IMAGE)
    with pytest.raises(BundleProblem, match=r"has no text\.onnx"):
        fetch(known, home, str(mirror))
    assert_nothing_new(home)


def test_an_installed_bundle_serves_as_mirror_for_another_computer(known, home, tmp_path, mirrored):
    fetch(known, home, mirrored.url)
    verify_bundle(fetch(known, tmp_path / "second", str(home)))


def test_nothing_but_installing_opens_a_connection(known, home, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("opened a connection"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("looked a name up"))
    catalog.installed(home)
    catalog.default(home)
    with pytest.raises(BundleProblem):
        catalog.find("better", home)
