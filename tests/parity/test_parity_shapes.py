"""The true architectures at random weights: CLIP ViT-B/32 and SigLIP 2 base patch16-224, all precisions.

SigLIP 2's word table alone holds 256,000 x 768 values: this takes minutes, 6 GB of memory and as much disk.
"""
# pyright: reportMissingImports=false

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from photofinder.encoder.bundle import Bundle, load_bundle, verify_bundle
from photofinder.encoder.preprocess import prepare
from photofinder.encoder.sessions import ImageEncoder, TextEncoder
from photofinder.encoder.tokenizer import Tokenizer
from tests.parity import checkpoint_folders

pytestmark = [pytest.mark.parity, pytest.mark.timeout(1500)]

CPU = ["CPUExecutionProvider"]
FACTS = {
    "name": "shape",
    "title": "Shape",
    "version": "1",
    "licence": "none",
    "source": "random",
    "revision": "",
    "prompts": ["{}"],
}


@dataclass(frozen=True)
class Exported:
    checkpoint: Any
    full: Bundle
    small: Bundle
    found: list[Any]


@pytest.fixture(scope="module", params=["clip", "siglip2"])
def exported(request, transformers, tmp_path_factory):
    """One checkpoint, its fp32 bundle, and its bundle of fp16 pictures and int8 words."""
    from models.checkpoints import load_transformers
    from models.export_onnx import export

    work: Path = tmp_path_factory.mktemp(request.param)
    write = checkpoint_folders.write_clip if request.param == "clip" else checkpoint_folders.write_siglip2
    write(work / "checkpoint")
    checkpoint = load_transformers(str(work / "checkpoint"))
    shutil.rmtree(work / "checkpoint")
    found = [
        *export(checkpoint, work / "full", FACTS, "fp32", "fp32"),
        *export(checkpoint, work / "small", FACTS, "fp16", "int8"),
    ]
    yield Exported(checkpoint, load_bundle(work / "full"), load_bundle(work / "small"), found)
    shutil.rmtree(work)  # gigabytes, which pytest would keep for three runs


def test_every_tower_answers_as_pytorch_does(exported):
    for one in exported.found:
        print(one)
    image, text, image_half, text_int8 = exported.found
    assert min(image.cosine, text.cosine) >= 0.9999
    assert max(image.difference, text.difference) <= 1e-4
    assert image_half.cosine >= 0.9999
    assert text_int8.cosine >= 0.99
    assert all(one.holds for one in exported.found)


def test_text_in_float16_answers_as_pytorch_does(exported, tmp_path):
    import onnx

    from models import parity, precision

    model = precision.to_float16(onnx.load(exported.full.folder / "text.onnx"))
    precision.save(model, tmp_path / "text.onnx")
    ids, _ = Tokenizer(exported.full).encode(parity.SENTENCES)
    found = parity.measure("text", "fp16", exported.checkpoint.text, tmp_path / "text.onnx", ids)
    (tmp_path / "text.onnx").unlink()
    assert found.cosine >= 0.9999
    assert found.holds


@pytest.mark.parametrize("which", ["full", "small"])
def test_a_batch_of_any_size_answers_as_one_by_one(exported, which):
    from models import parity

    bundle: Bundle = getattr(exported, which)
    asked = {
        "image": parity.pictures(bundle.image.size_px, bundle.image.mean, bundle.image.std),
        "text": Tokenizer(bundle).encode(parity.SENTENCES)[0],
    }
    for tower, given in asked.items():
        session = onnxruntime.InferenceSession(bundle.folder / f"{tower}.onnx", providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        alone = np.concatenate([np.asarray(session.run(None, {name: one[None]})[0]) for one in given[:8]])
        # Dynamic int8 takes one scale for the whole batch's activations: company changes an answer a little.
        close = 2e-2 if (which, tower) == ("small", "text") else 1e-5
        for size in (1, 3, 8):
            together = np.asarray(session.run(None, {name: given[:size]})[0])
            assert together.shape == (size, bundle.embedding_dim)
            assert together.dtype == np.float32
            lengths = np.linalg.norm(together, axis=1) * np.linalg.norm(alone[:size], axis=1)
            assert (1 - (together * alone[:size]).sum(axis=1) / lengths).max() < close


def test_the_files_are_as_large_as_their_weights(exported):
    """float16 halves, int8 quarters: nothing is stored twice."""
    verify_bundle(exported.full)
    sizes = {
        (which, file.name): file.size_bytes
        for which, bundle in (("full", exported.full), ("small", exported.small))
        for file in bundle.files
    }
    assert sizes["small", "image.onnx"] / sizes["full", "image.onnx"] == pytest.approx(0.5, abs=0.01)
    assert sizes["small", "text.onnx"] / sizes["full", "text.onnx"] == pytest.approx(0.25, abs=0.02)


def test_padding_changes_no_query_where_the_encoder_is_causal(exported):
    """CLIP looks backwards only, so a query answers the same alone and beside a longer one."""
    if exported.full.text.pad_to_context:
        pytest.skip("SigLIP is always padded to its whole context")
    session = onnxruntime.InferenceSession(exported.full.folder / "text.onnx", providers=CPU)
    tokenizer = Tokenizer(exported.full)
    alone, beside = (
        np.asarray(session.run(None, {"input_ids": tokenizer.encode(texts)[0]})[0])
        for texts in (["a cat"], ["a cat", "a dog asleep on a red sofa"])
    )
    assert np.allclose(alone[0], beside[0], atol=1e-5)


def test_the_program_embeds_as_transformers_does(exported, transformers):
    """From pixels and words to unit vectors: our whole way against the reference's whole way."""
    import torch

    bundle, model = exported.full, exported.checkpoint.image.whole
    random = np.random.default_rng(11)
    as_typed = bundle.image.resize == "crop"  # CLIP's tokenizer lowers case itself
    photos = [
        np.kron(random.integers(0, 256, (h, w, 3)), np.ones((16, 16, 1))).astype(np.uint8)
        for h, w in ((20, 30), (31, 17), (14, 14), (9, 60))
    ]
    if as_typed:
        processor = transformers.CLIPImageProcessorPil()
    else:
        half = [0.5] * 3
        processor = transformers.SiglipImageProcessorPil(image_mean=half, image_std=half, resample=2)
    words = ["a cat", "Two DOGS asleep", "the sea at sunset " * 40]
    with torch.inference_mode():
        pixels = processor(photos, return_tensors="pt")["pixel_values"]
        expected_photos = model.get_image_features(pixel_values=pixels).pooler_output.numpy()
        asked = words if as_typed else [one.strip().lower() for one in words]
        rows = [exported.checkpoint.tokenizer.encode(one).ids for one in asked]
        end, length = rows[0][-1], bundle.text.context_length
        rows = [[*row[: length - 1], end] if len(row) > length else row for row in rows]
        padded = torch.tensor([row + [bundle.text.pad_id] * (length - len(row)) for row in rows])
        expected_words = model.get_text_features(input_ids=padded).pooler_output.numpy()
    batch = np.stack([prepare(one, bundle.image) for one in photos])
    images = ImageEncoder(bundle, "cpu", threads=2).embed(batch)
    texts = TextEncoder(bundle, threads=2)
    for found, expected in ((images, expected_photos), (texts.embed(words), expected_words)):
        unit = expected / np.linalg.norm(expected, axis=1, keepdims=True)
        spread = np.linalg.norm(unit - unit.mean(axis=0), axis=1).mean()
        assert (found * unit).sum(axis=1).min() >= 0.9999
        assert np.linalg.norm(found - unit, axis=1).max() <= 0.02 * spread
    assert np.allclose(texts.embed_query(words[0]), texts.embed(words[:1])[0], atol=1e-6)
