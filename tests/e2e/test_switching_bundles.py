"""Changing the encoder keeps what the old one made, and answers from it until the new one has caught up."""

import json
import shutil
from pathlib import Path

import pytest

from photofinder.cli.main import run
from photofinder.encoder.store import bundled_dir
from photofinder.library.locations import locations

CAT = "chelsea.png"


@pytest.fixture
def cli(tmp_path, capsys):
    def call(*arguments, expect=0):
        code = run([*map(str, arguments), "--library", str(tmp_path / "library"), "--json"])
        out, err = capsys.readouterr()
        assert code == expect, err
        return json.loads(out) if not expect else err

    return call


@pytest.fixture
def other_bundle(tmp_path):
    """The bundled encoder under another name, with another resampling: another embedding space."""
    folder = tmp_path / "other"
    shutil.copytree(bundled_dir() / "mini", folder)
    description = json.loads((folder / "bundle.json").read_text())
    description["name"] = "other"
    description["image"]["resample"] = "bilinear"
    (folder / "bundle.json").write_text(json.dumps(description))
    return folder


def test_the_old_space_answers_until_the_new_one_is_there(cli, other_bundle, samples, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in (CAT, "coffee.png", "rocket.jpg"):
        shutil.copy2(samples / name, photos)
    cli("index", photos)
    cli("bundles", "import", other_bundle)
    assert {b["name"] for b in cli("bundles", "list")["bundles"] if b["installed"]} == {"mini", "other"}
    cli("bundles", "use", "other")
    found = cli("search", "a cat", "--limit", 1)
    assert (found["bundle"], Path(found["hits"][0]["path"]).name) == ("mini", CAT)
    report = cli("index")
    assert (report["unchanged"], report["added"], report["changed"]) == (3, 0, 0)
    found = cli("search", "a cat", "--limit", 1)
    assert (found["bundle"], Path(found["hits"][0]["path"]).name) == ("other", CAT)
    assert cli("show", photos / CAT)["embedded_with"] == ["mini", "other"]
    cli("bundles", "use", "mini")
    assert cli("search", "a cat")["bundle"] == "mini", "switching back is instant"
    assert cli("doctor")["healthy"]


def test_an_altered_bundle_is_found_out(cli, other_bundle, tmp_path):
    cli("bundles", "import", other_bundle)
    installed = locations().bundles / "other" / "image.onnx"
    content = bytearray(installed.read_bytes())
    content[len(content) // 2] ^= 1
    installed.write_bytes(content)
    cli("bundles", "verify", expect=1)
    cli("bundles", "remove", "other")
    assert cli("bundles", "verify")["bundles"] == [{"name": "mini", "problem": None}]


def test_an_unplugged_drive_keeps_its_photos(cli, samples, tmp_path, monkeypatch):
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy2(samples / CAT, photos)
    cli("index", photos)
    monkeypatch.setattr("photofinder.ingest.volumes.is_present", lambda root: False)
    shutil.rmtree(photos)
    assert cli("index")["vanished"] == 0
    assert len(cli("search", "a cat")["hits"]) == 1, "searchable while its drive is away"
    assert cli("doctor", expect=1) == ""
