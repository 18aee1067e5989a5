"""The list of saved readings, and its CSV, which `isthmus readers` judges once labels are filled in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from isthmus.evidence.readers import judged
from isthmus.serve.saved import as_grades, with_agreement
from make.served import client, picture

BOX = "20,30,150,140"


def kept(**changes: Any) -> Mapping[str, Any]:
    """A reading as the store gives it."""
    return {
        "reader": "AB",
        "picture": "a" * 64,
        "frame": 1,
        "drawn": {"box": [BOX], "polygon": None},
        "own": {"probability": 0.2, "tirads": "TR2"},
        "saved": "2026-01-01T00:00:00+00:00",
        "checksum": "c" * 64,
        "answer": None,
        "shown": None,
        "late": False,
        "changes": [],
    } | changes


def shown(verdict: str, labels: list[str] | None = None) -> dict[str, Any]:
    one = {"verdict": verdict, "set": labels, "p_malignant": 0.8}
    return {"answer": {"predictions": [one]}, "shown": "2026-01-01T00:01:00+00:00"}


def rows(*reads: Mapping[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_grades(reads))))


@pytest.mark.parametrize(
    ("level", "answer", "kind"),
    [
        ("TR2", shown("benign"), "agree"),
        ("TR5", shown("benign"), "disagree"),
        ("TR4", shown("benign"), "undecided"),
        ("TR5", shown("malignant", ["benign", "malignant"]), "undecided"),
        ("TR5", shown("abstain"), "undecided"),
        ("TR5", {}, None),
    ],
)
def test_agreement_is_that_of_level_and_verdict(level: str, answer: dict[str, Any], kind: str | None) -> None:
    assert with_agreement(kept(own={"probability": 0.5, "tirads": level}, **answer))["agreement"] == kind


def test_what_was_not_shown_has_one_row_and_what_was_has_two() -> None:
    assert [row["mode"] for row in rows(kept())] == ["unaided"]
    change = {"own": {"probability": 0.9, "tirads": "TR5"}, "reason": "rim"}
    first, then = rows(kept(**shown("malignant"), changes=[change]))
    assert (first["score"], first["changed"], first["model"]) == ("0.2", "no", "")
    assert (then["score"], then["tirads"], then["changed"], then["reason"]) == ("0.9", "TR5", "yes", "rim")
    assert (then["mode"], then["model"], then["label"]) == ("aided", "malignant", "")


def test_no_words_of_a_reader_are_a_formula(tmp_path: Path) -> None:
    change = {"own": {"probability": 0.9, "tirads": "+TR5"}, "reason": "=HYPERLINK(1)"}
    first, then = rows(
        kept(reader="@AB", own={"probability": 0.2, "tirads": "-1"}, **shown("benign"), changes=[change])
    )
    assert (first["reader"], first["tirads"], first["score"]) == ("'@AB", "'-1", "0.2")
    assert (then["tirads"], then["reason"]) == ("'+TR5", "'=HYPERLINK(1)")


def test_read_twice_by_one_reader_the_first_counts() -> None:
    later = kept(saved="2026-02-01T00:00:00+00:00", own={"probability": 0.9, "tirads": "TR5"})
    assert [row["score"] for row in rows(later, kept())] == ["0.2"]
    assert len(rows(kept(), kept(reader="CD"), kept(frame=2))) == 3


def test_with_labels_filled_in_it_can_be_judged(tmp_path: Path) -> None:
    reads = [
        kept(
            reader=reader,
            frame=number,
            own={"probability": number / 10, "tirads": "TR4"},
            **shown("malignant"),
            changes=[{"own": {"probability": (number + 1) / 10, "tirads": "TR4"}, "reason": "the model"}],
        )
        for reader in ("AB", "CD")
        for number in range(1, 9)
    ]
    made = rows(*reads)
    for row in made:
        row["label"] = "malignant" if int(row["frame"]) > 4 else "benign"
    with (tmp_path / "grades.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, made[0].keys())
        writer.writeheader()
        writer.writerows(made)
    study = judged.judge(tmp_path / "grades.csv", "malignant", None, None)
    assert study.modes_compared == ("unaided", "aided")


@pytest.fixture
def service_with_store(bundle: Path, tmp_path: Path) -> Iterator[TestClient]:
    with client(bundle, store=tmp_path / "store") as one:
        yield one


def test_the_service_lists_and_exports_what_one_reader_saved(service_with_store: TestClient) -> None:
    service = service_with_store
    name = service.post("/pictures", files={"file": ("a.png", picture())}).json()["picture"]
    for reader in ("王秀英", "CD"):
        new = {"key": f"key-{reader}-0001", "reader": reader, "picture": name, "frame": 1, "box": [BOX]}
        service.post("/reads", json=new | {"own": {"probability": 0.4, "tirads": "TR5"}})
    header = {"X-Reader": quote("王秀英")}
    (one,) = service.get("/reads", headers=header).json()["reads"]
    assert (one["reader"], one["agreement"]) == ("王秀英", None)
    service.post("/predict", data={"picture": name, "box": BOX, "read": one["id"]})
    (one,) = service.get("/reads", headers=header).json()["reads"]
    assert one["agreement"] in ("agree", "disagree", "undecided")
    text = service.get("/reads/grades.csv", headers=header).text
    assert [row["reader"] for row in csv.DictReader(io.StringIO(text))] == ["王秀英", "王秀英"]
