"""The whole program over the test corpus: every odd file of the zoo, and the library with its ground truth."""

import contextlib
import csv
import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from photofinder.cli.main import run
from photofinder.media.formats import is_ignored_name, is_photo_name

pytestmark = pytest.mark.corpus


def call(library, *arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert run([*map(str, arguments), "--library", str(library), "--json"]) == 0
    return json.loads(out.getvalue())


def hashes(folder):
    return {
        os.fsencode(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def zoo(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo")
    with tarfile.open(corpus / "zoo.tar", errors="surrogateescape") as tar:
        tar.extractall(folder, filter="data")
    return folder / "zoo"


def test_the_zoo_is_indexed_and_left_as_it_was(corpus, zoo, tmp_path):
    before = hashes(zoo)
    report = call(tmp_path / "library", "index", zoo)
    assert hashes(zoo) == before
    failed = {os.fsencode(failure["path"]): failure for failure in report["failed"]}
    assert all(len(failure["reason"]) > 10 for failure in failed.values()), "a reason that a person understands"
    offered = {
        path
        for path in before
        if is_photo_name(os.fsdecode(os.path.basename(path)))
        and not any(map(is_ignored_name, Path(os.fsdecode(os.path.relpath(path, os.fsencode(zoo)))).parts))
    }
    must_fail = {
        os.fsencode(zoo / row["file"])
        for row in rows(corpus / "zoo.csv")
        if row["expected"].startswith(("does not decode", "refused")) and row["file"] != "broken/cut_heic.heic"
    }
    assert must_fail <= set(failed), "cut_heic.heic alone is shown, by its thumbnail"
    must_show = {
        os.fsencode(zoo / row["file"])
        for row in rows(corpus / "zoo.csv")
        if row["expected"].startswith("decodes") and os.fsencode(zoo / row["file"]) in offered
    }
    assert not must_show & set(failed)
    hits = call(tmp_path / "library", "search", "a photo", "--limit", 500, "--every")["hits"]
    found = {os.fsencode(hit["path"]) for hit in hits}
    assert must_show <= found | companions(tmp_path / "library", found)
    again = call(tmp_path / "library", "index", zoo)
    assert (again["added"], again["changed"], again["moved"], again["vanished"]) == (0, 0, 0, 0)
    assert again["failed"] == report["failed"], "listed once, and not tried again"
    assert call(tmp_path / "library", "doctor")["healthy"]


def companions(library, found):
    """Files that are part of a photo that was found, such as the RAW beside a JPEG."""
    return {
        os.fsencode(file["path"])
        for path in found
        for file in call(library, "show", os.fsdecode(path))["files"]
        if len(call(library, "show", os.fsdecode(path))["files"]) > 1
    }


def test_the_library_comes_out_as_labelled(corpus, tmp_path):
    report = call(tmp_path / "library", "index", corpus / "library")
    assert (report["added"], report["failed"]) == (365, [])
    labels = rows(corpus / "labels.csv")
    assert len(labels) == report["added"]
    for label in labels:
        known = call(tmp_path / "library", "show", corpus / "library" / label["path"])
        if any(digit in label["datetime_original"] for digit in "123456789"):
            taken = label["datetime_original"][:19].replace(":", "-", 2).replace(" ", "T")
            assert known["taken"][:19] == taken, label["path"]
        assert (known["gps"] is not None) == (label["gps"] == "1"), label["path"]
        if known["gps"]:
            assert known["gps"]["lat"] == pytest.approx(float(label["lat"]), abs=1e-5)
            assert known["gps"]["lon"] == pytest.approx(float(label["lon"]), abs=1e-5)
        assert known["embedded_with"] == ["mini"]
    cats = call(tmp_path / "library", "search", "a cat", "--limit", 5)["hits"]
    assert sum("Pets" in hit["path"] for hit in cats) >= 3


def test_exact_copies_share_one_embedding(corpus, tmp_path):
    with tarfile.open(corpus / "dupes.tar") as tar:
        tar.extractall(tmp_path / "dupes", filter="data")
    report = call(tmp_path / "library", "index", tmp_path / "dupes")
    assert report["failed"] == []
    groups: dict[str, list[str]] = {}
    for row in rows(corpus / "dupes.csv"):
        if row["expected"].startswith("exact"):
            groups.setdefault(row["group"], []).append(row["file"])
    paths = {Path(path).name: path for path in map(os.fsdecode, hashes(tmp_path / "dupes"))}
    assert groups
    for files in groups.values():
        one = paths[Path(files[0]).name]
        top = call(tmp_path / "library", "similar", one, "--limit", 1)["hits"][0]
        assert top["score"] == pytest.approx(1.0, abs=1e-3)
