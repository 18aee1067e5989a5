"""The folders of evidence of the models that ship: which nodules, which predictions, and no pictures in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import evidence
from isthmus.models.names import names


def test_out_of_fold_and_elsewhere_under_both_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    run: list[list[str]] = []
    monkeypatch.setattr(evidence, "_isthmus", lambda *arguments: run.append([*map(str, arguments)]))
    made = dict(evidence.commands("tn5000-hfcn", Path("a"), Path("b")))
    assert list(made) == ["tn5000", "ddti-benign-2-3-4a", "ddti-benign-2-3"]
    assert made["tn5000"][:3] == [evidence.PREDICTIONS, "--p", "tn5000-hfcn"]
    assert [one[one.index("--labels") + 1] for one in run] == ["benign-2-3-4a", "benign-2-3"]
    assert all(one[0] == "predict" and one[one.index("--model") + 1] == "tn5000-hfcn" for one in run)


def test_no_picture_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run: list[list[str]] = []

    def record(*arguments: object) -> None:
        run.append([*map(str, arguments)])
        if arguments[0] == "report":
            to = Path(str(arguments[-1]))
            to.mkdir(parents=True)
            (to / evidence.METRICS).write_text('{"n": 1}')

    carried: dict[str, str] = {}
    monkeypatch.setattr(evidence, "_isthmus", record)
    monkeypatch.setattr(evidence, "added", lambda bundle, name, text: carried.update({bundle.name: text}))
    result = CliRunner().invoke(evidence.main, ["--tn5000", "a", "--ddti", "b", "--to", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    reports = [one for one in run if one[0] == "report"]
    assert len(reports) == 3 * len(evidence.MODELS)
    assert all("--no-pictures" in one for one in reports)
    assert carried == dict.fromkeys(evidence.MODELS, '{"n":1}\n')


def test_its_models_ship() -> None:
    assert set(evidence.MODELS) <= set(names())
