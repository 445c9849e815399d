import copy
import json
import shutil
import subprocess
import sys

import pytest

from photofinder.core.errors import BundleProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder.bundle import Constant, load_bundle, parse_bundle, verify_bundle

MINI = resources_dir() / "bundles" / "mini"


@pytest.fixture
def document():
    return json.loads((MINI / "bundle.json").read_text(encoding="utf-8"))


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(MINI, tmp_path / "mini")


def put(document, path, value):
    *parents, last = path.split("/")
    place = document
    for parent in parents:
        place = place[parent]
    if value is KeyError:
        del place[last]
    else:
        place[last] = value


def test_the_bundled_encoder_is_what_its_description_says():
    bundle = load_bundle(MINI)
    verify_bundle(bundle)
    assert (bundle.name, bundle.embedding_dim, bundle.image.size_px) == ("mini", 256, 96)
    assert bundle.text.prompts == ("{}", "a photo of a {}", "a photo of {}")
    assert bundle.size_bytes == sum((MINI / file.name).stat().st_size for file in bundle.files)
    assert (MINI / "MODEL_CARD.md").is_file()


def test_listing_bundles_imports_neither_numpy_nor_onnxruntime():
    code = (
        "import sys; import photofinder.encoder.bundle, photofinder.encoder.catalog;"
        "print(sorted({'numpy', 'onnxruntime', 'tokenizers', 'PIL', 'urllib.request'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("format", 2, "format"),
        ("format", True, "format"),
        ("name", "Mini Me", "name"),
        ("name", "../mini", "name"),
        ("title", " ", "title"),
        ("licence", KeyError, "licence"),
        ("embedding_dim", 0, "embedding_dim"),
        ("embedding_dim", "256", "embedding_dim"),
        ("logit_scale", "high", "logit_scale"),
        ("logit_scale", float("nan"), "logit_scale"),
        ("image", [], "image"),
        ("image/file", "../image.onnx", "image.file"),
        ("image/file", "sub/image.onnx", "image.file"),
        ("image/file", "sub\\image.onnx", "image.file"),
        ("image/file", "/etc/passwd", "image.file"),
        ("image/file", "other.onnx", "image.file"),
        ("image/size_px", 4, "image.size_px"),
        ("image/resize", "pad", "image.resize"),
        ("image/resample", "cubic", "image.resample"),
        ("image/mean", [0, 0], "image.mean"),
        ("image/mean", [0, 0, True], "image.mean"),
        ("image/std", [1, 1, 0], "image.std"),
        ("image/constant_inputs", {"x": [[1, 2], [3]]}, "image.constant_inputs.x"),
        ("image/constant_inputs", {"x": []}, "image.constant_inputs.x"),
        ("image/constant_inputs", {"x": {"shape": [0, 2]}}, "image.constant_inputs.x.shape"),
        ("image/constant_inputs", {"x": {"shape": [99999, 99999]}}, "image.constant_inputs.x.shape"),
        ("text/id_type", "float32", "text.id_type"),
        ("text/attention_mask", 1, "text.attention_mask"),
        ("text/context_length", 1, "text.context_length"),
        ("text/pad_id", -1, "text.pad_id"),
        ("text/pad_to_context", 0, "text.pad_to_context"),
        ("text/normalise", ["lowercase", "stem"], "text.normalise"),
        ("text/normalise", "lowercase", "text.normalise"),
        ("text/prompts", [], "text.prompts"),
        ("text/prompts", ["a photo"], "text.prompts"),
        ("text/prompts", [1], "text.prompts"),
        ("tokenizer/kind", "sentencepiece", "tokenizer.kind"),
        ("tokenizer/file", KeyError, "tokenizer.file"),
        ("files/image.onnx", KeyError, "image.file"),
        ("files/image.onnx/sha256", "abc", "files.image.onnx.sha256"),
        ("files/image.onnx/bytes", 0, "files.image.onnx.bytes"),
        ("files/..", {"sha256": "0" * 64, "bytes": 1}, "files..."),
        ("files/bundle.json", {"sha256": "0" * 64, "bytes": 1}, "files.bundle.json"),
        ("files/IMAGE.onnx", {"sha256": "0" * 64, "bytes": 1}, "upper and lower case"),
    ],
)
def test_a_wrong_field_is_named(document, tmp_path, path, value, named):
    put(document, path, value)
    with pytest.raises(BundleProblem) as caught:
        parse_bundle(document, tmp_path)
    assert named in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '"mini"', "null", "\x00", "[" * 100_000])
def test_a_description_that_is_not_json_is_a_problem_with_the_bundle(tmp_path, text):
    (tmp_path / "bundle.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleProblem):
        load_bundle(tmp_path)


def test_a_description_in_another_encoding_is_a_problem_with_the_bundle(tmp_path):
    (tmp_path / "bundle.json").write_bytes(b'{"title": "\xff"}')
    with pytest.raises(BundleProblem, match="JSON"):
        load_bundle(tmp_path)


def test_a_folder_without_description_is_not_a_bundle(tmp_path):
    with pytest.raises(BundleProblem, match="not a bundle"):
        load_bundle(tmp_path)


def test_cut_and_missing_files_are_found_without_hashing(copied):
    path = copied / "text.onnx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BundleProblem, match=r"text\.onnx has .* bytes instead of"):
        load_bundle(copied)
    path.unlink()
    with pytest.raises(BundleProblem, match=r"text\.onnx is missing"):
        load_bundle(copied)


def test_an_altered_file_of_the_right_size_is_found_by_verifying(copied):
    path = copied / "tokenizer.json"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    bundle = load_bundle(copied)
    with pytest.raises(BundleProblem, match=r"tokenizer\.json is not what bundle mini was made of"):
        verify_bundle(bundle)


def test_the_space_changes_with_what_changes_embeddings_of_photos_only(document, tmp_path):
    def space(path=None, value=None):
        changed = copy.deepcopy(document)
        if path:
            put(changed, path, value)
        return parse_bundle(changed, tmp_path).space

    same = space()
    assert len(same) == 32
    assert int(same, 16)
    assert space("text/prompts", ["{}"]) == same
    assert space("title", "another") == same
    assert space("image/resample", "bilinear") != same
    assert space("image/resize", "crop") != same
    assert space("image/mean", [0, 0, 0]) != same
    assert space("files/image.onnx/sha256", "0" * 64) != same


def test_neither_the_folder_nor_the_order_of_files_names_a_bundle(document, tmp_path, copied):
    reordered = {**document, "files": dict(reversed(document["files"].items()))}
    assert parse_bundle(reordered, tmp_path).digest == load_bundle(MINI).digest
    assert load_bundle(copied).space == load_bundle(MINI).space


def test_constants_are_lists_or_a_shape_with_a_value(document, tmp_path):
    document["image"]["constant_inputs"] = {
        "input_ids": [[49406, 49407]],
        "pixel_values": {"shape": [1, 3, 8, 8], "value": 0.5},
        "zeros": {"shape": [2]},
    }
    constants = dict(parse_bundle(document, tmp_path).image.constant_inputs)
    assert constants["input_ids"] == Constant((1, 2), (49406, 49407))
    assert constants["pixel_values"] == Constant((1, 3, 8, 8), (0.5,))
    assert constants["zeros"] == Constant((2,), (0,))
