"""What the exporter promises, on encoders small enough to try often."""
# pyright: reportMissingImports=false

import json
import shutil

import numpy as np
import pytest

from photofinder.encoder.bundle import load_bundle, verify_bundle
from photofinder.encoder.store import import_bundle
from photofinder.encoder.tokenizer import Tokenizer

pytestmark = [pytest.mark.parity, pytest.mark.timeout(300)]


@pytest.fixture
def main(transformers):
    from models.export_onnx import main

    return main


def test_a_clip_checkpoint_becomes_a_bundle(main, small_clip, tmp_path, capsys):
    out = tmp_path / "mine"
    given = ["--licence", "MIT", "--title", "Mine", "--prompt", "a photo of {}"]
    assert main([str(small_clip), str(out), *given]) == 0
    said = capsys.readouterr().out
    assert "image fp32: worst cosine 1.0" in said or "image fp32: worst cosine 0.99999" in said
    bundle = import_bundle(out, tmp_path / "bundles")
    verify_bundle(bundle)
    assert (bundle.name, bundle.title, bundle.licence, bundle.source) == ("mine", "Mine", "MIT", "small-clip")
    assert (bundle.image.size_px, bundle.image.resize, bundle.image.resample) == (64, "crop", "bicubic")
    assert bundle.image.mean == pytest.approx((0.48145466, 0.4578275, 0.40821073))
    assert (bundle.text.pad_id, bundle.text.context_length, bundle.text.pad_to_context) == (49407, 77, False)
    assert bundle.text.normalise == ()
    assert bundle.text.prompts == ("a photo of {}",)
    assert (bundle.embedding_dim, bundle.logit_bias) == (48, None)
    assert bundle.logit_scale == pytest.approx(np.exp(2.6592), rel=1e-4)


def test_a_siglip_checkpoint_becomes_a_bundle(main, small_siglip, tmp_path):
    out = tmp_path / "theirs"
    assert main([str(small_siglip), str(out), "--precision", "fp16", "--text-precision", "int8"]) == 0
    bundle = load_bundle(out)
    verify_bundle(bundle)
    assert (bundle.image.size_px, bundle.image.resize, bundle.image.resample) == (64, "squash", "bilinear")
    assert (bundle.text.pad_id, bundle.text.context_length, bundle.text.pad_to_context) == (0, 64, True)
    assert bundle.text.normalise == ("lowercase", "strip_punctuation", "collapse_spaces")
    assert isinstance(bundle.logit_bias, float)


def test_nothing_in_a_bundle_tells_of_this_computer(main, small_clip, tmp_path):
    out = tmp_path / "quiet"
    assert main([str(small_clip), str(out)]) == 0
    home, made = str(small_clip.parent).encode(), str(tmp_path).encode()
    for file in out.iterdir():
        content = file.read_bytes()
        assert home not in content
        assert made not in content
        assert b"site-packages" not in content


def test_a_tower_that_answers_otherwise_is_refused_whole(main, small_clip, tmp_path, monkeypatch, capsys):
    from models import precision

    whole = precision.to_float16

    def damaged(model):
        model = whole(model)
        table = max(model.graph.initializer, key=lambda one: len(one.raw_data))
        table.raw_data = bytes(len(table.raw_data))
        return model

    monkeypatch.setattr(precision, "to_float16", damaged)
    assert main([str(small_clip), str(tmp_path / "out" / "broken"), "--precision", "fp16"]) == 1
    assert "does not answer as PyTorch does" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_a_tower_that_ignores_its_question_is_refused(transformers, small_clip, tmp_path):
    """At random weights all pictures look alike, and a constant has a high cosine: the spread tells."""
    import onnx
    import torch

    from models import parity
    from models.checkpoints import load_transformers

    checkpoint = load_transformers(str(small_clip))
    spec = checkpoint.image_spec
    asked = parity.pictures(spec.size_px, spec.mean, spec.std)
    with torch.inference_mode():
        answer = checkpoint.image(torch.from_numpy(asked)).numpy().mean(axis=0, keepdims=True)
    constant = onnx.parser.parse_model(
        '<ir_version: 10, opset_import: ["" : 20]> g (float[n,3,64,64] x) => (float[n,48] y) '
        "{ s = Shape <start=0,end=1>(x)  w = Constant <value_ints=[48]>()"
        "  t = Concat <axis=0>(s, w)  y = Expand(a, t) }"
    )
    constant.graph.initializer.append(onnx.numpy_helper.from_array(answer, "a"))
    onnx.save_model(constant, tmp_path / "constant.onnx")
    found = parity.measure("image", "fp32", checkpoint.image, tmp_path / "constant.onnx", asked)
    assert found.difference > 0.5
    assert not found.holds


def test_a_tower_beyond_one_file_is_refused_with_the_way_out(main, small_clip, tmp_path, monkeypatch, capsys):
    from models import precision

    monkeypatch.setattr(precision, "LIMIT_BYTES", 1000)
    assert main([str(small_clip), str(tmp_path / "out" / "large")]) == 1
    said = capsys.readouterr().err
    assert "at most 2 GiB" in said
    assert "--text-precision" in said
    assert list((tmp_path / "out").iterdir()) == []


def test_weights_beyond_float16_are_refused(main, small_clip, tmp_path, capsys):
    from safetensors.torch import load_file, save_file

    copy = tmp_path / "copy"
    shutil.copytree(small_clip, copy)
    weights = load_file(copy / "model.safetensors")
    weights["text_projection.weight"][0, 0] = 1e5
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert main([str(copy), str(tmp_path / "out"), "--precision", "fp16"]) == 1
    assert "beyond float16" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_left_alone(main, small_clip, tmp_path, capsys):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "letter.txt").write_text("mine")
    assert main([str(small_clip), str(tmp_path / "kept")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert [one.name for one in (tmp_path / "kept").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"crop_size": {"height": 48, "width": 48}}, "one size only"),
        ({"do_center_crop": False}, "Neither a squash"),
        ({"rescale_factor": 0.5}, "1/255"),
        ({"size": {"shortest_edge": 96}, "crop_size": {"height": 96, "width": 96}}, "takes 64"),
    ],
)
def test_a_preparation_no_bundle_can_describe_is_refused(main, small_clip, tmp_path, capsys, changed, reason):
    copy = tmp_path / "copy"
    shutil.copytree(small_clip, copy)
    file = copy / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))
    assert main([str(copy), str(tmp_path / "out")]) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "siglip2"}, "NaFlex"),
        ({"model_type": "bert"}, "only CLIP, SigLIP and SigLIP 2"),
        ({"model_type": "no such thing"}, "cannot read config.json"),
        (None, "cannot read config.json"),
    ],
)
def test_another_kind_of_checkpoint_is_refused(main, tmp_path, capsys, config, reason):
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    assert main([str(folder), str(tmp_path / "out")]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (["preprocessor_config.json"], "cannot read preprocessor_config.json"),
        (["model.safetensors"], "cannot read weights"),
        (["vocab.json", "merges.txt"], "no fast tokenizer: it needs tokenizer.json, or vocab.json"),
        (["merges.txt"], "cannot read tokenizer.json, or vocab.json and merges.txt"),
    ],
)
def test_an_incomplete_checkpoint_is_refused(main, small_clip, tmp_path, capsys, missing, reason):
    shutil.copytree(small_clip, tmp_path / "copy", ignore=shutil.ignore_patterns(*missing))
    assert main([str(tmp_path / "copy"), str(tmp_path / "out")]) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_clip_with_tokenizer_json_alone_is_enough(main, small_clip, tmp_path):
    assert main([str(small_clip), str(tmp_path / "one")]) == 0
    copy = tmp_path / "copy"
    shutil.copytree(small_clip, copy, ignore=shutil.ignore_patterns("vocab.json", "merges.txt"))
    shutil.copyfile(tmp_path / "one" / "tokenizer.json", copy / "tokenizer.json")
    assert main([str(copy), str(tmp_path / "two")]) == 0
    one, two = (Tokenizer(load_bundle(tmp_path / name)) for name in ("one", "two"))
    assert one.encode(["A cat 🐱"])[0].tolist() == two.encode(["A cat 🐱"])[0].tolist()


def test_siglip_without_a_tokenizer_file_is_refused(main, small_siglip, tmp_path, capsys):
    """Older ones have SentencePiece's spiece.model only."""
    shutil.copytree(small_siglip, tmp_path / "copy", ignore=shutil.ignore_patterns("tokenizer.json"))
    assert main([str(tmp_path / "copy"), str(tmp_path / "out")]) == 1
    assert "no fast tokenizer: it needs tokenizer.json" in capsys.readouterr().err


def test_weights_cut_short_or_lacking_a_part_are_refused(main, small_clip, tmp_path, capsys):
    from safetensors.torch import load_file, save_file

    copy = tmp_path / "copy"
    shutil.copytree(small_clip, copy)
    weights = copy / "model.safetensors"
    kept = {name: value for name, value in load_file(weights).items() if name != "text_projection.weight"}
    save_file(kept, weights, metadata={"format": "pt"})
    assert main([str(copy), str(tmp_path / "out")]) == 1
    assert "Weights are missing" in capsys.readouterr().err
    weights.write_bytes(weights.read_bytes()[:5000])
    assert main([str(copy), str(tmp_path / "out")]) == 1
    assert "cannot read weights" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["open_clip:ViT-B-32"], ["x", "--weights", "w.pt"], ["x", "--prompt", "a photo"]])
def test_arguments_that_make_no_sense_are_usage(main, tmp_path, given):
    with pytest.raises(SystemExit) as stopped:
        main([given[0], str(tmp_path / "out"), *given[1:]])
    assert stopped.value.code == 2


def test_open_clip_is_asked_for_in_words(main, tmp_path, capsys):
    try:
        import open_clip  # noqa: F401
    except ImportError:
        assert main(["open_clip:ViT-B-32", str(tmp_path / "out"), "--weights", "w.pt"]) == 1
        assert "open_clip is not installed" in capsys.readouterr().err
    else:
        assert main(["open_clip:ViT-B-32", str(tmp_path / "out"), "--weights", "w.pt"]) == 1
        assert "no weights file" in capsys.readouterr().err
