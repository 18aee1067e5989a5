"""Every script can be imported: it names nothing of the package that has moved."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

SCRIPTS = sorted(path.stem for path in (Path(__file__).parents[2] / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_says_how_to_run_it(script: str) -> None:
    module = importlib.import_module(script)
    assert f"python benchmarks/{script}.py" in (module.__doc__ or "")
    assert callable(module.main)
