"""all-MiniLM-L6-v2 on onnxruntime, its graph written here from its safetensors: no PyTorch needed."""

from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS = 12
WIDTH = 384
EPSILON = 1e-12
TOKENS_A_BATCH = 4096


class Teacher:
    def __init__(self, folder: Path, longest: int = 256):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = encoder_graph(load_file(folder / "model.safetensors"))
        self.session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(longest)

    def pool_ids(self, sequences: list[list[int]]) -> np.ndarray:
        """The mean of the last hidden states of each sequence of token ids, as sentence-transformers pools it."""
        result = np.zeros((len(sequences), WIDTH), np.float32)
        order = sorted(range(len(sequences)), key=lambda at: len(sequences[at]))
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and (end + 1 - start) * len(sequences[order[end]]) <= TOKENS_A_BATCH:
                end += 1
            batch = [sequences[at] for at in order[start:end]]
            ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
            mask = np.zeros(ids.shape, np.float32)
            for row, sequence in enumerate(batch):
                ids[row, : len(sequence)] = sequence
                mask[row, : len(sequence)] = 1
            result[order[start:end]] = self.session.run(["pooled"], {"ids": ids, "mask": mask})[0]
            start = end
        return result

    def embed(self, texts: list[str]) -> np.ndarray:
        """Unit vectors of texts."""
        pooled = self.pool_ids([encoding.ids for encoding in self.tokenizer.encode_batch(texts)])
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def encoder_graph(weights: dict[str, np.ndarray]):
    """BERT's encoder and mean pooling: ids (rows, length) and mask (1 on tokens, 0 on padding) to `pooled`."""
    nodes, constants = [], {}
    prefix = "bert." if any(name.startswith("bert.") for name in weights) else ""
    layers = 1 + max(int(name.split("layer.")[1].split(".")[0]) for name in weights if "layer." in name)

    def constant(name: str, value: np.ndarray) -> str:
        constants.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(name: str, transpose: bool = False) -> str:
        value = weights[prefix + name]
        return constant(name, value.T if transpose else value)

    def node(kind: str, *inputs: str, **attributes) -> str:
        output = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def linear(x: str, name: str) -> str:
        return node("Add", node("MatMul", x, weight(f"{name}.weight", transpose=True)), weight(f"{name}.bias"))

    def layer_norm(x: str, name: str) -> str:
        return node("LayerNormalization", x, weight(f"{name}.weight"), weight(f"{name}.bias"), axis=-1, epsilon=EPSILON)

    def heads(x: str, order: list[int]) -> str:
        return node("Transpose", node("Reshape", x, constant("split", np.array([0, 0, HEADS, -1]))), perm=order)

    length = node("Shape", "ids", start=1, end=2)
    positions = node("Slice", weight("embeddings.position_embeddings.weight"), constant("zero", np.array([0])), length)
    kind = constant("kind", weights[f"{prefix}embeddings.token_type_embeddings.weight"][0])
    words = node("Gather", weight("embeddings.word_embeddings.weight"), "ids")
    x = layer_norm(node("Add", node("Add", words, positions), kind), "embeddings.LayerNorm")
    hidden_by_padding = node("Mul", node("Sub", constant("one", np.float32(1)), "mask"), constant("never", np.float32(-1e9)))
    bias = node("Unsqueeze", hidden_by_padding, constant("inner", np.array([1, 2])))
    scale = constant("scale", np.float32(1 / np.sqrt(WIDTH / HEADS)))
    for layer in range(layers):
        at = f"encoder.layer.{layer}."
        q = heads(linear(x, f"{at}attention.self.query"), [0, 2, 1, 3])
        k = heads(linear(x, f"{at}attention.self.key"), [0, 2, 3, 1])
        v = heads(linear(x, f"{at}attention.self.value"), [0, 2, 1, 3])
        attention = node("Softmax", node("Add", node("Mul", node("MatMul", q, k), scale), bias), axis=-1)
        mixed = node("Transpose", node("MatMul", attention, v), perm=[0, 2, 1, 3])
        mixed = node("Reshape", mixed, constant("join", np.array([0, 0, WIDTH])))
        x = layer_norm(node("Add", x, linear(mixed, f"{at}attention.output.dense")), f"{at}attention.output.LayerNorm")
        inner = node("Gelu", linear(x, f"{at}intermediate.dense"))
        x = layer_norm(node("Add", x, linear(inner, f"{at}output.dense")), f"{at}output.LayerNorm")
    column = node("Unsqueeze", "mask", constant("last", np.array([2])))
    total = node("ReduceSum", node("Mul", x, column), constant("rows", np.array([1])), keepdims=0)
    count = node("ReduceSum", "mask", constant("rows", np.array([1])), keepdims=1)
    nodes.append(helper.make_node("Div", [total, count], ["pooled"]))

    graph = helper.make_graph(
        nodes,
        "encoder",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["rows", "length"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["rows", "length"]),
        ],
        [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["rows", WIDTH])],
        list(constants.values()),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
