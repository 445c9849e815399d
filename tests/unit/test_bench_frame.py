import json
import math

import numpy as np
import pytest

from bench.__main__ import GROUPS, main
from bench.core import vectors
from bench.core.synthetic import Synthetic
from bench.rows import Row, as_json, as_table


@pytest.mark.parametrize(
    ("row", "goal", "holds"),
    [
        (Row("a", 3), None, None),
        (Row("a", "words"), None, None),
        (Row("a", 3, at_most=3), "≤ 3", True),
        (Row("a", 3.1, at_most=3), "≤ 3", False),
        (Row("a", 0.99, at_least=0.99), "≥ 0.99", True),
        (Row("a", 0.98, at_least=0.99), "≥ 0.99", False),
        (Row("a", math.nan, at_least=0), "≥ 0", False),
        (Row("a", math.nan, at_most=0), "≤ 0", False),
    ],
)
def test_a_goal_holds_or_not(row, goal, holds):
    assert (row.goal, row.holds) == (goal, holds)


def test_the_table_is_aligned_and_marks_what_fails():
    rows = [Row("one", 1.23456, "ms", at_most=1, detail="long detail"), Row("the second", 1_234_567)]
    lines = as_table(rows).splitlines()
    assert len(lines) == 4
    assert len({len(line) for line in lines}) == 1
    assert "| 1.235 " in lines[2]
    assert "| NO " in lines[2]
    assert "1,234,567" in lines[3]


def test_json_has_the_promised_keys_and_nulls():
    (one,) = json.loads(as_json([Row("é", 1.5, "ms")]))
    assert one == {"name": "é", "value": 1.5, "unit": "ms", "goal": None, "holds": None, "detail": ""}


def test_an_unknown_group_is_named_with_those_that_exist(capsys):
    assert main(["nonsense"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "nonsense" in err
    assert all(group in err for group in GROUPS)


@pytest.mark.parametrize(("arguments", "vectors"), [([], 100_000), (["--quick"], 25_000), (["--vectors", "7"], 7)])
def test_sizes_have_defaults_and_no_name_runs_the_usual_groups(tmp_path, monkeypatch, capsys, arguments, vectors):
    monkeypatch.setattr("bench.__main__.GROUPS", ("core", "faults", "package"))
    monkeypatch.setattr("bench.faults.MEASUREMENTS", [lambda settings: pytest.fail("faults ran without being named")])
    monkeypatch.setattr("bench.package.MEASUREMENTS", [lambda settings: pytest.fail("package ran without being named")])
    monkeypatch.setattr("bench.core.MEASUREMENTS", [lambda settings: iter([Row("core", settings.vectors)])])
    monkeypatch.setattr("bench.ui.MEASUREMENTS", [])
    assert main(["--json", "--work", str(tmp_path), *arguments]) == 0
    assert [row["value"] for row in json.loads(capsys.readouterr().out)] == [vectors]


def test_json_alone_goes_to_standard_output(tmp_path, monkeypatch, capsys):
    def measure(settings):
        yield Row("looked at", settings.vectors, "vectors", at_least=1)

    monkeypatch.setattr("bench.core.MEASUREMENTS", [measure])
    assert main(["core", "--json", "--vectors", "12", "--work", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert [row["value"] for row in json.loads(out)] == [12]
    assert "looked at" in err


def test_the_vector_rows_come_and_are_right(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("bench.core.MEASUREMENTS", [vectors.measure])
    arguments = ["core", "--json", "--vectors", "400", "--work", str(tmp_path)]
    assert main(arguments) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out) if row["name"].startswith("vectors")}
    assert rows["vectors recall@10, photo queries"]["value"] == 1
    assert rows["vectors search among 1%, right"]["holds"]
    assert rows["vectors search among 10%, right"]["holds"]
    build = rows["vectors build"]["value"]
    assert main(arguments) == 0
    again = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert again["vectors build"]["value"] == build, "built again instead of kept"


def test_made_up_vectors_are_what_they_are_said_to_be():
    made_up = Synthetic(40_000, 512)
    blocks = list(made_up.blocks())
    vectors = np.concatenate(blocks).astype(np.float32)
    assert vectors.shape == (40_000, 512)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert np.array_equal(next(Synthetic(40_000, 512).blocks()), blocks[0])
    assert not np.array_equal(blocks[0], blocks[1])
    apart = vectors[::2000] @ vectors[::2000].T
    assert np.median(apart) == pytest.approx(0.5, abs=0.1)
    photos, words = made_up.photo_queries(50), made_up.word_queries(50)
    assert np.median((photos @ vectors.T).max(axis=1)) > 0.8
    assert np.median((words @ vectors.T).max(axis=1)) == pytest.approx(0.25, abs=0.1)
