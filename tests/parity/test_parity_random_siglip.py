"""The bundle for measuring speed: a true bundle of SigLIP 2 base's form. Needs onnx, not torch."""
# pyright: reportMissingImports=false

import subprocess
import sys

import numpy as np
import pytest

from photofinder.encoder.bundle import load_bundle, verify_bundle
from photofinder.encoder.preprocess import prepare
from photofinder.encoder.sessions import ImageEncoder, TextEncoder

onnx = pytest.importorskip("onnx", reason="needs onnx, which writes the graph")


@pytest.fixture(scope="module")
def shallow(tmp_path_factory):
    """Two layers instead of twelve: the same graph in a tenth of the time."""
    from models.random_siglip import Form, write_random_siglip

    folder = tmp_path_factory.mktemp("bundles") / "shallow"
    write_random_siglip(folder, Form(layers=2))
    return load_bundle(folder)


def test_it_embeds_photos_in_batches_of_any_size(shallow):
    verify_bundle(shallow)
    random = np.random.default_rng(5)
    photos = [random.integers(0, 256, (50 + 10 * n, 80, 3), np.uint8) for n in range(8)]
    batch = np.stack([prepare(photo, shallow.image) for photo in photos])
    encoder = ImageEncoder(shallow, "cpu", threads=2)
    alone = np.concatenate([encoder.embed(one[None]) for one in batch])
    for size in (1, 3, 8):
        assert np.allclose(encoder.embed(batch[:size]), alone[:size], atol=1e-4)
    assert (alone @ alone.T - np.eye(8)).max() < 0.9999  # it looks at its photos


def test_it_answers_words(shallow):
    encoder = TextEncoder(shallow)
    found = encoder.embed(["a cat", "富士山 🐱", ""])
    assert found.shape == (3, 768)
    assert np.allclose(encoder.embed(["a cat"])[0], found[0], atol=1e-5)


def test_the_same_seed_gives_the_same_files(shallow, tmp_path):
    from models.random_siglip import Form, write_random_siglip

    write_random_siglip(tmp_path / "again", Form(layers=2))
    assert load_bundle(tmp_path / "again").digest == shallow.digest
    with pytest.raises(FileExistsError):
        write_random_siglip(tmp_path / "again", Form(layers=2))


def test_the_command_needs_a_folder():
    done = subprocess.run([sys.executable, "models/random_siglip.py"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"OUT_FOLDER" in done.stderr


@pytest.mark.parity
def test_it_has_as_many_weights_as_transformers_model(transformers, shallow):
    """Layers are all alike, so two of them prove twelve."""
    text = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    vision = {"num_hidden_layers": 2, "image_size": 224, "patch_size": 16}  # the rest by default is base's
    config = transformers.SiglipConfig(text_config=text | {"vocab_size": 60_000}, vision_config=vision)
    wanted = sum(one.numel() for one in transformers.SiglipModel(config).vision_model.parameters())
    weights = onnx.load(shallow.folder / "image.onnx").graph.initializer
    weights = [one for one in weights if one.data_type == onnx.TensorProto.FLOAT and one.dims]
    held = sum(int(np.prod(one.dims)) for one in weights)
    assert held == wanted
