"""Names of any bytes on any terminal: every verb works, its JSON is JSON, and what it writes reads back."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from make.commands import SMALL
from make.folders import write_image, write_table

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SYSTEMS = {"UTF-8": {"PYTHONUTF8": "1"}, "no UTF-8 at all": ASCII, "Latin-1": {"PYTHONIOENCODING": "latin-1"}}
NAMES = (b"a\xe9", "ü".encode(), "中文".encode(), b"line\nend", b'q"uote', b"c,omma; \\x", b"\x1b[31mred\r")
END = b"\0end "

# Every command in one process, as starting Python takes longer than most of them.
DRIVER = """
import os, sys
from isthmus.cli.main import run
for command in os.fsencode("\\0".join(sys.argv[1:])).split(b"\\0;\\0"):
    sys.argv = ["isthmus", *map(os.fsdecode, command.split(b"\\0"))]
    try:
        run()
    except SystemExit as ended:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os.write(1, b"\\0end %d\\0" % ended.code)
"""


def odd(folder: Path, name: bytes) -> Path:
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name))


def run(system: str, *commands: Sequence[object]) -> list[tuple[int, bytes]]:
    """Exit code and stdout of each command; what is on stderr is plain lines."""
    words = [";" if word is None else os.fsdecode(os.fsencode(str(word))) for one in commands for word in (None, *one)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100", **SYSTEMS[system]}
    done = subprocess.run([sys.executable, "-c", DRIVER, *words[1:]], env=environment, capture_output=True)
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert b"\x1b[31m" not in done.stdout + done.stderr
    *parts, nothing = done.stdout.split(END)
    outputs = [parts[0], *(part.split(b"\0", 1)[1] for part in parts[1:])]
    codes = [int(part.split(b"\0", 1)[0]) for part in (*parts[1:], nothing)]
    assert len(codes) == len(commands)
    return list(zip(codes, outputs, strict=True))


def strict(content: bytes) -> object:
    """The JSON in ``content``, as a parser reads it that takes no NaN, no lone surrogate, and nothing but ASCII."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    found = json.loads(content.decode("ascii"), parse_constant=refuse)
    json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found


def column(path: Path, name: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def assert_all_can_be_read(folder: Path) -> None:
    """Every text file that was written is UTF-8, every JSON strict."""
    for path in folder.rglob("*"):
        if path.suffix == ".json":
            strict(path.read_bytes())
        elif path.suffix in (".csv", ".toml", ".md", ".html", ".txt"):
            path.read_text(encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Plain folders whose names and images' names are odd, one image of each class broken."""
    root = odd(tmp_path, b"d\xe4ta \xc3\xbc")
    for number, name in enumerate((*NAMES, *NAMES)):
        write_image(odd(root / ("malignant" if number % 2 else "benign"), name + b"%d.png" % number), number)
    odd(root / "benign", b"br\xf6ken.png").write_bytes(b"no image")
    return root


@pytest.mark.parametrize("system", SYSTEMS)
def test_verbs_that_train_nothing(data: Path, model: Path, tmp_path: Path, system: str) -> None:
    bundle, table = odd(tmp_path, b"mod\xe8l"), odd(tmp_path, b"t\xe4ble.csv")
    image = odd(data / "benign", b"a\xe90.png")
    bundle.symlink_to(model)
    kind = ("--as", "folders")
    results = run(
        system,
        ("look", data, *kind, "--skip-broken"),
        ("look", data, *kind, "--json"),
        ("look", odd(tmp_path, b"nowh\xe8re"), *kind),
        ("predict", image, odd(data, b"g\xf6ne"), "--model", bundle),
        ("predict", image, odd(data, b"g\xf6ne"), "--model", bundle, "--json"),
        ("predict", data, "--model", bundle, "--to", table),
        ("predict", data, *kind, "--skip-broken", "--model", bundle, "--to", odd(tmp_path, b"d\xe4ta.csv"), "--json"),
        ("score", odd(tmp_path, b"d\xe4ta.csv"), "--json"),
        ("score", odd(tmp_path, b"d\xe4ta.csv"), "--p", "中"),
        ("phantom", "--to", odd(tmp_path, b"ph\xe4ntom"), "--patients", 2),
        ("info",),
        ("nö",),
    )
    assert [code for code, _ in results] == [0, 1, 2, 1, 1, 1, 0, 0, 2, 0, 0, 2]
    looked, said, read = (strict(results[at][1]) for at in (1, 4, 6))
    assert [fault["file"] for fault in looked["faults"]] == ["benign/br\\xf6ken.png"]  # type: ignore[index]
    assert said["predictions"][0]["image"].endswith("d\\xe4ta ü/benign/a\\xe90.png")  # type: ignore[index]
    assert read["rows"] == 14  # type: ignore[index]
    strict(results[7][1])
    expected = {"UTF-8": "ü".encode(), "no UTF-8 at all": b"\\xfc", "Latin-1": b"\xfc"}[system]
    assert b"d\\xe4ta " + expected + b"/benign/a\\xe90.png" in results[3][1]
    assert_all_can_be_read(tmp_path)
    assert len(column(table, "error")) == 15
    assert column(table, "error").count("") == 14


def test_what_predict_writes_is_a_manifest_that_finds_the_files_again(data: Path, model: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    ((code, _),) = run("no UTF-8 at all", ("predict", data, "--model", model, "--to", first))
    assert code == 1
    first.write_text(first.read_text(encoding="utf-8").replace("nodule,image,", "nodule,path,", 1), encoding="utf-8")
    run("no UTF-8 at all", ("predict", first, "--model", model, "--to", second))
    before, after = column(first, "p_malignant"), column(second, "p_malignant")
    assert before == after
    assert before.count("") == 1


def test_a_table_of_odd_names_is_found_in_folders(data: Path, tmp_path: Path) -> None:
    write_table(data, ["benign/a\\xe90.png,änna,,,,,", "u\u0308 1.png,bert,,,,,"])
    ((_, out),) = run("no UTF-8 at all", ("look", data, "--as", "folders", "--json"))
    found = strict(out)
    assert {fault["kind"] for fault in found["faults"]} == {"missing-image", "unreadable-image"}  # type: ignore[index]


def test_training_under_a_locale_that_is_not_utf8(data: Path, tmp_path: Path) -> None:
    rest = (data, "--as", "folders", "--skip-broken", *SMALL)
    crossed, made = odd(tmp_path, b"cr\xf6ss"), odd(tmp_path, b"mod\xe8l")
    results = run(
        "no UTF-8 at all",
        ("cross", *rest, "--to", crossed, "--folds", 2, "--json"),
        ("train", *rest, "--to", made, "--json"),
        ("predict", odd(data / "benign", b"a\xe90.png"), "--model", made),
    )
    assert [code for code, _ in results] == [0, 0, 0]
    strict(results[0][1])
    assert str(strict(results[1][1])["bundle"]).endswith("mod\\xe8l")  # type: ignore[index]
    assert_all_can_be_read(tmp_path)
    command = strict((crossed / "manifest.json").read_bytes())["command"]  # type: ignore[index]
    assert "d\\xe4ta ü" in command
    ((code, out),) = run("UTF-8", ("score", crossed / "predictions.csv", "--json"))  # and under another locale
    assert (code, strict(out)["n"]) == (0, 14)  # type: ignore[index]
    ((code, _),) = run("UTF-8", ("cross", *rest, "--to", crossed, "--folds", 2))
    assert code == 0


@pytest.mark.slow
def test_a_study_under_a_locale_that_is_not_utf8(data: Path, model: Path, tmp_path: Path) -> None:
    to, exported = odd(tmp_path, b"st\xfcdy"), odd(tmp_path, b"exp\xf6rted")
    rest = (data, "--as", "folders", "--skip-broken")
    cell = ("--protocol", "grouped", "--only", "global + BFC", "--only", "fourconv")
    study = (*rest, "--to", to, "--folds", 2, *SMALL, *cell)
    results = run(
        "no UTF-8 at all",
        ("study", "table4", *study, "--json"),
        ("study", "cases", *study, "--as-is"),
        ("export", *rest, "--model", model, "--to", exported, "--json"),
    )
    assert [code for code, _ in results] == [0, 0, 0]
    strict(results[0][1])
    assert_all_can_be_read(tmp_path)
