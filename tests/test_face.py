"""The package's face: every name is there, and none is loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import isthmus


@pytest.mark.parametrize("name", isthmus.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(isthmus, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nodules"):
        _ = isthmus.nodules  # type: ignore[attr-defined]


def test_importing_loads_nothing_heavy() -> None:
    code = "import sys, isthmus; assert not {'numpy', 'sklearn', 'onnxruntime', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
