"""The files of a bundle: their names and checksums, for what needs no more of it, and for ``isthmus.bundle``."""

from __future__ import annotations

import hashlib
from pathlib import Path

ABOUT = "bundle.json"
WEIGHTS, ONNX, INT8, PROBE = "weights.safetensors", "model.onnx", "model-int8.onnx", "probe.safetensors"
RECIPE, CARD, HISTORY, FACTS = "recipe.toml", "card.md", "history.csv", "facts.json"
MEMBERS, GATE, EXPLANATION, EVIDENCE = "members.toml", "gate.json", "explanation.json", "evidence.json"
NEIGHBOURS = "neighbours.safetensors"
CONTENTS = (WEIGHTS, ONNX, PROBE, RECIPE, CARD)  # what every bundle holds
# INT8 where it passed parity, HISTORY of a training, FACTS where it was judged, MEMBERS of an ensemble, GATE where
# one was fitted, EXPLANATION where its maps were checked, EVIDENCE (metrics.json of `isthmus report`) where it ships,
# NEIGHBOURS where features of its training nodules are kept
OPTIONAL = (INT8, HISTORY, FACTS, MEMBERS, GATE, EXPLANATION, EVIDENCE, NEIGHBOURS)
LARGEST = 1 << 20  # bytes of bundle.json


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal digits. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
