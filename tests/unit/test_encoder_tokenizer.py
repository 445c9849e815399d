import dataclasses
import json

import numpy as np
import pytest
from tokenizers import Tokenizer as LibraryTokenizer
from tokenizers import models, pre_tokenizers, processors

from photofinder.core.errors import BundleProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder.bundle import load_bundle
from photofinder.encoder.tokenizer import Tokenizer

MINI = load_bundle(resources_dir() / "bundles" / "mini")
START, END = 2, 3


@pytest.fixture
def words(tmp_path):
    """Makes bundles whose tokenizer knows five words and puts <s> and </s> around them."""
    vocabulary = {
        "<pad>": 0,
        "<s>": START,
        "</s>": END,
        "<?>": 4,
        "a": 5,
        "red": 6,
        "cat": 7,
        "and": 8,
        "dog": 9,
    }
    library = LibraryTokenizer(models.WordLevel(vocabulary, unk_token="<?>"))
    library.pre_tokenizer = pre_tokenizers.Whitespace()
    library.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", START), ("</s>", END)]
    )
    library.enable_padding(pad_id=1, length=50)
    library.enable_truncation(40)
    library.save(str(tmp_path / "tokenizer.json"))

    def bundle(**rules):
        return dataclasses.replace(MINI, folder=tmp_path, text=dataclasses.replace(MINI.text, **rules))

    return bundle


def test_ids_are_padded_to_the_longest_text_with_the_bundles_pad_id(words):
    ids, mask = Tokenizer(words(pad_id=1)).encode(["a red cat", "dog"])
    assert ids.tolist() == [[2, 5, 6, 7, 3], [2, 9, 3, 1, 1]]
    assert mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    assert ids.dtype == mask.dtype == np.int64


def test_padding_and_cutting_written_into_the_file_do_not_count(words):
    ids, _ = Tokenizer(words(pad_to_context=True, context_length=6, id_type="int32")).encode(["cat"])
    assert ids.tolist() == [[2, 7, 3, 0, 0, 0]]
    assert ids.dtype == np.int32


def test_an_over_long_text_keeps_its_end_token_last(words):
    ids, mask = Tokenizer(words(context_length=5)).encode(["a red cat and a dog"])
    assert ids.tolist() == [[2, 5, 6, 7, 3]]
    assert mask.all()


def test_the_empty_text_and_no_text_at_all(words):
    ids, mask = Tokenizer(words()).encode([""])
    assert (ids.tolist(), mask.tolist()) == ([[2, 3]], [[1, 1]])
    ids, mask = Tokenizer(words()).encode([])
    assert ids.shape == mask.shape == (0, 1)


@pytest.mark.parametrize(
    ("steps", "text", "expected"),
    [
        ((), " A  Red_CAT! ", " A  Red_CAT! "),
        (("lowercase",), "A Red CAT ÉÑ", "a red cat éñ"),
        (("strip_punctuation", "collapse_spaces"), " it's  a red_cat -- isn't it? ", "its a red cat isnt it"),
        (("lowercase", "strip_punctuation", "collapse_spaces"), "A_Red,\tCAT\n«é»", "a red cat «é»"),
        (("collapse_spaces", "strip_punctuation"), "a - b", "a  b"),
    ],
)
def test_text_is_normalised_in_the_order_of_the_steps(words, steps, text, expected):
    assert Tokenizer(words(normalise=steps)).normalise(text) == expected


def test_normalising_comes_before_tokenizing(words):
    steps = ("lowercase", "strip_punctuation", "collapse_spaces")
    ids, _ = Tokenizer(words(normalise=steps)).encode(["A, RED... cat!"])
    assert ids.tolist() == [[2, 5, 6, 7, 3]]


@pytest.mark.parametrize("text", ["\ud800", "\x00", "🐈‍⬛", "猫", "e\u0301", "\u202egnp", "x" * 100_000, "\n"])
def test_whatever_a_person_can_type_has_ids(text):
    ids, mask = Tokenizer(MINI).encode([text])
    assert ids.shape == mask.shape
    assert 2 <= ids.shape[1] <= MINI.text.context_length
    assert (ids >= 0).all()
    assert (ids < 16_000).all()


@pytest.mark.parametrize("content", ["", "{}", "not json", json.dumps({"version": "1.0", "model": {"type": "BPE"}})])
def test_a_file_that_is_no_tokenizer_is_a_problem_with_the_bundle(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(BundleProblem, match="not a tokenizer"):
        Tokenizer(dataclasses.replace(MINI, folder=tmp_path))
