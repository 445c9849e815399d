"""`photofinder places`, on files as cameras and receivers write them."""

import json

import pytest
from PIL import Image

from photofinder.cli.main import run


@pytest.fixture
def call(tmp_path, capsys):
    def run_it(*arguments, expect=0, as_json=True):
        code = run([*map(str, arguments), "--library", str(tmp_path / "library"), *(["--json"] if as_json else [])])
        out, err = capsys.readouterr()
        assert code == expect, err
        return err if expect else json.loads(out) if as_json else out

    return run_it


@pytest.fixture
def photos(tmp_path):
    """Two photos of a camera without GPS or zone, and a track past them."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, when in (("a.jpg", "2023:10:12 12:00:30"), ("b.jpg", "2023:10:12 18:00:00")):
        exif = Image.Exif()
        exif[0x0110] = "X100"
        exif.get_ifd(0x8769)[0x9003] = when
        Image.effect_mandelbrot((300, 200), (-2, -1.5, 1, 1.5), len(name)).convert("RGB").save(folder / name, exif=exif)
    points = "".join(
        f'<trkpt lat="27.8057" lon="{86.713 + minute / 1000}"><time>2023-10-12T06:{15 + minute:02}:00Z</time></trkpt>'
        for minute in range(3)
    )
    (tmp_path / "trek.gpx").write_text(f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    return folder


def test_proposed_accepted_found_and_withdrawn(call, photos, tmp_path):
    call("index", photos)
    before = {path: path.read_bytes() for path in photos.iterdir()}
    found = call("places", "propose", "--gpx", tmp_path / "trek.gpx")
    assert (found["proposals"], found["without_place"], found["without_zone"]) == ([], 2, 2)
    assert found["suggested_offset"] in {"+05:45", "+06:00"}
    said = call("places", "propose", "--gpx", tmp_path / "trek.gpx", as_json=False)
    assert f"--offset={found['suggested_offset']}" in said

    found = call("places", "propose", "--gpx", tmp_path / "trek.gpx", "--offset", "+05:45")
    (proposal,) = found["proposals"]
    assert proposal["path"] == str(photos / "a.jpg")
    assert proposal["place"] == "Namche Bazaar, Koshi, Nepal"
    assert (proposal["how"], proposal["source"], found["accepted"]) == ("track", "trek.gpx", 0)
    assert call("search", "in:nepal")["hits"] == [], "nothing is kept before it is accepted"

    offset = ("--offset", "+05:45", "--accept")
    assert call("places", "propose", "--gpx", tmp_path / "trek.gpx", *offset, "--least", 99)["accepted"] == 0
    assert "1 accepted" in call("places", "propose", "--gpx", tmp_path / "trek.gpx", *offset, as_json=False)
    (hit,) = call("search", "near:27.8057,86.7135 within 1km")["hits"]
    assert hit["path"] == str(photos / "a.jpg")
    assert call("show", photos / "a.jpg")["place_from"]["source"] == "trek.gpx"
    assert call("show", photos / "b.jpg")["place_from"] is None

    # Taken within minutes of the other, whose place is only accepted: no chains of guesses.
    assert call("places", "propose", "--within", 600)["proposals"] == []
    assert call("places", "withdraw", photos / "a.jpg") == {"withdrawn": 1}
    assert call("places", "withdraw", "--all") == {"withdrawn": 0}
    assert call("search", "in:nepal")["hits"] == []
    assert {path: path.read_bytes() for path in photos.iterdir()} == before


def test_what_cannot_be_used_is_said(call, photos, tmp_path):
    call("index", photos)
    bomb = tmp_path / "bomb.gpx"
    bomb.write_text('<!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx>&b;</gpx>')
    assert "bomb.gpx cannot be used as a track" in call("places", "propose", "--gpx", bomb, expect=1)
    assert "no distance from UTC" in call("places", "propose", "--offset", "Nepal", expect=1)
    assert "no percentage" in call("places", "propose", "--least", 101, expect=1)
    assert "not in the library" in call("places", "withdraw", tmp_path / "bomb.gpx", expect=1)
