"""docs/search.md tells the truth: all its examples are read, by fields that exist, and none is left out."""

import re
from pathlib import Path

import pytest

from photofinder.library.query import QuerySyntaxProblem, parse, text_of
from photofinder.library.query.fields import FIELDS, HAS, IS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
NOT_QUERIES = re.compile(r"photofinder .*|--.*|raw|last-|within|OR|not|[<>]=?|\*|\?|\w+:|")
EXAMPLES = [text for text in re.findall(r"`([^`]+)`", DOCUMENT) if not NOT_QUERIES.fullmatch(text)]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_read_and_written_down_again(example):
    tree = parse(example)
    assert parse(text_of(tree)) == tree


def test_there_are_examples_of_every_field_and_of_every_fixed_value():
    assert len(EXAMPLES) > 60
    for name in FIELDS:
        assert any(f"{name}:" in example for example in EXAMPLES), name
    for name, values in (("has", HAS), ("is", IS)):
        assert {f"{name}:{value}" for value in values} <= set(EXAMPLES)


def test_the_message_that_is_shown_is_the_one_that_comes():
    (told,) = re.findall(r"`photofinder: (A quotation mark[^`]*)`", DOCUMENT)
    with pytest.raises(QuerySyntaxProblem) as caught:
        parse('cat "dog')
    assert caught.value.what == told
