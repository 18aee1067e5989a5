"""What would leak under each protocol, and the gate before a cross-validation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.cross.gate import by_protocol
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import named
from isthmus.cross.run import Run
from isthmus.data.audit.duplicates import Duplicates, Pair
from isthmus.data.audit.leaks.relations import Relations
from isthmus.data.dataset import DataSet, ImageRecord
from isthmus.errors import SplitError
from isthmus.nodule import Box, ImageRef, Label, Nodule
from isthmus.recipe import PAPER

COUNT = 600


def data_of(patients: bool = False) -> DataSet:
    """Numbered pictures of alternating labels; with ``patients`` four of one patient in a row."""
    names = [f"{number:04}" for number in range(1, COUNT + 1)]
    whose = {name: f"patient {at // 4}" if patients else name for at, name in enumerate(names)}
    images = tuple(ImageRecord(name, ImageRef(Path(name)), whose[name], 1, 1) for name in names)
    nodules = tuple(
        Nodule(f"{one.id}#1", one.id, one.patient, one.picture, Box(0, 0, 1, 1), label=Label(at % 2))
        for at, one in enumerate(images)
    )
    return DataSet("made", Path(), images, nodules)


def related(data: DataSet, duplicates: Duplicates, alike: bool) -> Relations:
    """With neighbours that are ``alike``, ten in a row, or with none that is."""
    patients = {image.id: image.patient for image in data.images}
    return Relations(
        patients, duplicates, lambda: {name: _hash(int(name) // (10 if alike else 1)) for name in patients}
    )


def _hash(seed: int) -> bytes:
    return bytes((seed * 37 + at * (seed + 11)) % 256 for at in range(32))


def test_what_would_leak_under_each_protocol() -> None:
    data, duplicates = data_of(), Duplicates(identical=(Pair("0001", "0100"),), near=(Pair("0007", "0200", 0.5, 0.8),))
    leaks = {one.protocol: one for one in by_protocol(data, related(data, duplicates, alike=True))}
    assert list(leaks) == ["blocks", "grouped", "by-image", "paper", "authors"]
    assert (leaks["blocks"].n, leaks["blocks"].any, leaks["blocks"].parts) == (COUNT, 0, 5)
    assert leaks["grouped"].nodules == {"frame": 0, "identical": 0, "near": 0, "patient": 0, "order": COUNT}
    assert leaks["paper"].n == leaks["by-image"].n == COUNT // 4
    assert leaks["paper"].nodules["order"] == COUNT // 4
    assert leaks["authors"].n == 0
    assert "in the list train" in leaks["authors"].reason


def test_order_counts_for_nothing_where_patients_are_named() -> None:
    data = data_of(patients=True)
    leaks = {one.protocol: one for one in by_protocol(data, related(data, Duplicates(), alike=True))}
    assert leaks["grouped"].any == 0
    assert leaks["paper"].nodules["patient"] > 0
    assert leaks["paper"].nodules["order"] == 0


def run_of(data: DataSet, protocol: str, group_by: str | None = None) -> Run:
    plan = Plan(PAPER, named(protocol, group_by), folds=3)
    duplicates = Duplicates(identical=(Pair("0001", "0100"),))
    return Run.of(data, plan, duplicates, Path("run"))


def test_a_run_whose_parts_leak_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_of()
    duplicates = run_of(data, "grouped").duplicates
    made = {True: related(data, duplicates, True), False: related(data, duplicates, False)}
    for alike in (True, False):
        monkeypatch.setattr(Relations, "of", lambda *arguments, alike=alike: made[alike])
        if alike:
            with pytest.raises(
                SplitError, match=r"^--protocol grouped: .*order.*Split by blocks of consecutive numbers"
            ):
                run_of(data, "grouped").pass_gate()
        else:
            assert run_of(data, "grouped").pass_gate() == ""
        assert run_of(data, "blocks", "sequence:20").pass_gate() == ""


def test_a_protocol_whose_point_is_the_leak_passes_and_tells_it() -> None:
    leaks = run_of(data_of(), "paper").pass_gate()  # pictures that are not there: none is looked at
    assert leaks.startswith("protocol paper leaks: ")
    assert "in file order" in leaks
    assert run_of(data_of(patients=True), "grouped").pass_gate() == ""


def test_parts_that_leak_for_any_reason_are_refused() -> None:
    run = run_of(data_of(patients=True), "grouped")
    other = run_of(data_of(patients=True), "by-image")
    with pytest.raises(SplitError, match="of one patient"):
        replace(run, parts=other.parts).pass_gate()
