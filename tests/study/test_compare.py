"""Paired tests between rows, the price of the leak, and the paper's claims, on runs made by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from isthmus.judge.delong import auc_within
from isthmus.report.study_tables import shown as evidence_shown
from isthmus.study.claims import claims
from isthmus.study.compare import BFC, GLOBAL, RFC, comparable, compare, families, paired
from isthmus.study.grid import Model
from isthmus.study.leak import prices
from isthmus.study.ledger import Entry, Ledger
from isthmus.study.tables import METRICS, Row, rows
from make.runs import FOLDS, entry, skilled, write_run

N = 240


def table(to: Path, *entries: Entry) -> tuple[Row, ...]:
    return tuple(row for name in ("table3", "table4", "ablations") for row in rows(Ledger("x", {}, entries), name, to))


def test_rows_are_compared_on_the_nodules_that_both_tested(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.5)
    other, _ = skilled(N, 0.2, seed=1)
    write_run(tmp_path, "good", p, labels)
    write_run(tmp_path, "poor", other[100:], labels[100:], first=100)
    good, poor = table(tmp_path, entry("good", BFC), entry("poor", RFC))
    one = compare(good, poor)
    assert (one.n, one.accuracy.n) == (N - 100, N - 100)
    folds = [number // 2 % FOLDS for number in range(100, N)]
    less = [auc_within(labels[100:], own, folds).value for own in (p[100:], other[100:])]
    assert one.auc.estimate.value == pytest.approx(less[0] - less[1])
    right = (np.array(p[100:]) >= 0.5) == np.array(labels[100:])
    other_right = (np.array(other[100:]) >= 0.5) == np.array(labels[100:])
    assert (one.accuracy.only_first, one.accuracy.only_second) == (
        (right & ~other_right).sum(),
        (other_right & ~right).sum(),
    )
    assert one.evidence == 1
    assert compare(poor, good).evidence == -1
    assert compare(good, good).evidence == 0


def test_repeats_are_compared_one_by_one(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.5)
    again, _ = skilled(N, 1.4, seed=2)
    poor, _ = skilled(N, 0.2, seed=1)
    better, _ = skilled(N, 3.0, seed=3)
    write_run(tmp_path, "good", p, labels, more=[again, again])
    write_run(tmp_path, "poor", poor, labels, more=[poor, poor])
    write_run(tmp_path, "turns", poor, labels, more=[poor, better])
    write_run(tmp_path, "once", poor, labels)
    good, poor_row, turns, once = table(tmp_path, *(entry(name) for name in ("good", "poor", "turns", "once")))
    found = compare(good, poor_row)
    assert (found.n, found.accuracy.n, len(found.gains), found.evidence) == (N, 3 * N, 3, 1)
    assert found.auc.estimate.value == pytest.approx(np.mean([gain.auc for gain in found.gains]))
    accuracy = good.metrics["accuracy"].value - poor_row.metrics["accuracy"].value
    assert accuracy == pytest.approx(np.mean([gain.accuracy for gain in found.gains]))
    turned = compare(good, turns)
    assert turned.auc_p < 0.05
    assert (turned.evidence, turned.shown) == (0, set())
    assert evidence_shown(turned) == "not in every repeat"
    first = compare(good, once)
    assert (first.n, first.accuracy.n, len(first.gains)) == (N, N, 1)


def test_a_nodule_read_three_times_is_one_nodule(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.0)
    other, _ = skilled(N, 0.8, seed=1)
    write_run(tmp_path, "a", p, labels)
    write_run(tmp_path, "b", other, labels)
    write_run(tmp_path, "aaa", p, labels, more=[p, p])
    write_run(tmp_path, "bbb", other, labels, more=[other, other])
    a, b, aaa, bbb = table(tmp_path, *(entry(name) for name in ("a", "b", "aaa", "bbb")))
    once, thrice = compare(a, b), compare(aaa, bbb)
    assert thrice.accuracy_p == pytest.approx(once.accuracy_p)
    assert thrice.auc_p == pytest.approx(once.auc_p)
    assert aaa.n == a.n
    for name in METRICS:
        for part in ("value", "low", "high"):
            assert getattr(aaa.metrics[name], part) == pytest.approx(getattr(a.metrics[name], part))


def test_repeats_are_matched_by_the_seed_of_their_split(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.5)
    other, _ = skilled(N, 0.2, seed=1)
    write_run(tmp_path, "from 0", p, labels, more=[p, p])
    write_run(tmp_path, "from 2", other, labels, seed=2)
    write_run(tmp_path, "from 5", other, labels, seed=5)
    first, common, apart = table(tmp_path, *(entry(name) for name in ("from 0", "from 2", "from 5")))
    assert (comparable(first, common), comparable(first, apart)) == (True, False)
    one = compare(first, common)
    assert (one.n, len(one.gains), one.accuracy.n) == (N, 1, N)


def test_what_cannot_be_compared_leaves_the_rest(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.5)
    write_run(tmp_path, "here", p, labels)
    write_run(tmp_path, "there", p, labels, seed=3)
    both = table(tmp_path, entry("here", BFC), entry("here", RFC), entry("there", GLOBAL))
    assert [(one.first, one.second) for one in families(both)] == [(Model(BFC, "fourconv"), Model(RFC, "fourconv"))]
    assert all(one.verdicts == () for one in claims({"table4": both}, {}) if one.name == "crops-beat-global")
    leaky = table(tmp_path, entry("here", BFC), entry("there", BFC, protocol="paper"))
    assert prices(leaky) == ()


def test_a_repeat_with_too_few_nodules_of_a_class_decides_nothing(tmp_path: Path) -> None:
    labels = [0, 0, 0, 0, 1, 0, 0, 0]
    p = [0.1, 0.2, 0.3, 0.1, 0.9, 0.2, 0.1, 0.3]
    write_run(tmp_path, "a", p, labels, more=[p])
    write_run(tmp_path, "b", [1 - one for one in p], labels, more=[p])
    a, b = table(tmp_path, entry("a", BFC), entry("b", RFC))
    assert math.isnan(a.metrics["auc_within_folds"].low)  # of one group there is no interval
    assert compare(a, b).evidence == 0
    assert len(families([a, b])) == 1


def test_runs_on_other_nodules_cannot_be_compared(tmp_path: Path) -> None:
    p, labels = skilled(40, 1.0)
    write_run(tmp_path, "here", p, labels)
    write_run(tmp_path, "there", p, labels, first=100)
    here, there = table(tmp_path, entry("here"), entry("there", BFC))
    assert here.run is not None
    assert there.run is not None
    with pytest.raises(ValueError, match="no nodule in common"):
        paired(here.run, there.run)


def test_a_family_is_fixed_beforehand_and_corrected_as_one(tmp_path: Path) -> None:
    entries = []
    for seed, (architecture, backbone) in enumerate(
        [(a, b) for a in (GLOBAL, RFC, BFC) for b in ("resnet50", "fourconv")] + [("baseline", "box")]
    ):
        for protocol in ("grouped", "paper"):
            write_run(tmp_path, f"{protocol}{seed}", *skilled(N, 0.5, seed), protocol=protocol)
            entries.append(entry(f"{protocol}{seed}", architecture, backbone, protocol=protocol))
    entries.append(entry("missing", GLOBAL, "vgg19"))
    found = families(table(tmp_path, *entries))
    assert len(found) == 2 * (3 * 2 + 3 + 1)
    assert {one.protocol for one in found} == {"grouped", "paper"}
    grouped = [one for one in found if one.protocol == "grouped"]
    planned = len(grouped) + 1  # the comparison that waits for the missing run
    smallest = min(min(one.accuracy.p_value, one.auc.p_value) for one in grouped)
    corrected = min(min(one.accuracy_p, one.auc_p) for one in grouped)
    assert corrected == pytest.approx(min(1.0, smallest * 2 * planned))
    assert all(one.accuracy_p >= one.accuracy.p_value and one.auc_p >= one.auc.p_value for one in grouped)


def test_a_leak_has_a_price_against_patients_and_against_blocks(tmp_path: Path) -> None:
    p, labels = skilled(N, 1.0)
    for protocol in (names := ("by-image", "grouped", "blocks")):
        write_run(tmp_path, protocol, p, labels, protocol=protocol)
    found = prices(table(tmp_path, *(entry(name, BFC, protocol=name) for name in names)))
    assert [(one.protocol, one.honest) for one in found] == [("by-image", "grouped"), ("by-image", "blocks")]


def test_the_price_of_the_leak_is_that_of_the_same_nodules(tmp_path: Path) -> None:
    leaky, labels = skilled(N, 2.0)
    honest, _ = skilled(N, 0.3, seed=1)
    write_run(tmp_path, "leaky", leaky[:80], labels[:80], protocol="paper")
    write_run(tmp_path, "honest", honest, labels)
    (price,) = prices(
        table(
            tmp_path,
            entry("leaky", BFC, protocol="paper"),
            entry("honest", BFC),
            entry("leaky", RFC, protocol="paper"),  # not run under the other one
        )
    )
    assert (price.n, price.leaked_n, price.same_patient) == (80, 80, 20)
    folds = [number // 2 % FOLDS for number in range(80)]
    assert price.auc_optimistic == pytest.approx(auc_within(labels[:80], leaky[:80], folds).value)
    assert price.auc_last == 0.5  # what the made runs say of each epoch
    assert price.auc_honest == pytest.approx(auc_within(labels[:80], honest[:80], folds).value)
    assert price.auc.estimate.value == pytest.approx(price.auc_optimistic - price.auc_honest)
    assert price.accuracy.value == pytest.approx(price.accuracy_optimistic - price.accuracy_honest)
    assert price.accuracy.low <= price.accuracy.value <= price.accuracy.high
