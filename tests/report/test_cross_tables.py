"""The tables of a cross-validation: what each row counts, against the rows that it was made of."""

from __future__ import annotations

import math

from isthmus.cross.scorecard import cross_scorecard
from isthmus.nodule import Label
from isthmus.report.cross_tables import branches, by_repeat, confusions, folds, mean_auc, metrics, mistakes, points
from isthmus.report.table import Cell, Table
from make.crossing import RECIPE, result


def rows(table: Table) -> list[tuple[Cell, ...]]:
    return [line.cells for lines in table.blocks.values() for line in lines]


def test_every_nodule_stands_once_a_repeat() -> None:
    crossing = result(repeats=2, count=80, folds=2)
    each = by_repeat(crossing)
    assert len(each) == 2
    assert all(len({row.nodule for row in own}) == len(own) == 80 for own in each)


def test_a_metric_has_its_interval_its_method_and_its_n_at_each_operating_point() -> None:
    crossing = result()
    card = cross_scorecard(crossing)
    table = metrics(card, points(crossing, card))
    by_title = {cells[0].text: cells[1:] for cells in rows(table)}
    assert len(by_title) == len(card.metrics) - 1  # recall stands with sensitivity
    first, n, chosen, chosen_n = by_title["Specificity"]
    assert (first.text, chosen.text) == (
        f"{card.metrics['specificity'].value:.3f}",
        f"{card.operating_point.metrics['specificity'].value:.3f}",
    )
    assert n.text == chosen_n.text == str(card.benign)
    assert dict(table.notes)[first.note] == card.metrics["specificity"].method
    assert by_title["AUC"][2:] == (Cell(), Cell())


def test_one_operating_point_has_one_pair_of_columns() -> None:
    crossing = result(RECIPE.changed(threshold="half"))
    card = cross_scorecard(crossing)
    assert len(metrics(card, points(crossing, card)).columns) == 3
    assert list(confusions(crossing, card)) == ["half"]


def test_confusion_at_the_operating_points_is_a_mean_over_repeats() -> None:
    crossing = result(repeats=2, count=80, folds=2)
    chosen = confusions(crossing, cross_scorecard(crossing))["chosen"]
    assert chosen.n == 80
    assert chosen.tp == sum(row.verdict and row.label is Label.MALIGNANT for row in crossing.rows) / 2


def test_branches_have_a_gain_over_the_global_branch() -> None:
    first, crops, fused = rows(branches(result()))
    assert first[2] == Cell()
    assert all(cells[2].below for cells in (crops, fused))
    assert len(rows(branches(result(RECIPE.changed(crops="none"))))) == 1


def test_folds_count_who_is_tested() -> None:
    crossing = result()
    table = folds(crossing)
    at = {column.title: at for at, column in enumerate(table.columns)}
    for label in Label:
        counts = sum(int(cells[at[str(label)]].text) for cells in rows(table))
        assert counts == sum(row.label is label for row in crossing.rows)
    aucs = [fold.auc for fold in crossing.folds]
    assert math.isclose(mean_auc(crossing), sum(aucs) / len(aucs))


def test_mistakes_are_on_the_wrong_side_and_the_surest_comes_first() -> None:
    for label, table in mistakes(result()).items():
        p = [float(cells[2].text) for cells in rows(table)]
        assert all((one >= 0.5) is (label is Label.BENIGN) for one in p)
        assert [abs(one - 0.5) for one in p] == sorted((abs(one - 0.5) for one in p), reverse=True)
