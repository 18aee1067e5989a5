"""The table of what verbs load: what mypy checks is what is loaded."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from isthmus.cli import work
from isthmus.errors import UsageError

TREE = ast.parse(Path(work.__file__).read_text(encoding="utf-8"))


def typed() -> dict[str, str]:
    """The names that are imported for the type checker, with their homes."""
    (block,) = [node for node in TREE.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in imports for alias in node.names}


def test_every_name_is_loaded_from_where_it_is_typed() -> None:
    assert typed() == work.HOMES


@pytest.mark.parametrize("name", work.HOMES)
def test_every_home_exists(name: str) -> None:
    assert getattr(work, name) is importlib.import_module(work.HOMES[name])


def test_a_missing_package_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(UsageError, match=r"torch.*pip install 'isthmus\[train\]'"):
        _ = work.devices


def test_a_package_of_the_service_is_in_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(UsageError, match=r"sqlalchemy.*pip install 'isthmus\[serve\]'"):
        _ = work.study_grades
