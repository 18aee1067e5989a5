"""Small bundles of placeholders, and descriptions rewritten with the checksum that they then have."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isthmus import bundle as bundles
from isthmus import recipes
from isthmus.bundle import Bundle, Proof, Provenance, write
from isthmus.decision import Decision
from isthmus.recipe import Recipe

PROVENANCE = Provenance(
    data="phantom",
    policy="given",
    fingerprint="0" * 12,
    nodules={"training": {"benign": 3, "malignant": 2}, "validation": {"benign": 1, "malignant": 1}},
    seed=0,
    epoch=1,
    validation_auc=0.5,
    engines={"onnxruntime": Proof("fp32", 1e-7, 2e-7, 0, 2, 1.0, passed=True)},
    versions={"python": "3.11"},
    created="2020-01-01T00:00:00+00:00",
)


def fill(folder: Path) -> None:
    """Writes what every bundle holds, as placeholders."""
    (folder / bundles.WEIGHTS).write_bytes(b"weights")
    (folder / bundles.ONNX).write_bytes(b"onnx")
    (folder / bundles.PROBE).write_bytes(b"probe")


def fill_all(folder: Path) -> None:
    """Writes everything that a bundle may hold."""
    fill(folder)
    (folder / bundles.INT8).write_bytes(b"int8")
    recipes.save_members([Recipe(), Recipe()], folder / bundles.MEMBERS)
    (folder / bundles.FACTS).write_text("{}", encoding="utf-8")
    for name in (bundles.GATE, bundles.EXPLANATION, bundles.EVIDENCE, bundles.NEIGHBOURS):
        (folder / name).write_text("{}", encoding="utf-8")
    (folder / bundles.HISTORY).write_text("epoch,train_loss\n1,0.7\n", encoding="utf-8")


def made(to: Path, alpha: float = 0.6, threshold: float = 0.4) -> Bundle:
    """Writes the bundle ``to`` with what every bundle holds."""
    return write(to, Recipe().changed(alpha=alpha), Decision.at(threshold), PROVENANCE, "# card\n", fill)


def full(to: Path) -> Path:
    """Writes the bundle ``to`` with every file that one may hold."""
    write(to, Recipe(), Decision.at(0.4), PROVENANCE, "# card\n", fill_all)
    return to


def about(folder: Path) -> dict[str, Any]:
    """What bundle.json says."""
    found: dict[str, Any] = json.loads((folder / bundles.ABOUT).read_text(encoding="utf-8"))
    return found


def rewrite(folder: Path, described: Mapping[str, Any]) -> None:
    """Writes a description with the checksum that it then has."""
    body = json.dumps({name: own for name, own in described.items() if name != "sha256"}, indent=2).removesuffix("\n}")
    sha256 = hashlib.sha256(body.encode()).hexdigest()
    (folder / bundles.ABOUT).write_text(f'{body},\n  "sha256": "{sha256}"\n}}\n', encoding="utf-8")


def retold(folder: Path, **changes: object) -> None:
    """Changes fields of a description, and its checksum with them."""
    rewrite(folder, about(folder) | changes)


def format_3(folder: Path, threshold: float = 0.4) -> Path:
    """Writes a bundle as format 3 was: a threshold without a name."""
    made(folder, threshold=threshold)
    described = about(folder)
    del described["decision"]
    rewrite(folder, described | {"format": 3, "threshold": threshold})
    return folder


def older(folder: Path) -> Path:
    """Writes a bundle as format 2 was: no checksum, proofs without votes, no number as NaN."""
    described = about(format_3(folder))
    del described["sha256"]
    del described["provenance"]["engines"]["onnxruntime"]["max_vote_difference"]
    described["provenance"] |= {"data": "ddti", "policy": "benign-2-3", "validation_auc": math.nan}
    text = json.dumps(described | {"format": 2}, indent=2)
    (folder / bundles.ABOUT).write_text(text + "\n", encoding="utf-8")
    return folder
