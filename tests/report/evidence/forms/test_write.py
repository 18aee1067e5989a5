"""Forms: what is known is filled in with its source, what isn't is a blank, and the flow adds up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.nodules import Choice, of_table
from isthmus.models.shipped import open_model
from isthmus.report.evidence.data_set import TITLES
from isthmus.report.evidence.forms.answers import answers
from isthmus.report.evidence.forms.checklists import FORMS
from isthmus.report.evidence.forms.write import BLANK, forms
from make.evidence import HEAD, rows, write
from make.pictured import made, pairs, pictured


@pytest.fixture
def judged(tmp_path: Path) -> Evidence:
    lines = [[*row, ("train", "val", "test", "test")[at // 2 % 4]] for at, row in enumerate(rows(480))]
    lines[4][1] = ""
    table = PredictionTable.read(write(tmp_path / "p.csv", lines, HEAD + ",split"))
    return evidence(of_table(table, Choice(skip_unlabelled=True)))


def test_every_line_has_a_value_and_its_source_or_is_a_blank(judged: Evidence) -> None:
    known = answers(judged)
    for name, text in forms(judged).items():
        items = [item for section in FORMS[name].sections.values() for item in section]
        table = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| Item", "| :"))]
        assert len(table) == len(items)
        for line, (_, key) in zip(table, items, strict=True):
            _, _, value, source, _ = re.split(r"(?<!\\)\|", line)
            assert value.strip()
            assert (source.strip() == "for the author") == (key not in known)
        assert f"{sum(key in known for _, key in items)} filled in" in text


def test_keys_of_forms_are_keys_of_answers_somewhere(judged: Evidence) -> None:
    run = dict.fromkeys(("protocol", "labels", "command", "data_fingerprint", "versions"), "x")
    more = replace(judged, nodules=replace(judged.nodules, origin={**judged.nodules.origin, **run}))
    more = replace(more, model=open_model("tn5000"), learned=True, pictured=pictured(made({}), pairs()))
    keys = {key for form in FORMS.values() for section in form.sections.values() for _, key in section} - {""}
    assert keys - answers(more).keys() - TITLES.keys() == set()


def test_guidelines_name_the_original(judged: Evidence) -> None:
    made = forms(judged)
    for name in ("claim.md", "tripod_ai.md", "stard_ai.md"):
        assert re.search(r"doi 10\.\d{4}/\S+\.", made[name])
        assert "check against the original" in made[name]


def test_the_flow_adds_up(judged: Evidence) -> None:
    flow = forms(judged)["stard_ai.md"].split("```text")[1]
    found = re.findall(r"(predictions|training|label|fitted on|judged): (\d+)", flow)
    counts = {word: int(number) for word, number in found}
    assert counts["predictions"] == 480
    assert counts["label"] == 1
    assert counts["judged"] + counts["fitted on"] + counts["training"] + counts["label"] == 480
    for name, malignant, benign in re.findall(r"(\S+): called malignant (\d+), benign (\d+)", flow)[:4]:
        assert int(malignant) + int(benign) == judged.ranked.malignant, name
    assert BLANK in flow
