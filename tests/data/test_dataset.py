"""What readers give back: images, nodules, faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.data.dataset import DataSet, Fault
from isthmus.errors import DataError
from isthmus.nodule import Box, ImageRef, Label, Nodule

CUT = Fault("4.xml", "4_1", "truncated-annotation", "kept 1 complete polygon", "mark 1: <svg> is cut")
GONE = Fault("5.xml", "5_1", "missing-image", "left out", "mark 1: image 5_1 is not there", broken=True)


def nodules(root: Path) -> tuple[Nodule, ...]:
    (root / "a.jpg").write_bytes(b"a")
    (root / "b.jpg").write_bytes(b"b")
    return (
        Nodule("a-1", "a", "anna", ImageRef(root / "a.jpg"), Box(0, 0, 5, 5), label=Label.BENIGN),
        Nodule("b-1", "b", "bert", ImageRef(root / "b.jpg"), Box(0, 0, 5, 5), label=Label.MALIGNANT),
        Nodule("b-2", "b", "bert", ImageRef(root / "b.jpg"), Box(5, 5, 9, 9)),
    )


def test_counts_and_labelled(tmp_path: Path) -> None:
    data = DataSet("ddti", tmp_path, (), nodules(tmp_path))
    assert [nodule.id for nodule in data.labelled] == ["a-1", "b-1"]
    assert data.counts() == {Label.BENIGN: 1, Label.MALIGNANT: 1}


def test_a_fault_reads_as_a_line() -> None:
    assert str(CUT) == "4.xml: mark 1: <svg> is cut (kept 1 complete polygon)"
    assert str(replace(CUT, detail="")) == "4.xml: truncated-annotation (kept 1 complete polygon)"


def test_only_what_is_broken_is_refused(tmp_path: Path) -> None:
    DataSet("ddti", tmp_path, (), (), (CUT, CUT)).refuse_broken()
    with pytest.raises(DataError) as caught:
        DataSet("ddti", tmp_path / "ddti", (), (), (CUT, GONE, GONE)).refuse_broken()
    assert str(caught.value) == (
        "ddti/5.xml: mark 1: image 5_1 is not there; and 1 more like it. "
        "Repair it, or pass --skip-broken to go on without it."
    )


def test_fingerprint_depends_on_all_that_training_sees(tmp_path: Path) -> None:
    first, second, third = nodules(tmp_path)

    def fingerprint(*given: Nodule) -> str:
        return DataSet("ddti", tmp_path, (), given).fingerprint()

    base = fingerprint(first, second)
    assert len(base) == 12
    assert fingerprint(second, first) == base
    assert fingerprint(first, second, third) == base  # unlabelled
    changed = [
        fingerprint(first),
        fingerprint(first, replace(second, label=Label.BENIGN)),
        fingerprint(first, replace(second, patient="anna")),
        fingerprint(first, replace(second, box=Box(0, 0, 5, 6))),
        fingerprint(first, replace(second, id="b-3")),
    ]
    (tmp_path / "b.jpg").write_bytes(b"B")
    changed.append(fingerprint(first, second))
    assert base not in changed
    assert len(set(changed)) == len(changed)
