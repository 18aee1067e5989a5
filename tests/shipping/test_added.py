"""One more file in a bundle, with its checksum, and nothing else changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from added import added
from isthmus.bundle import EVIDENCE, open_bundle
from isthmus.errors import BundleError
from make.described import made


def test_the_bundle_carries_it(tmp_path: Path) -> None:
    before = made(tmp_path / "b")
    after = added(before, EVIDENCE, '{"n": 3}\n')
    assert after.evidence
    assert after.evidence.read_text() == '{"n": 3}\n'
    assert (after.recipe, after.decision, after.provenance) == (before.recipe, before.decision, before.provenance)
    assert set(after.files) - set(before.files) == {EVIDENCE}


def test_another_content_takes_its_place(tmp_path: Path) -> None:
    once = added(made(tmp_path / "b"), EVIDENCE, "{}\n")
    twice = added(once, EVIDENCE, "[]\n")
    assert twice.files == once.files
    assert open_bundle(tmp_path / "b").evidence == tmp_path / "b" / EVIDENCE


def test_a_name_that_no_bundle_has(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no bundle holds"):
        added(made(tmp_path / "b"), "notes.txt", "x")
