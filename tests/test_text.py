"""Text that any file, terminal and parser takes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.text import path_of, path_of_printable, printable

NAMES = """
import os, sys
from pathlib import Path
from isthmus.text import path_of, printable
for path in sorted(Path(sys.argv[1]).iterdir()):
    sys.stdout.buffer.write(printable(path.relative_to(sys.argv[1])).encode() + b"\\n")
sys.stdout.buffer.write(str(path_of("\\u00fc \\u4e2d.png").exists()).encode())
"""
LOCALES = {
    "utf-8": {"PYTHONUTF8": "1"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@given(st.text())
def test_text_that_is_unicode_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(st.text(st.characters()))
def test_anything_becomes_unicode(text: str) -> None:
    assert printable(printable(text).encode().decode()) == printable(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\udce9b", "a\\xe9b"),
        ("a\ud800b", "a\\ud800b"),
        ("\udcc3\udcbc", "ü"),
        ("ü\udce9", "ü\\xe9"),
    ],
)
def test_what_is_no_unicode_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.binary(min_size=1).filter(lambda name: b"\0" not in name and b"\\" not in name))
def test_a_path_is_found_again_by_its_text(name: bytes) -> None:
    path = Path(os.fsdecode(name))
    assert path_of_printable(printable(path)) == path
    assert path_of("größe") == Path("größe")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_paths_text_is_the_same_under_every_locale(tmp_path: Path, locale: str) -> None:
    for name in (b"a\xe9.png", "ü 中.png".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    environment = {**os.environ, **LOCALES[locale]}
    told = subprocess.run(
        [sys.executable, "-c", NAMES, tmp_path], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert told.stdout.decode() == "a\\xe9.png\nü 中.png\nTrue"
