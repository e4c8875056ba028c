"""Distils all-MiniLM-L6-v2 into a static model of 256 dimensions in int8. See README.md for how to run it."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from corpus import Corpus, WordNet
from teacher import Teacher

SEED = 1
DIMENSIONS = 256
SIF = 1e-4
EPOCHS = 6
BATCH = 2048
RATE = 5e-3
TEXTS_A_STEP = 5000


def cached(file: Path, make) -> np.ndarray:
    """The teacher is slow: what it said is kept between runs."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, make())
    return np.load(file).astype(np.float32)


def ask(teacher: Teacher, texts: list[str]) -> np.ndarray:
    parts = []
    for start in range(0, len(texts), TEXTS_A_STEP):
        parts.append(teacher.embed(texts[start : start + TEXTS_A_STEP]).astype(np.float16))
        print(f"teacher: {start + len(parts[-1])} of {len(texts)}", flush=True)
    return np.concatenate(parts)


def projection(vectors: np.ndarray) -> np.ndarray:
    """The directions that keep most of the texts' vectors, about the origin: cosines are all that counts."""
    return np.linalg.svd((vectors.T @ vectors).astype(np.float64))[2][:DIMENSIONS].T.astype(np.float32)


def zipf_weights(size: int) -> np.ndarray:
    """Model2Vec's frequency weighting: the vocabulary is sorted by frequency, so its rank stands for it."""
    inverse = 1 / np.arange(2, size + 2)
    return (SIF / (SIF + inverse / inverse.sum())).astype(np.float32)


class Bags:
    """Texts as counts of tokens."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.unknown = tokenizer.token_to_id("[UNK]")

    def of(self, texts: list[str]) -> csr_matrix:
        ids = [
            [token for token in encoding.ids if token != self.unknown]
            for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=False)
        ]
        rows = np.repeat(np.arange(len(ids)), [len(row) for row in ids])
        columns = np.array([token for row in ids for token in row], np.int64)
        shape = (len(texts), self.tokenizer.get_vocab_size())
        return csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)


def train(table: np.ndarray, corpus: Corpus, meanings: np.ndarray, bags: Bags) -> np.ndarray:
    """Moves the tokens' vectors so that their sum points where the teacher's vector of the text does (cosine, Adam)."""
    table = table.copy()
    momentum, variance = np.zeros_like(table), np.zeros_like(table)
    shuffle = np.random.default_rng(SEED)
    step, steps = 0, None
    for epoch in range(EPOCHS):
        texts, targets = corpus.variants(meanings, SEED * 100 + epoch)
        counts, order, lost = bags.of(texts), shuffle.permutation(len(texts)), 0.0
        batches = len(order) // BATCH
        steps = steps or EPOCHS * batches
        for chosen in np.array_split(order[: batches * BATCH], batches):
            part = counts[chosen]
            active = np.unique(part.indices)
            part = part[:, active]
            summed = part @ table[active]
            length = np.linalg.norm(summed, axis=1, keepdims=True) + 1e-6
            unit, target = summed / length, targets[chosen]
            likeness = (unit * target).sum(axis=1, keepdims=True)
            lost += float(1 - likeness.mean())
            gradient = part.T @ ((unit * likeness - target) / (length * BATCH))
            step += 1
            momentum[active] = 0.9 * momentum[active] + 0.1 * gradient
            variance[active] = 0.99 * variance[active] + 0.01 * gradient**2
            rate = RATE * (1 - step / steps) + 1e-5
            moved = momentum[active] / (1 - 0.9**step) / (np.sqrt(variance[active] / (1 - 0.99**step)) + 1e-10)
            table[active] -= rate * moved
        print(f"epoch {epoch + 1}: {lost / batches:.4f} from the teacher", flush=True)
    return table


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed bytes with a scale for each row; the scales are Model2Vec's `weights`."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-12) / 127
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def write(out: Path, table: np.ndarray, tokenizer_file: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows, scales = quantise(table)
    save_file({"embeddings": rows, "weights": scales}, out / "model.safetensors")
    tokenizer = json.loads(tokenizer_file.read_text())
    tokenizer.update(truncation=None, padding=None, post_processor=None)
    (out / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")))
    config = {"model_type": "model2vec", "hidden_dim": DIMENSIONS, "embedding_dtype": "int8", "normalize": True}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for file in sorted(out.glob("*.safetensors")):
        print(f"{file.name}: {file.stat().st_size} bytes, sha256 {hashlib.sha256(file.read_bytes()).hexdigest()}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--teacher", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--wordnet", type=Path, required=True, help="folder of WordNet 3.0's data files")
    options.add_argument("--work", type=Path, required=True, help="where the teacher's vectors are kept between runs")
    options.add_argument("--out", type=Path, required=True, help="folder of the model to write")
    args = options.parse_args()

    teacher = Teacher(args.teacher, longest=64)
    tokenizer = Tokenizer.from_file(str(args.teacher / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    size = tokenizer.get_vocab_size()
    corpus = Corpus(WordNet(args.wordnet))

    alone = cached(args.work / "vocabulary.npy", lambda: teacher.pool_ids([[start, token, end] for token in range(size)]))
    meanings = cached(args.work / "texts.npy", lambda: ask(teacher, corpus.texts))
    project = projection(meanings)
    meanings = meanings @ project
    meanings /= np.linalg.norm(meanings, axis=1, keepdims=True)
    table = alone @ project * zipf_weights(size)[:, None]
    table /= np.linalg.norm(table, axis=1).mean()
    # Weighted once more: training makes up for part of the first weighting, and search is better with all of it.
    trained = train(table, corpus, meanings, Bags(tokenizer)) * zipf_weights(size)[:, None]
    write(args.out, trained, args.teacher / "tokenizer.json")


if __name__ == "__main__":
    main()
