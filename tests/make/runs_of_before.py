"""Runs as they were stored before, cut down: ``tests/golden/runs_of_before.json`` and ``run_of_before/``.

The results that they come from were in git up to commit 3e16e94. To remake them:

    git archive 3e16e94 docs/results | tar -x -C /tmp
    PYTHONPATH=src:tests python -m make.runs_of_before /tmp/docs/results
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[1] / "golden"
RUNS, RUN = GOLDEN / "runs_of_before.json", GOLDEN / "run_of_before"
ROWS = 8  # of each fold


def identity_of(folder: Path) -> dict[str, Any]:
    identity: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["identity"]
    return identity


def kept(results: Path) -> dict[str, dict[str, Any]]:
    """The first run of each protocol and architecture, backbone or baseline, with its recipe as TOML."""
    first: dict[tuple[object, ...], Path] = {}
    for folder in sorted((results / "study" / "runs").iterdir()):
        identity, recipe = identity_of(folder), recipe_of(folder)
        network = [line for line in recipe.splitlines() if line.startswith(("crops =", "backbone ="))]
        first.setdefault((identity["protocol"], identity["quarters"], identity.get("baseline"), *network), folder)
    return {folder.name: {"identity": identity_of(folder), "recipe": recipe_of(folder)} for folder in first.values()}


def recipe_of(folder: Path) -> str:
    """The recipe as it lies there, "" for a baseline."""
    path = folder / "recipe.toml"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main(results: Path) -> None:
    runs = kept(results)
    crossed = {folder.name: identity_of(folder) for folder in sorted((results / "ddti").iterdir())}
    content = {"study": runs, "cross": crossed}
    RUNS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    name = next(name for name, run in runs.items() if run["recipe"] and run["identity"]["protocol"] == "grouped")
    source, to = results / "study" / "runs" / name, RUN / name
    shutil.rmtree(RUN, ignore_errors=True)
    for path in sorted(source.glob("folds/*/fold.json")):
        fold = json.loads(path.read_text(encoding="utf-8"))
        fold["rows"] = fold["rows"][:ROWS]
        target = to / path.relative_to(source)
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(fold, indent=1) + "\n", encoding="utf-8")
    for file in ("manifest.json", "recipe.toml"):
        shutil.copyfile(source / file, to / file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
