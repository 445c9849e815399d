"""A bundle that costs what SigLIP 2 base costs, with random weights: for measuring speed without torch.

    python models/random_siglip.py OUT_FOLDER

The image tower has SigLIP 2 base's form: ViT-B/16 at 224 px, 12 layers of 768, 12 heads, tanh GELU and an
attention-pooling head (Zhai et al. 2023, Tschannen et al. 2025). The text tower is a stand-in, a mean of byte
vectors. What it finds is meaningless.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a script: `models` is a folder of the checkout, not an installed package
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers import models as tokenizer_models

from models.bundle_folder import write_description


@dataclass(frozen=True, slots=True)
class Form:
    """What an image tower costs is decided by its form."""

    patch_px: int = 16
    width: int = 768
    heads: int = 12
    layers: int = 12
    size_px: int = 224

    @property
    def patches(self) -> int:
        """How many pieces a photo is cut into."""
        return (self.size_px // self.patch_px) ** 2


SIGLIP_BASE = Form()
_OPSET, _IR_VERSION = 20, 10


class _Graph:
    """Collects nodes and random weights; methods add operations and return the name of their result."""

    def __init__(self, seed: int, form: Form = SIGLIP_BASE) -> None:
        self.form = form
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._random = np.random.default_rng(seed)

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        result = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], name=result, **attributes))
        return result

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def random(self, *shape: int, scale: float) -> str:
        return self.constant(self._random.standard_normal(shape, np.float32) * np.float32(scale))

    def shape(self, *sizes: int) -> str:
        return self.constant(np.array(sizes, np.int64))

    def linear(self, value: str, wide: int, narrow: int) -> str:
        weight = self.random(wide, narrow, scale=wide**-0.5)
        return self.op("Add", self.op("MatMul", value, weight), self.random(narrow, scale=0.02))

    def norm(self, value: str) -> str:
        gain, bias = np.ones(self.form.width, np.float32), np.zeros(self.form.width, np.float32)
        return self.op("LayerNormalization", value, self.constant(gain), self.constant(bias), epsilon=1e-6)

    def heads(self, value: str, order: tuple[int, ...]) -> str:
        split = self.op("Reshape", value, self.shape(0, -1, self.form.heads, self.form.width // self.form.heads))
        return self.op("Transpose", split, perm=order)

    def attention(self, query: str, value: str) -> str:
        """Multi-head attention of `query` (n, q, width) over `value` (n, tokens, width)."""
        scale = self.constant(np.array((self.form.width // self.form.heads) ** -0.25, np.float32))
        q = self.op("Mul", self.heads(self.linear(query, self.form.width, self.form.width), (0, 2, 1, 3)), scale)
        k = self.op("Mul", self.heads(self.linear(value, self.form.width, self.form.width), (0, 2, 3, 1)), scale)
        v = self.heads(self.linear(value, self.form.width, self.form.width), (0, 2, 1, 3))
        weights = self.op("Softmax", self.op("MatMul", q, k), axis=-1)
        mixed = self.op("Transpose", self.op("MatMul", weights, v), perm=(0, 2, 1, 3))
        return self.linear(
            self.op("Reshape", mixed, self.shape(0, -1, self.form.width)), self.form.width, self.form.width
        )

    def mlp(self, value: str) -> str:
        inner = self.op("Gelu", self.linear(value, self.form.width, 4 * self.form.width), approximate="tanh")
        return self.linear(inner, 4 * self.form.width, self.form.width)

    def save(self, to: Path, given: onnx.ValueInfoProto, result: str, name: str) -> None:
        """Writes the graph from `given` to `result`, which becomes the output `name`, (batch, width)."""
        self.nodes.append(helper.make_node("Identity", [result], [name]))
        output = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", self.form.width])
        graph = helper.make_graph(self.nodes, to.stem, [given], [output], self.initializers)
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
        onnx.save_model(model, to)


def write_random_siglip(out: Path, form: Form = SIGLIP_BASE, *, seed: int = 0) -> None:
    """Writes the bundle to the new folder `out`: 372 MB in SigLIP 2 base's form, some seconds of one core.

    Other forms stand in for other encoders. The same seed gives the same files. Raises FileExistsError if `out` exists.
    """
    if out.exists():
        raise FileExistsError(f"{out} exists already.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        half = Path(scratch) / "bundle"
        half.mkdir()
        _image_tower(half / "image.onnx", form, seed)
        _text_tower(half / "text.onnx", form, seed)
        _byte_tokenizer().save(str(half / "tokenizer.json"))
        write_description(half, _description(form))
        half.rename(out)


def _image_tower(to: Path, form: Form, seed: int) -> None:
    graph = _Graph(seed, form)
    shape = ["batch", 3, form.size_px, form.size_px]
    given = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, shape)
    kernel = graph.random(form.width, 3, form.patch_px, form.patch_px, scale=(3 * form.patch_px**2) ** -0.5)
    bias = graph.random(form.width, scale=0.02)
    patches = graph.op("Conv", "pixel_values", kernel, bias, strides=(form.patch_px, form.patch_px))
    flat = graph.op("Reshape", patches, graph.shape(0, form.width, form.patches))
    value = graph.op("Transpose", flat, perm=(0, 2, 1))
    value = graph.op("Add", value, graph.random(1, form.patches, form.width, scale=0.02))
    for _ in range(form.layers):
        normed = graph.norm(value)
        value = graph.op("Add", value, graph.attention(normed, normed))
        value = graph.op("Add", value, graph.mlp(graph.norm(value)))
    value = graph.norm(value)
    batch = graph.op("Shape", value, start=0, end=1)
    size = graph.op("Concat", batch, graph.shape(1, form.width), axis=0)
    probe = graph.op("Expand", graph.random(1, 1, form.width, scale=1.0), size)
    pooled = graph.attention(probe, value)
    pooled = graph.op("Add", pooled, graph.mlp(graph.norm(pooled)))
    graph.save(to, given, graph.op("Squeeze", pooled, graph.shape(1)), "image_embeds")


def _text_tower(to: Path, form: Form, seed: int) -> None:
    graph = _Graph(seed + 1, form)
    given = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])
    looked_up = graph.op("Gather", graph.random(257, form.width, scale=1.0), "input_ids", axis=0)
    graph.save(to, given, graph.op("ReduceMean", looked_up, graph.shape(1), keepdims=0), "text_embeds")


def _byte_tokenizer() -> Tokenizer:
    """One token for every byte of UTF-8, 1 to 256; 0 is padding."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {"<pad>": 0} | {letter: number for number, letter in enumerate(alphabet, start=1)}
    tokenizer = Tokenizer(tokenizer_models.BPE(vocab=words, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _description(form: Form) -> dict[str, object]:
    return {
        "name": "random-siglip",
        "title": "SigLIP 2 base's shape, random weights (for measuring)",
        "version": "1",
        "licence": "Apache-2.0",
        "source": "models/random_siglip.py",
        "revision": "",
        "embedding_dim": form.width,
        "image": {
            "file": "image.onnx",
            "input": "pixel_values",
            "output": "image_embeds",
            "size_px": form.size_px,
            "resize": "squash",
            "resample": "bilinear",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
        },
        "text": {
            "file": "text.onnx",
            "input": "input_ids",
            "output": "text_embeds",
            "id_type": "int64",
            "attention_mask": None,
            "context_length": 64,
            "pad_id": 0,
            "pad_to_context": True,
            "normalise": ["lowercase", "strip_punctuation", "collapse_spaces"],
            "prompts": ["{}"],
        },
        "tokenizer": {"kind": "tokenizers-json", "file": "tokenizer.json"},
        "logit_scale": 112.67,
        "logit_bias": -16.77,
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python models/random_siglip.py OUT_FOLDER", file=sys.stderr)
        sys.exit(2)
    write_random_siglip(Path(sys.argv[1]))
