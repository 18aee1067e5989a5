"""The README's blocks do what they say: the simulated road is run, every other command is one that isthmus knows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from isthmus.cli.main import main

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def commands(text: str) -> list[str]:
    lines = [line for kind, block in BLOCK.findall(text) if kind == "sh" for line in block.splitlines()]
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("isthmus ")]


def section(title: str) -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_road_without_data_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = section("Quick start") + section("Train, read, score")
    assert len(commands(text)) >= 6
    for command in commands(text):
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert result.exit_code == 0, (command, result.exception)
    (python,) = [block for kind, block in BLOCK.findall(text) if kind == "python"]
    exec(compile(python, "README.md", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_shown_is_one_that_is_known(page: Path) -> None:
    for command in commands(page.read_text(encoding="utf-8")):
        _, verb, *arguments = shlex.split(command)
        known = main.get_command(click.Context(main), verb)
        assert known is not None, command
        known.make_context(verb, arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target
