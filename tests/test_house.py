"""The order of the house: what its plan promises and no type checker sees."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isthmus.recipe import PAPER_BACKBONES

CHECKOUT = Path(__file__).parents[1]
SOURCES = sorted((CHECKOUT / "src").rglob("*.py"))
CODE = SOURCES + sorted((CHECKOUT / "tests").rglob("*.py"))
# The face, the verbs, what each of them does, the decoder of DICOM, the readers of data sets, and the engines.
LOADED_BY_NAME = (
    "src/isthmus/__init__.py",
    "src/isthmus/__main__.py",
    "src/isthmus/cli/main.py",
    "src/isthmus/cli/work.py",
    "src/isthmus/data/dicom_files.py",
    "src/isthmus/data/sources.py",
    "src/isthmus/runtime/start.py",
)
EQUATION = re.compile(r"^\| (?P<number>\d+) \|.*\| `(?P<home>isthmus\.[\w.]+)` \|$", re.MULTILINE)
HOMES = EQUATION.findall((CHECKOUT / "docs" / "equations.md").read_text(encoding="utf-8"))
HOMES_WITHOUT_A_NUMBER = re.findall(
    r"^\| \D.*\| `(isthmus\.[\w.]+)` \|$",
    (CHECKOUT / "docs" / "equations.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)
PACKAGE = CHECKOUT / "src" / "isthmus"
ROOMS = sorted({path.parent for path in SOURCES} - {PACKAGE})
PAGES = [
    CHECKOUT / "CONTRIBUTING.md",
    CHECKOUT / "docs" / "tour.md",
    CHECKOUT / "docs" / "data.md",
    *sorted((CHECKOUT / "docs" / "how-to").glob("*.md")),
    *sorted((CHECKOUT / "docs" / "decisions").glob("*.md")),
]
TEXTS = [*CODE, *sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").rglob("*.md"))]
UNMERGED = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)

HELP_WITHOUT_TORCH = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "torchvision", "timm", "lightning_fabric", "onnx", "onnxscript"):
            raise ModuleNotFoundError(f"{name} is not installed here")
sys.meta_path.insert(0, Refuse())
from click.testing import CliRunner
from isthmus.cli.main import VERBS, main
for arguments in ([], *([verb] for verb in VERBS)):
    result = CliRunner().invoke(main, [*arguments, "--help"])
    if result.exit_code or "Usage:" not in result.stdout:
        print(*arguments, result.exception)
"""


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_file_is_long_or_a_drawer_for_everything(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert path.stem not in ("utils", "util", "helpers", "helper", "misc", "common")


def test_no_merge_was_left_half_done() -> None:
    assert [name(path) for path in TEXTS if UNMERGED.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("room", [PACKAGE, *ROOMS], ids=name)
def test_no_room_is_crowded(room: Path) -> None:
    assert len(list(room.glob("*.py"))) <= 20


@pytest.mark.parametrize("room", ROOMS, ids=name)
def test_every_room_states_what_it_is_for(room: Path) -> None:
    documentation = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert documentation is not None
    assert len(documentation.split()) >= 4


def paths_named(page: str) -> Iterator[str]:
    """Paths of the checkout in backticks, outside blocks of code; ``<name>`` stands for any name."""
    tops = {"benchmarks", "docs", "src", "tests"} | {room.name for room in ROOMS if room.parent == PACKAGE}
    for span in re.findall(r"`([^`\s]+)`", FENCED.sub("", page)):
        if re.fullmatch(r"[\w./<>-]+", span) and (span.endswith(".py") or ("/" in span and span.split("/")[0] in tops)):
            yield span


def is_there(path: str) -> bool:
    """Whether the path is under the checkout or the package; of one with ``<name>`` the folder above that name."""
    sure = path.partition("<")[0]
    sure = sure if sure == path else sure.rpartition("/")[0]
    return any((root / sure).exists() for root in (CHECKOUT, PACKAGE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_named_in_the_documentation_exists(page: Path) -> None:
    assert [path for path in paths_named(page.read_text(encoding="utf-8")) if not is_there(path)] == []


def names_used(page: str) -> Iterator[str]:
    """Dotted names of our code in backticks, such as ``judge.metrics.f_measure`` or ``isthmus.text``."""
    for span in re.findall(r"`([a-z_]+(?:\.\w+)+)(?:\(\))?`", FENCED.sub("", page)):
        first = span.removeprefix("isthmus.").partition(".")[0]
        if (PACKAGE / first).is_dir() and not span.endswith((".json", ".html", ".pdf", ".csv", ".md", ".toml", ".dcm")):
            yield span


def is_defined(dotted: str) -> bool:
    """Whether a module of the package, or a name at the top of one, is called so."""
    parts = dotted.removeprefix("isthmus.").split(".")
    for length in range(len(parts), 0, -1):
        stem = PACKAGE.joinpath(*parts[:length])
        path = stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")
        if path.exists():
            return not parts[length:] or parts[length] in defined_in(path)
    return False


def defined_in(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=one) | ast.ClassDef(name=one):
                yield one
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=one)):
                yield one


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_name_in_the_documentation_is_defined(page: Path) -> None:
    assert [one for one in names_used(page.read_text(encoding="utf-8")) if not is_defined(one)] == []


def test_an_undefined_name_is_noticed() -> None:
    page = "`judge.metrics.f_measure` `judge.metrics.gone` `judge.gone` `isthmus.net` `study.json` `alpha.beta`"
    used = list(names_used(page))
    assert [one for one in used if not is_defined(one)] == ["judge.metrics.gone", "judge.gone"]


RECORDS = sorted((CHECKOUT / "docs" / "decisions").glob("0*.md"))


@pytest.mark.parametrize("record", RECORDS, ids=name)
def test_a_decision_has_the_one_form_and_is_in_the_index(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 25
    assert lines[0].startswith(f"# {int(record.name[:4])}. ")
    assert lines[2].startswith("Status: ")
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequence"]
    assert f"({record.name})" in (record.parent / "README.md").read_text(encoding="utf-8")


def test_a_missing_file_is_noticed() -> None:
    page = (
        "`net/gone.py` `net/hybrid.py` `gone.py` `tests/gone/<kind>.py` `data/<kind>.py` `x / y`\n```\n`net/no.py`\n```"
    )
    assert [path for path in paths_named(page) if not is_there(path)] == [
        "net/gone.py",
        "gone.py",
        "tests/gone/<kind>.py",
    ]


def ours_inside_functions(tree: ast.AST) -> Iterator[int]:
    """Lines on which something of ours is imported inside a function."""
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    for node in (inner for function in functions for inner in ast.walk(function)):
        match node:
            case ast.ImportFrom(module=module, level=level) if level or (module or "").startswith("isthmus"):
                yield node.lineno
            case ast.Import(names=names) if any(alias.name.startswith("isthmus") for alias in names):
                yield node.lineno
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module")):
                yield node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_ours_is_imported_at_the_top(path: Path) -> None:
    found = list(ours_inside_functions(ast.parse(path.read_text(encoding="utf-8"))))
    assert len(found) == (1 if name(path) in LOADED_BY_NAME else 0), f"lines {found}"


def test_the_walk_finds_what_it_looks_for() -> None:
    hidden = (
        "def f():\n from isthmus import net\n import isthmus.net\n import numpy\n import_module('x')\nimport isthmus"
    )
    assert list(ours_inside_functions(ast.parse(hidden))) == [2, 3, 5]


def test_imports_point_down_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=CHECKOUT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_every_equation_has_a_home() -> None:
    assert [int(number) for number, _ in HOMES] == list(range(1, 13))


@pytest.mark.parametrize(("number", "home"), HOMES)
def test_the_home_names_its_equation(number: str, home: str) -> None:
    module, _, function = home.rpartition(".")
    documentation = getattr(importlib.import_module(module), function).__doc__
    assert f"Eq. ({number})" in documentation


def test_every_home_without_a_number_exists() -> None:
    assert len(HOMES_WITHOUT_A_NUMBER) >= 10
    for home in HOMES_WITHOUT_A_NUMBER:
        module, _, attribute = home.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), home


def test_the_papers_backbones_are_those_of_the_network() -> None:
    backbones = importlib.import_module("isthmus.net.backbones").BACKBONES
    assert tuple(backbones)[: len(PAPER_BACKBONES)] == PAPER_BACKBONES


def test_help_needs_no_torch() -> None:
    result = subprocess.run([sys.executable, "-c", HELP_WITHOUT_TORCH], capture_output=True, text=True)
    assert (result.stdout, result.returncode) == ("", 0)


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def fault_kinds(path: Path) -> Iterator[str]:
    """The kinds of fault that a reader names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _called(node) in ("fault", "_fault", "_row_fault", "report"):
            strings = [str(part.value) for part in node.args[:3] if isinstance(part, ast.Constant)]
            yield from [text for text in strings if re.fullmatch(r"[a-z]+(-[a-z]+)*", text)][:1]


def test_every_kind_of_fault_is_documented() -> None:
    readers = (CHECKOUT / "src" / "isthmus" / "data" / "readers").glob("*.py")
    kinds = {path.stem: set(fault_kinds(path)) for path in readers}
    documented = (CHECKOUT / "docs" / "data.md").read_text(encoding="utf-8")
    assert all(len(kinds[name]) > 5 for name in ("ddti", "voc", "folders", "contents"))
    assert {one for of_file in kinds.values() for one in of_file if f"`{one}`" not in documented} == set()
