"""Stores a tower's weights smaller: float16 behind a Cast, or int8. Inputs and outputs stay as they were."""
# pyright: reportMissingImports=false

from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

LIMIT_BYTES = 2**31 - 2**20  # protobuf's 2 GiB, less what the graph around the weights takes
_SMALL = 1024  # below this many values (norms, biases) the saving is nothing


class DoesNotFitError(Exception):
    """A tower cannot be stored at this precision: too many bytes for one file, or values too large."""


def weights_bytes(model: onnx.ModelProto) -> int:
    """Bytes of all weights; `ByteSize` itself fails beyond 2 GiB, which is when this is wanted."""
    return sum(len(one.raw_data) for one in model.graph.initializer)


def save(model: onnx.ModelProto, to: Path) -> None:
    """Writes one self-contained file. Raises DoesNotFitError where protobuf could not hold it."""
    size = weights_bytes(model)
    if size > LIMIT_BYTES:
        raise DoesNotFitError(f"{to.name} would take {size / 1e9:.2f} GB; an ONNX file holds at most 2 GiB.")
    onnx.save_model(model, to)


def to_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its weights stored as float16; a session folds them back to float32 when it opens.

    Tables that are only looked up (word embeddings) are cast afterwards: they stay small in memory too.
    Changes `model`. Raises DoesNotFitError for values beyond float16's.
    """
    graph = model.graph
    for tensor in _floats(graph):
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise DoesNotFitError(f"{tensor.name} holds values beyond float16.")
        name, half = tensor.name, f"{tensor.name}.float16"
        looked_up = _lookups(graph, name)
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
        if looked_up:
            for node in looked_up:
                _replace_lookup(graph, node, half)
        else:
            graph.node.insert(0, onnx.helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT))
    return model


def to_int8(model: onnx.ModelProto, scratch: Path) -> onnx.ModelProto:
    """Dynamic int8: word tables with a scale per row, matrices per column, activations on the fly.

    Matrices use 7 of the 8 bits: without VNNI, 8-bit products overflow on x86, and the same file answers
    differently from one processor to the next. `scratch` is an existing folder for files on the way.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    for tensor in _floats(model.graph):
        looked_up = _lookups(model.graph, tensor.name)
        if looked_up and len(tensor.dims) == 2:
            _int8_table(model.graph, tensor, looked_up)
    source, result = scratch / "float32.onnx", scratch / "int8.onnx"
    onnx.save_model(model, source, save_as_external_data=True, location="float32.data")
    quantize_dynamic(
        source,
        result,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        use_external_data_format=True,
        extra_options={"MatMulConstBOnly": True},
    )
    return onnx.load(result)


def _floats(graph: onnx.GraphProto) -> list[onnx.TensorProto]:
    return [one for one in graph.initializer if one.data_type == onnx.TensorProto.FLOAT and np.prod(one.dims) >= _SMALL]


def _lookups(graph: onnx.GraphProto, name: str) -> list[onnx.NodeProto]:
    """The Gather nodes that look rows up in this table; none if anything else uses it too."""
    users = [node for node in graph.node if name in node.input]
    by_row = [
        node
        for node in users
        if node.op_type == "Gather"
        and node.input[0] == name
        and all(attribute.i == 0 for attribute in node.attribute if attribute.name == "axis")
    ]
    return by_row if len(by_row) == len(users) else []


def _replace_lookup(graph: onnx.GraphProto, node: onnx.NodeProto, table: str) -> int:
    """Points a Gather at a table of another type, and casts what it finds to float32 under the old name.

    Returns the position in the graph after the two, for what else belongs there.
    """
    wanted, found = node.output[0], f"{node.output[0]}.stored"
    position = list(graph.node).index(node) + 1
    node.input[0], node.output[0] = table, found
    graph.node.insert(position, onnx.helper.make_node("Cast", [found], [wanted], to=onnx.TensorProto.FLOAT))
    return position + 1


def _int8_table(graph: onnx.GraphProto, tensor: onnx.TensorProto, looked_up: list[onnx.NodeProto]) -> None:
    name = tensor.name
    values = numpy_helper.to_array(tensor)
    scale = np.maximum(np.abs(values).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(127)
    stored, scales = f"{name}.int8", f"{name}.scale"
    tensor.CopyFrom(numpy_helper.from_array(np.rint(values / scale).astype(np.int8), stored))
    graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), scales))
    for node in looked_up:
        ids, wanted = node.input[1], node.output[0]
        rows, row_scales = f"{wanted}.rows", f"{wanted}.scales"
        node.output[0] = rows
        after = _replace_lookup(graph, node, stored)
        graph.node.insert(after, onnx.helper.make_node("Gather", [scales, ids], [row_scales], axis=0))
        graph.node.insert(after + 1, onnx.helper.make_node("Mul", [rows, row_scales], [wanted]))
