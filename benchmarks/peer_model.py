"""kodit's table of token vectors in the form that model2vec, and so semble, loads."""

import json
from pathlib import Path

import numpy as np

from kodit.infrastructure.static_model import embedder


def export_model(into: Path) -> Path:
    """Write the table into a directory and return it; safetensors is no dependency of ours, so it is written here."""
    shipped = Path(embedder.__file__).parent / "minilm"
    table = np.load(shipped / "table.npy").astype(np.float32)
    into.mkdir(parents=True, exist_ok=True)
    _write_safetensors(into / "model.safetensors", "embeddings", table)
    (into / "tokenizer.json").write_bytes((shipped / "tokenizer.json").read_bytes())
    (into / "config.json").write_text(json.dumps({"normalize": True, "seq_length": 1_000_000}))
    return into


def _write_safetensors(path: Path, name: str, array: np.ndarray) -> None:
    # The format: the header's length in 8 bytes, the header as JSON, the numbers.
    header = {name: {"dtype": "F32", "shape": list(array.shape), "data_offsets": [0, array.nbytes]}}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + array.tobytes())
