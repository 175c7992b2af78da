"""int8 weights for an exported graph: a scale for each output column, activations by token.

Two ways to do this break small encoders. One scale for a whole weight matrix: a few outlier columns
set it for all (cosine against fp32 down to 0.87). One scale for a whole batch's activations, which
is what ONNX Runtime's dynamic quantisation does: a text's vector then depends on its batch mates
(cosine 0.990 between a batch of 4 and one of 8; 0.994 on average against fp32). So each token's
activations get a scale of their own here: 0.998 on average with 8 bits, 0.995 with 7, the same
vector in any batch, for a tenth of the speed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Seven bits by default. Without VNNI, x86 adds two products of uint8 and int8 in 16 bits and
# saturates; 2 x 255 x 63 fits, 2 x 255 x 127 does not. Vectors made on one machine are compared with
# queries embedded on another, so they must not depend on the processor.
WEIGHT_BITS = 7
# Below this many rows a table (positions, token types) is too small to be worth the extra nodes.
SMALLEST_QUANTISED_TABLE = 1_000

_CONTRIB = "com.microsoft"  # ONNX Runtime's own operators
_CONSTANTS = {
    "int8/activation_range": np.float32(1 / 127),
    "int8/smallest_scale": np.float32(1e-12),
    "int8/zero_points": np.array([128], np.uint8),
    "int8/zero_point": np.array(128, np.uint8),
    "int8/one": np.float32(1),
    "int8/flat": np.array([-1], np.int64),
    "int8/from": np.array([0], np.int64),
    "int8/to": np.array([-1], np.int64),
}


def quantise(fp32_path: Path, int8_path: Path, weight_bits: int = WEIGHT_BITS) -> None:
    """Write the int8 twin of the graph ``fp32_path``: MatMul weights by column, embeddings by row."""
    model = onnx.load(fp32_path)
    quantise_matmuls(model, weight_bits)
    quantise_embedding_tables(model)
    onnx.save(model, int8_path)


def quantise_tables(fp32_path: Path, int8_path: Path) -> None:
    """Write the graph with int8 embedding tables and fp32 matrices: half the size at no loss that was ever measured."""
    model = onnx.load(fp32_path)
    quantise_embedding_tables(model)
    onnx.save(model, int8_path)


def quantise_matmuls(model: onnx.ModelProto, weight_bits: int = WEIGHT_BITS) -> int:
    """Replace each MatMul by a constant matrix with an integer one; returns how many.

    Changes ``model`` in place. ``x @ W`` becomes ``(int(x / s) @ int(W / c)) * c * s`` with a scale
    s for each token (row of x) and c for each column of W.
    """
    graph = model.graph
    weights = {item.name: item for item in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    rows: dict[str, str] = {}  # input tensor → prefix of its quantised form, shared by query, key and value
    used: set[str] = set()
    for node in graph.node:
        weight = weights.get(node.input[1]) if node.op_type == "MatMul" else None
        if weight is None or len(weight.dims) != 2:
            nodes.append(node)
            continue
        source = node.input[0]
        if source not in rows:
            rows[source] = f"{source}/int8"
            graph.initializer.append(
                numpy_helper.from_array(np.array([-1, weight.dims[0]], np.int64), f"{source}/int8_shape")
            )
            nodes.extend(_quantise_rows(source, rows[source]))
        graph.initializer.extend(_weight_tensors(weight, weight_bits))
        nodes.extend(_integer_matmul(node, rows[source], weight))
        used.add(weight.name)
    if used:
        graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in _CONSTANTS.items())
        model.opset_import.append(helper.make_opsetid(_CONTRIB, 1))
    _replace_nodes(graph, nodes, used)
    return len(used)


def quantise_embedding_tables(model: onnx.ModelProto) -> int:
    """Replace each large ``Gather(float table, ids)`` by int8 rows times a scale a row.

    Changes ``model`` in place and returns how many tables were replaced. Symmetric, no zero point:
    the error is at most half a scale step of that token's own row.
    """
    graph = model.graph
    tables = {item.name: item for item in graph.initializer if item.data_type == TensorProto.FLOAT}
    nodes: list[onnx.NodeProto] = []
    used: set[str] = set()
    for node in graph.node:
        table = tables.get(node.input[0]) if node.op_type == "Gather" else None
        if table is None or len(table.dims) != 2 or table.dims[0] < SMALLEST_QUANTISED_TABLE:
            nodes.append(node)
            continue
        values, scales = to_int8(numpy_helper.to_array(table), axis=1, bits=8)
        graph.initializer.append(numpy_helper.from_array(values, f"{table.name}_int8"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{table.name}_scale"))
        nodes.extend(_gather_rows(node, table.name))
        used.add(table.name)
    _replace_nodes(graph, nodes, used)
    return len(used)


def to_int8(matrix: np.ndarray, axis: int, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """float32 matrix → int8 of the same shape and float32 scales with ``axis`` reduced to 1."""
    largest = 2 ** (bits - 1) - 1
    scales = np.abs(matrix).max(axis=axis, keepdims=True).astype(np.float32) / largest
    scales[scales == 0] = 1.0
    return np.round(matrix / scales).astype(np.int8), scales


def _weight_tensors(weight: onnx.TensorProto, bits: int) -> list[onnx.TensorProto]:
    values, scales = to_int8(numpy_helper.to_array(weight), axis=0, bits=bits)
    width = np.array([weight.dims[1]], np.int64)
    return [
        numpy_helper.from_array(values, f"{weight.name}_int8"),
        numpy_helper.from_array(scales[0], f"{weight.name}_scale"),
        numpy_helper.from_array(width, f"{weight.name}_width"),
    ]


def _quantise_rows(source: str, name: str) -> list[onnx.NodeProto]:
    """(…, width) float → uint8 rows ``name``, their scales ``name_scale`` (rows, 1) and leading shape."""
    node = helper.make_node
    return [
        node("Reshape", [source, f"{name}_shape"], [f"{name}_float"]),
        node("Abs", [f"{name}_float"], [f"{name}_abs"]),
        node("ReduceMax", [f"{name}_abs"], [f"{name}_max"], axes=[1], keepdims=1),
        node("Mul", [f"{name}_max", "int8/activation_range"], [f"{name}_raw_scale"]),
        node("Max", [f"{name}_raw_scale", "int8/smallest_scale"], [f"{name}_scale"]),
        node("Reshape", [f"{name}_scale", "int8/flat"], [f"{name}_scales"]),
        node("Shape", [f"{name}_scales"], [f"{name}_rows"]),
        node("Expand", ["int8/zero_points", f"{name}_rows"], [f"{name}_zeros"]),
        node("QuantizeLinear", [f"{name}_float", f"{name}_scales", f"{name}_zeros"], [name], axis=0),
        node("Shape", [source], [f"{name}_full"]),
        node("Slice", [f"{name}_full", "int8/from", "int8/to"], [f"{name}_leading"]),
    ]


def _integer_matmul(matmul: onnx.NodeProto, rows: str, weight: onnx.TensorProto) -> list[onnx.NodeProto]:
    """The nodes that stand for one MatMul of quantised rows."""
    output, name = matmul.output[0], weight.name
    operands = [rows, f"{name}_int8", "int8/one", f"{name}_scale", "int8/zero_point"]
    return [
        helper.make_node("MatMulIntegerToFloat", operands, [f"{output}/columns"], domain=_CONTRIB),
        helper.make_node("Mul", [f"{output}/columns", f"{rows}_scale"], [f"{output}/rows"]),
        helper.make_node("Concat", [f"{rows}_leading", f"{name}_width"], [f"{output}/shape"], axis=0),
        helper.make_node("Reshape", [f"{output}/rows", f"{output}/shape"], [output]),
    ]


def _gather_rows(gather: onnx.NodeProto, table: str) -> list[onnx.NodeProto]:
    """The nodes that stand for one Gather of a float table."""
    ids, output = gather.input[1], gather.output[0]
    return [
        helper.make_node("Gather", [f"{table}_int8", ids], [f"{output}/rows"], axis=0),
        helper.make_node("Cast", [f"{output}/rows"], [f"{output}/float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{table}_scale", ids], [f"{output}/scales"], axis=0),
        helper.make_node("Mul", [f"{output}/float", f"{output}/scales"], [output]),
    ]


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto], unused: set[str]) -> None:
    kept = [item for item in graph.initializer if item.name not in unused]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
