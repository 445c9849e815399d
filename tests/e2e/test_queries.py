"""Queries from the command line, on real photographs with the bundled encoder."""

import json
import shutil
from pathlib import Path

import pytest

from photofinder.cli.main import run


@pytest.fixture(scope="module")
def library(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("queries")
    photos = folder / "photos"
    for name, inner in (
        ("chelsea.png", "pets"),
        ("coffee.png", "food"),
        ("rocket.jpg", "space"),
        ("astronaut.png", "x"),
    ):
        (photos / inner).mkdir(parents=True)
        shutil.copy2(samples / name, photos / inner / name)
    shutil.copy2(photos / "pets" / "chelsea.png", photos / "space" / "copy of a cat.png")
    assert run(["index", str(photos), "--library", str(folder / "library"), "--json"]) == 0
    return folder / "library"


@pytest.fixture
def call(library, capsys):
    def run_it(*arguments, expect=0):
        capsys.readouterr()
        code = run([*map(str, arguments), "--library", str(library), "--json"])
        out, err = capsys.readouterr()
        assert code == expect, err
        return json.loads(out) if not expect else err

    return run_it


def names(document):
    return {Path(hit["path"]).name for hit in document["hits"]}


def test_filters_and_words_together(call):
    assert names(call("search", "folder:food")) == {"coffee.png"}
    assert names(call("search", "type:jpeg OR folder:food")) == {"coffee.png", "rocket.jpg"}
    assert names(call("search", "is:copy", "--every")) == {"chelsea.png", "copy of a cat.png"}
    assert names(call("search", "a cat -type:png")) == {"rocket.jpg"}
    assert names(call("search", '"of a cat"')) == {"copy of a cat.png"}


def test_copies_are_one_hit_with_a_count_and_every_part_says_how_it_matched(call):
    found = call("search", "a cat type:png", "--limit", 1)
    (hit,) = found["hits"]
    assert hit["alike"] == 1
    assert [(why["part"], why["how"]) for why in hit["why"]][-2:] == [("a cat", "looks"), ("type:png", "filter")]
    assert found["found"] == 4
    assert sum(found["cut"].values()) == 4
    assert len(call("search", "a cat type:png", "--every")["hits"]) == 4


def test_an_exact_file_name_is_never_hidden(call):
    first = call("search", "rocket")["hits"][0]
    assert Path(first["path"]).name == "rocket.jpg"
    first = call("search", "coffee.png")["hits"][0]
    assert (Path(first["path"]).name, first["strength"]) == ("coffee.png", "strong")
    assert first["why"][0]["how"] == "file name"


def test_an_example_and_words_mix(call, library):
    cat = library.parent / "photos" / "pets" / "chelsea.png"
    found = call("search", f'like:"{cat}"', "--every")
    assert names({"hits": found["hits"][:2]}) == {"chelsea.png", "copy of a cat.png"}
    assert found["cut"] is None
    assert call("search", f'coffee like:"{cat}"^0.1')["hits"][0]["path"].endswith("coffee.png")


def test_problems_are_said_with_their_place(call):
    assert "(at character 7)" in call("search", 'a cat "dog', expect=1)
    assert "Did you mean" in call("search", "camra:canon", expect=1)
    assert "No place called" in call("search", "near:xqzxqzx", expect=1)


def test_albums_keep_the_question(call):
    call("search", "folder:food OR folder:space", "--save", "Some")
    assert call("albums") == {
        "albums": [{"name": "Some", "query": "folder:food OR folder:space", "photos": 3, "problem": None}]
    }
    assert names(call("search", "--album", "Some")) == {"coffee.png", "rocket.jpg", "copy of a cat.png"}
    assert "no album" in call("search", "--album", "Other", expect=1)
    assert call("albums", "--remove", "Some") == {"albums": []}
    assert "no words" in call("search", "  ", expect=1)


def test_people_see_the_good_ones_and_what_is_hidden(library, capsys):
    assert run(["search", "a submarine", "--library", str(library)]) == 0
    out, _ = capsys.readouterr()
    assert "--all" in out
    assert run(["search", "a submarine", "--all", "--library", str(library)]) == 0
    out, _ = capsys.readouterr()
    assert "rocket.jpg" in out
