"""Our tokens against those of transformers' tokenizers, one by one, on a thousand strings."""
# pyright: reportMissingImports=false
# ruff: noqa: RUF001 - letters that look like others are the point

import random

import pytest
from tokenizers import Tokenizer as LibraryTokenizer

from models.bundle_folder import write_description
from photofinder.encoder.bundle import load_bundle
from photofinder.encoder.tokenizer import Tokenizer
from tests.parity import checkpoint_folders

pytestmark = pytest.mark.parity

BY_HAND = [
    "",
    " ",
    "\t\n\r  ",
    "a",
    "A PHOTO OF A CAT",
    "a photo of a cat.",
    "  leading and   inner \u00a0 spaces  ",
    "don't you'll we've I'm it's O'Neill'S",
    "e-mail, co-operate; (brackets) [more] {and} <less>",
    "snake_case and __dunder__",
    "f/1.8 1/250s ISO 3200 50mm",
    "2024-07-14 18:03:59 +02:00",
    "100% €5.99 £3 ¥1000 ½ ²³ №7 ①②",
    "Straße ÆØÅ İstanbul ıI ﬁne ﬃ ſ ΑΣ ΟΔΟΣ",
    "cafe\u0301 café na\u0131\u0308ve Z\u0351\u036b\u0343\u036a\u0302\u034f\u0334\u0319a\u0300lgo",
    "\u1112\u1161\u11ab\u1100\u1173\u11af 한글",
    "東京の夜 富士山と桜 北京的秋天",
    "قطة على السطح \u200fمرحبا\u200e",
    "חתול על הגג שָׁלוֹם",
    "кошка на крыше",
    "हिन्दी में बिल्ली தமிழ் ไทยแมว",
    "🐱 🐶🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇯🇵 ❤️ ☎︎ 1️⃣",
    "🐱" * 200,
    "a\u0000b\u0001c\u001fd\u007fe\u0085f\u200bg\u2028h\ufeffi\ufffdj",
    "\u202eright to left\u202c",
    "<|startoftext|> a cat <|endoftext|>",
    "<|endoftext|>",
    "<pad><eos><bos><unk> <0x41> ▁ under",
    "&amp; &lt;b&gt; %20 \\n",
    "http://example.com/a?b=c&d=e#f C:\\photos\\cat.jpg",
    "word " * 300,
    "x" * 3000,
    "wordwordword" * 60,
    "東" * 500,
    "\u0301" * 100,
    "\U0010ffff\ue000\ufdd0",
    "𝓕𝓪𝓷𝓬𝔂 ｆｕｌｌｗｉｄｔｈ",
]
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz ",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabc  .,;:!?'\"-_/",
    "0123456789.,:/- ",
    "äöüßéèêçñøåæœłżžčšđğışțûÄÖÜÉÇÑØÅ ",
    "αβγδεζηθικλμνξοπρστυφχψωςΩΣ абвгдежзийклмнопрстуфхцчшщъыьэюя ",
    "東京北上海山川日本語写真猫犬花桜海空夜雪のとをはがアイウエオ한글사진 ",
    "قطةعلىالسطحمرحبا חתולעלהגג ",
    "🐱🐶🌅🏔️🚗🎂👩‍🚀🇫🇷❤️‍🔥 ",
    "ae\u0301o\u0308n\u0303\u0327\u0323\u200d\u200b\ufe0f\u00ad ",
    "\u0000\u0001\u0009\u000a\u000d\u001b\u007f\u0085\u00a0\u2003\u2028\u3000ab",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ a",
)
WORDS = "a photo of the cat dog's sunset beach don't 2 people in Paris, at night! red-brick snow_covered"


def strings() -> list[str]:
    """A thousand, the same every time."""
    chance = random.Random(3)
    made = list(BY_HAND)
    while len(made) < 1000:
        kind = chance.randrange(4)
        if kind == 0:
            made.append(" ".join(chance.choices(WORDS.split(), k=chance.randint(1, 12))))
        elif kind == 1:
            made.append("".join(chance.choices(chance.choice(ALPHABETS), k=chance.randint(1, 40))))
        elif kind == 2:
            pieces = ["".join(chance.choices(letters, k=4)) for letters in chance.sample(ALPHABETS, 4)]
            made.append(chance.choice(["", " "]).join(pieces))
        else:
            points = (chance.randrange(0x20, 0x30000) for _ in range(chance.randint(1, 12)))
            made.append("".join(chr(point) for point in points if not 0xD800 <= point < 0xE000))
    return made


def ours(folder, tokenizer: LibraryTokenizer, text: dict) -> Tokenizer:
    """Our tokenizer over a bundle that has no towers worth the name."""
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    for tower in ("image.onnx", "text.onnx"):
        (folder / tower).write_bytes(b"none")
    description = {
        "name": "tokens",
        "title": "Tokens",
        "version": "1",
        "licence": "none",
        "source": "here",
        "revision": "",
        "embedding_dim": 8,
        "image": {
            "file": "image.onnx",
            "input": "pixel_values",
            "output": "image_embeds",
            "size_px": 224,
            "resize": "squash",
            "resample": "bicubic",
            "mean": [0, 0, 0],
            "std": [1, 1, 1],
        },
        "text": {
            "file": "text.onnx",
            "input": "input_ids",
            "output": "text_embeds",
            "id_type": "int64",
            "attention_mask": None,
            "prompts": ["{}"],
            **text,
        },
        "tokenizer": {"kind": "tokenizers-json", "file": "tokenizer.json"},
        "logit_scale": None,
        "logit_bias": None,
    }
    write_description(folder, description)
    return Tokenizer(load_bundle(folder))


def first_difference(texts, found, expected):
    return [(text, a, b) for text, a, b in zip(texts, found, expected, strict=True) if a != b][:1]


def test_clip_token_for_token(transformers, clip_tokenizer_folder, tmp_path):
    from models.checkpoints import read_tokenizer

    exported, pad_id = read_tokenizer(str(clip_tokenizer_folder), None, siglip=False)
    text = {
        "context_length": 77,
        "pad_id": pad_id,
        "pad_to_context": False,
        "normalise": [],
    }
    tokenizer = ours(tmp_path / "bundle", exported, text)
    reference = transformers.CLIPTokenizer.from_pretrained(clip_tokenizer_folder)
    texts = strings()
    expected = reference(texts, truncation=True, max_length=77, padding="longest")
    ids, mask = tokenizer.encode(texts)
    assert len(texts) == 1000
    assert first_difference(texts, ids.tolist(), expected["input_ids"]) == []
    assert first_difference(texts, mask.tolist(), expected["attention_mask"]) == []
    cut = ids[texts.index("word " * 300)]
    assert (len(cut), cut[0], cut[-1]) == (77, 49406, 49407)


def test_siglip2_token_for_token(transformers, tmp_path):
    """The whole SigLIP 2 path, but for Gemma's own vocabulary, which is not to be had here.

    The reference is transformers' Siglip2Tokenizer after SiglipTokenizer's canonicalisation, with underscores
    made spaces first as open_clip does. It pads with 0 to 64 and ends with 1.
    """
    pytest.importorskip("sentencepiece", reason="transformers' SiglipTokenizer imports it")
    from transformers.models.siglip.tokenization_siglip import SiglipTokenizer

    from models.checkpoints import read_tokenizer

    folder = tmp_path / "checkpoint"
    checkpoint_folders.write_gemma_like_tokenizer(folder)
    (folder / "config.json").write_text('{"model_type": "siglip"}')
    exported, pad_id = read_tokenizer(str(folder), None, siglip=True)
    normalise = ["lowercase", "strip_punctuation", "collapse_spaces"]
    text = {
        "context_length": 64,
        "pad_id": pad_id,
        "pad_to_context": True,
        "normalise": normalise,
    }
    tokenizer = ours(tmp_path / "bundle", exported, text)
    texts = strings()

    rules = SiglipTokenizer.__new__(SiglipTokenizer)
    rules.__dict__["do_lower_case"] = True
    canonical = [SiglipTokenizer.canonicalize_text(rules, one.replace("_", " ")) for one in texts]
    reference = transformers.Siglip2Tokenizer.from_pretrained(folder)
    plain = reference(canonical, add_special_tokens=False)["input_ids"]
    expected = [(row[:63] + [1] + [0] * 64)[:64] for row in plain]
    ids, mask = tokenizer.encode(texts)
    assert first_difference(texts, ids.tolist(), expected) == []
    assert [sum(row) for row in mask.tolist()] == [min(len(row), 63) + 1 for row in plain]
    cut = ids[texts.index("word " * 300)]
    assert (len(cut), cut[-1]) == (64, 1)
    assert ids[0].tolist() == [1] + [0] * 63


def test_the_trained_tokenizer_is_a_fair_stand_in(tmp_path):
    """It knows words and falls back on bytes; else the test above says little."""
    checkpoint_folders.write_gemma_like_tokenizer(tmp_path)
    tokenizer = LibraryTokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("a cat 🐱").tokens == ["a", "▁cat", "▁", "<0xF0>", "<0x9F>", "<0x90>", "<0xB1>"]
