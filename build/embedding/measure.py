"""Retrieval quality of an embedding by plain cosine: recall@10 and nDCG@10 on the development data beside the checkout."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from distill import Bags
from teacher import Teacher

TOP = 10
Embed = Callable[[list[str]], np.ndarray]


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def top(documents: np.ndarray, query: np.ndarray) -> list[int]:
    return np.argsort(-(documents @ query), kind="stable")[:TOP].tolist()


def ndcg(found: list, gains: dict) -> float:
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    best = sorted(gains.values(), reverse=True)[:TOP]
    gained = sum(gains.get(name, 0) * discount for name, discount in zip(found, discounts))
    return gained / sum(gain * discount for gain, discount in zip(best, discounts))


def dialogues(data: Path, embed: Embed) -> dict[str, float]:
    turns, queries = lines(data / "dialogue-dev.turns.jsonl"), lines(data / "dialogue-dev.queries.jsonl")
    documents = embed([f"{turn['speaker']}: {turn['text']}" for turn in turns])
    asked = embed([query["query"] for query in queries])
    recalls, gains = [], []
    for query, vector in zip(queries, asked):
        wanted = set(query["relevant"])
        space = [at for at, turn in enumerate(turns) if turn["space"] == query["space"]]
        found = [turns[space[at]]["id"] for at in top(documents[space], vector)]
        recalls.append(len(wanted & set(found)) / len(wanted))
        gains.append(ndcg(found, dict.fromkeys(wanted, 1)))
    return {"dialogue recall@10": float(np.mean(recalls)), "dialogue nDCG@10": float(np.mean(gains))}


def cranfield(data: Path, embed: Embed) -> dict[str, float]:
    papers, queries = lines(data / "cranfield.docs.jsonl"), lines(data / "cranfield.queries.jsonl")
    documents = embed([f"{paper['title']} {paper['text']}" for paper in papers])
    asked = embed([query["query"] for query in queries])
    recalls, gains = [], []
    for query, vector in zip(queries, asked):
        # Judgements: 1 is best and 4 least; -1 and 5 are not relevant.
        wanted = {paper: 5 - grade for paper, grade in query["relevant"].items() if 1 <= grade <= 4}
        if not wanted:
            continue
        found = [papers[at]["id"] for at in top(documents, vector)]
        recalls.append(len(wanted.keys() & set(found)) / len(wanted))
        gains.append(ndcg(found, wanted))
    return {"Cranfield recall@10": float(np.mean(recalls)), "Cranfield nDCG@10": float(np.mean(gains))}


def measure(data: Path, embed: Embed) -> dict[str, float]:
    return {**dialogues(data, embed), **cranfield(data, embed)}


def static(folder: Path) -> Embed:
    """A model that distill.py wrote."""
    tensors = load_file(folder / "model.safetensors")
    table = tensors["embeddings"].astype(np.float32) * tensors["weights"][:, None]
    bags = Bags(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def embed(texts: list[str]) -> np.ndarray:
        summed = bags.of(texts) @ table
        return summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12)

    return embed


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True, help="folder of the development data")
    options.add_argument("--teacher", type=Path, help="folder of all-MiniLM-L6-v2")
    options.add_argument("--model", type=Path, nargs="*", default=[], help="folders of static models")
    args = options.parse_args()
    embedders = {str(folder): static(folder) for folder in args.model}
    if args.teacher:
        embedders["all-MiniLM-L6-v2"] = Teacher(args.teacher).embed
    for name, embed in embedders.items():
        print(name, {measured: round(value, 3) for measured, value in measure(args.data, embed).items()}, flush=True)


if __name__ == "__main__":
    main()
