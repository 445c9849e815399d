"""The sessions: on the bundled encoder, and on tiny graphs for what it lacks (fused, int32, masks)."""

import dataclasses

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from photofinder.core.errors import BundleProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder import runtime
from photofinder.encoder.bundle import Constant, load_bundle
from photofinder.encoder.preprocess import prepare
from photofinder.encoder.runtime import CPU, Provider, Tower
from photofinder.encoder.sessions import ImageEncoder, TextEncoder, canary_picture

MINI = load_bundle(resources_dir() / "bundles" / "mini")


def photos(count):
    random = np.random.default_rng(5)
    rows = [prepare(random.integers(0, 256, (50 + 9 * n, 70, 3), np.uint8), MINI.image) for n in range(count)]
    return np.stack(rows)


@pytest.fixture(scope="module")
def image_encoder():
    return ImageEncoder(MINI)


@pytest.fixture(scope="module")
def text_encoder():
    return TextEncoder(MINI)


# The bundled encoder


def test_photos_become_unit_vectors_the_same_each_time_alone_or_in_a_batch(image_encoder):
    batch = photos(9)
    together = image_encoder.embed(batch)
    assert together.shape == (9, 256)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(together, image_encoder.embed(batch))
    alone = np.concatenate([image_encoder.embed(row[None]) for row in batch])
    assert (together * alone).sum(axis=1).min() > 0.99999
    assert image_encoder.provider == "CPU"
    assert image_encoder.provider_note


def test_no_photos_and_no_texts_are_no_embeddings(image_encoder, text_encoder):
    assert image_encoder.embed(np.empty((0, 3, 96, 96), np.float32)).shape == (0, 256)
    assert text_encoder.embed([]).shape == (0, 256)


def test_padding_changes_no_text(text_encoder):
    short = ["a cat", "", "snow"]
    alone = np.concatenate([text_encoder.embed([text]) for text in short])
    beside_a_long_one = text_encoder.embed([*short, "a very long text " * 20])[:3]
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(alone, beside_a_long_one, atol=2e-6)


def test_many_texts_come_back_in_their_order(text_encoder):
    texts = [f"{number} boats" for number in range(70)]
    many = text_encoder.embed(texts)
    assert many.shape == (70, 256)
    for number in (0, 31, 32, 69):
        np.testing.assert_allclose(many[number], text_encoder.embed([texts[number]])[0], atol=2e-6)


def test_a_query_is_the_mean_of_its_prompts_at_unit_length(text_encoder):
    mean = text_encoder.embed(["dog {}", "a photo of a dog {}", "a photo of dog {}"]).mean(axis=0)
    query = text_encoder.embed_query("dog {}")
    assert query.shape == (256,)
    np.testing.assert_allclose(query, mean / np.linalg.norm(mean), atol=1e-6)
    assert np.isclose(np.linalg.norm(query), 1, atol=1e-6)


def test_words_and_pictures_meet_in_one_space(image_encoder, text_encoder):
    red, blue = np.zeros((96, 96, 3), np.uint8), np.zeros((96, 96, 3), np.uint8)
    red[:, :, 0], blue[:, :, 2] = 220, 220
    pictures = image_encoder.embed(np.stack([prepare(red, MINI.image), prepare(blue, MINI.image)]))
    assert np.argmax(pictures @ text_encoder.embed_query("red")) == 0
    assert np.argmax(pictures @ text_encoder.embed_query("blue")) == 1


def test_the_text_session_is_opened_with_the_first_text_only(tmp_path):
    encoder = TextEncoder(dataclasses.replace(MINI, folder=tmp_path))
    with pytest.raises(BundleProblem, match=r"text\.onnx"):
        encoder.embed_query("a cat")


@pytest.mark.parametrize("content", [b"", b"not onnx at all", b"\x08\x07" * 50])
def test_an_onnx_file_that_is_not_one_is_a_problem_with_the_bundle(tmp_path, content, capfd):
    (tmp_path / "image.onnx").write_bytes(content)
    with pytest.raises(BundleProblem, match=r"image\.onnx of bundle mini cannot be opened with CPU"):
        ImageEncoder(dataclasses.replace(MINI, folder=tmp_path))
    assert capfd.readouterr() == ("", "")


def test_a_batch_of_another_size_is_a_problem_and_not_a_crash(image_encoder, capfd):
    with pytest.raises(BundleProblem, match="failed with CPU"):
        image_encoder.embed(np.zeros((1, 3, 32, 32), np.float32))
    assert capfd.readouterr() == ("", "")


def test_a_description_that_promises_another_size_of_embedding_is_found_out():
    encoder = ImageEncoder(dataclasses.replace(MINI, embedding_dim=512))
    with pytest.raises(BundleProblem, match="512 numbers each"):
        encoder.embed(photos(1))


# Tiny graphs


def save_graph(folder, nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")


def bundle_of(folder, dim, *, image=None, text=None):
    (folder / "tokenizer.json").write_bytes((MINI.folder / "tokenizer.json").read_bytes())
    image_spec = dataclasses.replace(MINI.image, file="model.onnx", size_px=8, **(image or {}))
    text_spec = dataclasses.replace(MINI.text, file="model.onnx", prompts=("{}",), **(text or {}))
    return dataclasses.replace(MINI, folder=folder, embedding_dim=dim, image=image_spec, text=text_spec)


@pytest.fixture
def fused(tmp_path):
    """Both towers in one graph; the text tower averages rows of a table of four."""
    save_graph(
        tmp_path,
        [
            helper.make_node("ReduceMean", ["pixel_values"], ["image_embeds"], axes=[2, 3], keepdims=0),
            helper.make_node("Gather", ["table", "input_ids"], ["looked_up"]),
            helper.make_node("ReduceMean", ["looked_up"], ["text_embeds"], axes=[1], keepdims=0),
        ],
        [
            ("pixel_values", TensorProto.FLOAT, ["images", 3, 8, 8]),
            ("input_ids", TensorProto.INT64, ["texts", "length"]),
        ],
        [
            ("image_embeds", TensorProto.FLOAT, ["images", 3]),
            ("text_embeds", TensorProto.FLOAT, ["texts", 3]),
        ],
        [("table", np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]], np.float32))],
    )
    return bundle_of(
        tmp_path,
        3,
        image={"constant_inputs": (("input_ids", Constant((1, 2), (1, 2))),)},
        text={"constant_inputs": (("pixel_values", Constant((1, 3, 8, 8), (0,))),), "context_length": 2},
    )


def test_a_fused_graph_serves_as_both_towers(fused):
    ones = np.ones((2, 3, 8, 8), np.float32)
    np.testing.assert_allclose(ImageEncoder(fused).embed(ones), np.full((2, 3), 3**-0.5), atol=1e-6)
    # [CLS] and [SEP] of the mini tokenizer are 2 and 3: the rows (1, 0, 0) and (1, 1, 1).
    expected = np.array([1, 0.5, 0.5]) / np.sqrt(1.5)
    np.testing.assert_allclose(TextEncoder(fused).embed(["a cat", ""]), [expected, expected], atol=1e-6)


def test_an_input_that_the_description_does_not_feed_is_named(fused):
    lone = dataclasses.replace(fused.image, constant_inputs=())
    with pytest.raises(BundleProblem, match="takes the inputs input_ids, pixel_values, but"):
        ImageEncoder(dataclasses.replace(fused, image=lone))


def test_an_output_that_is_not_there_is_named(fused):
    wrong = dataclasses.replace(fused.image, output="pooled")
    with pytest.raises(BundleProblem, match="no output 'pooled', only image_embeds, text_embeds"):
        ImageEncoder(dataclasses.replace(fused, image=wrong))


@pytest.fixture
def masked(tmp_path):
    """A text tower with int32 ids and a mask, which sums the ids it is let see into (sum, count)."""
    save_graph(
        tmp_path,
        [
            helper.make_node("Mul", ["ids", "seen"], ["visible"]),
            helper.make_node("Cast", ["visible"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("Cast", ["seen"], ["counts"], to=TensorProto.FLOAT),
            helper.make_node("ReduceSum", ["numbers", "axis"], ["sum"], keepdims=1),
            helper.make_node("ReduceSum", ["counts", "axis"], ["count"], keepdims=1),
            helper.make_node("Concat", ["sum", "count"], ["pooled"], axis=1),
        ],
        [("ids", TensorProto.INT32, ["n", "length"]), ("seen", TensorProto.INT32, ["n", "length"])],
        [("pooled", TensorProto.FLOAT, ["n", 2])],
        [("axis", np.array([1], np.int64))],
    )
    return bundle_of(
        tmp_path,
        2,
        text={
            "input": "ids",
            "output": "pooled",
            "id_type": "int32",
            "attention_mask": "seen",
            "pad_id": 9,
            "pad_to_context": True,
            "context_length": 6,
        },
    )


def test_int32_ids_and_a_mask_are_fed_as_the_graph_takes_them(masked):
    embedded = TextEncoder(masked).embed([""])
    np.testing.assert_allclose(embedded, [np.array([5, 2]) / np.sqrt(29)], atol=1e-6)


def test_ids_of_another_type_than_the_graphs_are_refused(masked):
    wrong = dataclasses.replace(masked.text, id_type="int64")
    with pytest.raises(BundleProblem, match="int32"):
        TextEncoder(dataclasses.replace(masked, text=wrong)).embed(["a cat"])


def scaling_graph(folder, kind):
    """Multiplies each channel's mean by a constant, in the floating-point type of its input."""
    dtype = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16}[kind]
    save_graph(
        folder,
        [
            helper.make_node("ReduceMean", ["pixel_values"], ["means"], axes=[2, 3], keepdims=0),
            helper.make_node("Mul", ["means", "factor"], ["image_embeds"]),
        ],
        [("pixel_values", kind, ["n", 3, 8, 8])],
        [("image_embeds", kind, ["n", 3])],
        [("factor", np.array([1, 1, 0], dtype))],
    )
    return bundle_of(folder, 3)


def test_a_float16_graph_is_fed_float16_and_answers_float32(tmp_path):
    embedded = ImageEncoder(scaling_graph(tmp_path, TensorProto.FLOAT16)).embed(np.ones((2, 3, 8, 8), np.float32))
    assert embedded.dtype == np.float32
    np.testing.assert_allclose(embedded, [[0.5**0.5, 0.5**0.5, 0]] * 2, atol=1e-3)


@pytest.mark.parametrize("value", [0, np.nan, np.inf])
def test_what_is_no_direction_is_a_problem_and_never_an_embedding(tmp_path, value):
    encoder = ImageEncoder(scaling_graph(tmp_path, TensorProto.FLOAT))
    with pytest.raises(BundleProblem, match="not a direction"):
        encoder.embed(np.full((1, 3, 8, 8), value, np.float32))


# Choosing a provider. No faster one is to be had where tests run: the CPU stands in under their names.


@pytest.fixture
def pretend(monkeypatch):
    """Make onnxruntime "offer" providers which are the CPU underneath, each spoilt as asked."""
    opened = []

    def offer(*spoilt):
        real = runtime._open

        def open_as(path, provider, threads, symbols, what):
            opened.append((provider.name, dict(symbols)))
            if spoilt_by := dict(spoilt).get(provider.name):
                if isinstance(spoilt_by, Exception):
                    raise spoilt_by
                return spoilt_by(real(path, CPU, threads, symbols, what))
            return real(path, CPU, threads, symbols, what)

        names = {name for name, _ in spoilt}
        monkeypatch.setattr(runtime, "_open", open_as)
        monkeypatch.setattr(runtime, "offered", lambda: tuple(p for p in runtime.FASTER if p.name in names))
        return opened

    return offer


class Skewed:
    """A session whose outputs are a little off, as a provider with a broken kernel gives them."""

    def __init__(self, session):
        self._session = session

    def __getattr__(self, name):
        return getattr(self._session, name)

    def run(self, *arguments):
        outputs = self._session.run(*arguments)
        return [outputs[0] + np.random.default_rng(1).normal(0, 0.01, outputs[0].shape).astype(np.float32)]


def test_auto_takes_a_faster_provider_that_agrees(pretend):
    pretend(("CUDA", None))
    encoder = ImageEncoder(MINI)
    assert encoder.provider == "CUDA"
    assert "agrees" in encoder.provider_note


def test_auto_refuses_a_provider_that_disagrees_and_says_so(pretend):
    pretend(("CUDA", Skewed))
    encoder = ImageEncoder(MINI)
    assert encoder.provider == "CPU"
    assert "CUDA disagrees with the CPU" in encoder.provider_note
    with pytest.raises(BundleProblem, match="CUDA disagrees"):
        ImageEncoder(MINI, "cuda")


def test_auto_goes_on_to_the_next_when_one_fails(pretend):
    pretend(("CUDA", BundleProblem("CUDA did not start.")), ("CoreML", None))
    assert ImageEncoder(MINI).provider == "CoreML"


def test_auto_ends_at_the_cpu_with_every_reason(pretend):
    pretend(("CUDA", BundleProblem("CUDA did not start.")), ("OpenVINO", Skewed))
    encoder = ImageEncoder(MINI)
    assert encoder.provider == "CPU"
    assert "CUDA did not start." in encoder.provider_note
    assert "OpenVINO disagrees" in encoder.provider_note


def test_a_provider_for_fixed_shapes_gets_them_and_any_number_of_photos_passes(pretend):
    opened = pretend(("CoreML", None))
    batch = photos(19)
    embedded = ImageEncoder(MINI, "CoreML").embed(batch)
    assert opened[-1] == ("CoreML", {"batch": 8})
    agreement = (embedded * ImageEncoder(MINI, "cpu").embed(batch)).sum(axis=1)
    assert agreement.shape == (19,)
    assert agreement.min() > 0.99999


def test_fixed_shapes_reach_the_constants_of_a_fused_graph(fused):
    tower = Tower(fused, fused.image)
    assert tower.symbols(8, (3, 8, 8)) == {"images": 8, "texts": 1, "length": 2}


def test_asking_for_the_cpu_opens_nothing_else(pretend):
    opened = pretend(("CUDA", None))
    assert ImageEncoder(MINI, "cpu").provider == "CPU"
    assert opened == [("CPU", {})]


def test_a_provider_that_is_not_there_is_refused_in_words(capfd):
    with pytest.raises(BundleProblem, match="does not offer directml"):
        ImageEncoder(MINI, "directml")
    with pytest.raises(BundleProblem, match="no provider 'tpu'"):
        ImageEncoder(MINI, "tpu")
    missing = Provider("Azure", "AzureExecutionProvider", {"nonsense": "1"})
    tower = Tower(MINI, MINI.image, missing)  # offered on every system; it runs nothing itself
    assert (tower.run(photos(1)) * ImageEncoder(MINI).embed(photos(1))).sum() > 0.99999
    assert capfd.readouterr().out == ""


def test_a_provider_that_onnxruntime_leaves_out_is_not_taken_for_serving():
    cuda = Provider("CUDA", "CUDAExecutionProvider")
    with (
        pytest.warns(UserWarning, match="not in available"),
        pytest.raises(BundleProblem, match="left it out"),
    ):
        Tower(MINI, MINI.image, cuda)


def test_a_provider_that_fails_to_start_is_a_problem_and_prints_nothing(monkeypatch, capfd):
    def no_device(*_):
        raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected")

    monkeypatch.setattr(runtime._library.InferenceSession, "_create_inference_session", no_device)
    with pytest.raises(BundleProblem, match=r"cannot be opened with Azure: .*no CUDA-capable device"):
        Tower(MINI, MINI.image, Provider("Azure", "AzureExecutionProvider"))
    assert capfd.readouterr() == ("", "")


def test_the_canary_is_the_same_picture_everywhere():
    picture = canary_picture()
    assert picture.shape == (240, 320, 3)
    assert int(picture.astype(np.int64).sum()) == 26503779
