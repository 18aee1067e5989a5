"""Two tables are paired by nodule, whatever their order, and what only one has is counted."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import paired

HEADER = "run,nodule,group,label,p_malignant\n"


def row(number: int, p: float, run: str = "a") -> str:
    return f"{run},{number},g{number // 2},{'malignant' if number % 2 else 'benign'},{p}\n"


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv.gz"
    one.write_text(HEADER + "".join(row(n, n % 2) for n in range(13)), encoding="utf-8")
    mixed = "".join(row(n, (n * 7 % 12) / 12, "b") for n in reversed(range(12))) + row(0, 0.5, "c")
    other.write_bytes(gzip.compress((HEADER + mixed).encode()))
    return one, other


def test_nodules_are_paired_by_name(tables: tuple[Path, Path]) -> None:
    first, second, difference = paired.compared(paired.read(str(tables[0])), paired.read(f"{tables[1]}#b"))
    assert first.startswith("first: AUC 1.000 ")
    assert second.startswith("second: AUC 0.")
    assert "n = 12, 6 groups; left out: 1" in difference
    assert difference.startswith("first - second: +0.")


def test_patients_are_the_groups_of_a_table_without_any_and_nodules_without_a_label_are_passed_over(
    tables: tuple[Path, Path], tmp_path: Path
) -> None:
    text = tables[0].read_text(encoding="utf-8").replace("group", "patient") + "a,99,g9,,0.5\n"
    (tmp_path / "read.csv").write_text(text, encoding="utf-8")
    lines = paired.compared(paired.read(str(tmp_path / "read.csv")), paired.read(f"{tables[1]}#b"))
    assert lines == paired.compared(paired.read(str(tables[0])), paired.read(f"{tables[1]}#b"))


def test_several_runs_have_to_be_told_apart(tables: tuple[Path, Path]) -> None:
    with pytest.raises(ValueError, match="13 rows of 12 nodules; name one run behind #"):
        paired.read(str(tables[1]))
    with pytest.raises(ValueError, match="0 rows"):
        paired.read(f"{tables[1]}#d")


def test_a_column_is_a_model(tables: tuple[Path, Path], tmp_path: Path) -> None:
    """One table, a column a model, says what two tables say."""
    rows = paired.read(f"{tables[1]}#b")
    wide = "nodule,group,label,fold,sure,mixed\n" + "".join(
        f"{n},g{n // 2},{rows[str(n)]['label']},{n % 3},{n % 2},{rows[str(n)]['p_malignant']}\n" for n in range(12)
    )
    (tmp_path / "wide.csv").write_text(wide, encoding="utf-8")
    sure, mixed = (paired.read(f"{tmp_path / 'wide.csv'}#{name}") for name in ("sure", "mixed"))
    first = {name: row for name, row in paired.read(str(tables[0])).items() if name in rows}
    assert paired.compared(sure, mixed) == paired.compared(first, rows)
    with pytest.raises(KeyError, match="nowhere"):
        paired.read(f"{tmp_path / 'wide.csv'}#nowhere")


def test_within_folds_only_nodules_of_one_fold_are_compared(tmp_path: Path) -> None:
    """Two folds, each right about its nodules, on scales that don't meet."""
    lines = [
        f"{n},g{n // 2},{'malignant' if n % 2 else 'benign'},{n % 8 // 4},{(n % 2 + 2 * (n % 8 // 4)) / 3}"
        for n in range(16)
    ]
    (tmp_path / "p.csv").write_text("nodule,group,label,fold,p_malignant\n" + "\n".join(lines), encoding="utf-8")
    rows = paired.read(str(tmp_path / "p.csv"))
    assert paired.compared(rows, rows, within_folds=True)[0].startswith("first: AUC 1.000 ")
    assert paired.compared(rows, rows)[0].startswith("first: AUC 0.750 ")


def test_other_labels_are_refused(tables: tuple[Path, Path]) -> None:
    rows = paired.read(str(tables[0]))
    turned = {name: {**one, "label": "malignant"} for name, one in rows.items()}
    with pytest.raises(ValueError, match="other labels"):
        paired.compared(rows, turned)
