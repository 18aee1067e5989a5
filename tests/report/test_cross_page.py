"""The report: whole, self-contained, escaped, repeatable; and still there when figures are undefined."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from isthmus.cross.scorecard import CrossScorecard, cross_scorecard
from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER, Label
from isthmus.recipe import PAPER
from isthmus.report.cross_page import render
from make.crossing import MANIFEST, RECIPE, VOID, page, result


@pytest.fixture(scope="module")
def grouped() -> tuple[CrossScorecard, str]:
    crossing = result()
    card = cross_scorecard(crossing)
    return card, render(crossing, card, MANIFEST)


class Checker(HTMLParser):
    """Follows tags as a strict reader would, and gathers ids, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self._attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert len(named) == len(attrs), f"an attribute twice in <{tag}>"
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.loaded += [
            f"{tag} {name}={v}" for name, v in attrs if name in ("src", "href", "xlink:href", "data", "srcset")
        ]


def words(text: str) -> str:
    return " ".join(Checker(text).text.split())


def test_is_balanced_html_that_loads_nothing(grouped: tuple[CrossScorecard, str]) -> None:
    text = grouped[1]
    assert text.startswith("<!DOCTYPE html>")
    for forbidden in ("<script", "<link", "<img", "<iframe", "url(", "@import", "<?xml", "xmlns:cc"):
        assert forbidden not in text
    ids = {f"#{name}" for name in Checker(text).ids}
    outside = [attribute for attribute in Checker(text).loaded if attribute.partition("=")[2] not in ids]
    assert outside == ["a href=https://ieeexplore.ieee.org/abstract/document/9044854"]
    assert re.findall(r"https?://[^\s<\"]+", text) == ["https://ieeexplore.ieee.org/abstract/document/9044854"] * 2


def test_every_metric_stands_there_with_its_interval(grouped: tuple[CrossScorecard, str]) -> None:
    card, text = grouped
    told = words(text)
    for metrics in (card.metrics, card.operating_point.metrics):
        for one in metrics.values():
            assert re.search(rf"{one.value:.3f} {one.low:.3f} to {one.high:.3f}\w ?{one.n}", told)
            assert one.method in told


def test_benign_and_malignant_are_named_beside_the_confusion_matrix(grouped: tuple[CrossScorecard, str]) -> None:
    card, text = grouped
    told = words(text)
    near = told[told.index("Table 2a.") :][:420]
    counts = card.confusion
    assert re.search(r"called malignant ?called benign", near)
    assert re.search(rf"malignant ?{counts.tp} ?true positive ?{counts.fn} ?false negative", near)
    assert re.search(rf"benign ?{counts.fp} ?false positive ?{counts.tn} ?true negative", near)


def test_says_what_was_done(grouped: tuple[CrossScorecard, str]) -> None:
    card, text = grouped
    told = words(text)
    crossing = result()
    tirads = [nodule.tirads for nodule in crossing.data.labelled]
    assert "Policy benign-2-3-4a." in told
    assert f"Benign is TI-RADS 2 (n = {tirads.count('2')}), 3 (n = {tirads.count('3')}), 4a (n = " in told
    assert "malignant is TI-RADS 4b (n = " in told
    assert f"{card.n} nodules" in told
    assert f"{card.benign} benign" in told
    assert f"{card.malignant} malignant" in told
    assert "tried differs from the recipe paper in 3 fields" in told
    assert "optimiser adamw (there sgd)" in told
    assert "learning_rate 0.001 (there 1e-05)" in told
    assert "1 nodule without a label was left out" in told
    assert DISCLAIMER in told


def test_tells_how_to_repeat_it(grouped: tuple[CrossScorecard, str]) -> None:
    told = words(grouped[1])
    for value in ("command", "data_fingerprint", "machine"):
        assert MANIFEST[value] in told
    assert "1 h 10 min" in told
    assert "2026-05-04 08:09 UTC" in told
    assert all(f"{package} {version}" in told for package, version in MANIFEST["versions"].items())
    assert " ".join(RECIPE.to_toml().split()) in told
    assert "Song" in told


def test_shows_the_operating_points_and_every_figure(grouped: tuple[CrossScorecard, str]) -> None:
    text = grouped[1]
    assert text.count("<svg ") == text.count("</svg>") == 5
    assert all(f"Figure {number}" in text for number in range(1, 6))
    assert "chosen on validation" in re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0]
    assert "0.400 to 0.500 over 3 trainings" in words(text)


def test_is_the_same_for_the_same_input(grouped: tuple[CrossScorecard, str]) -> None:
    assert page(result()) == grouped[1]
    assert "2026-05-04" in grouped[1]  # the only time told is the manifest's
    assert len(re.findall(r"20\d\d-\d\d-\d\d", grouped[1])) == grouped[1].count("2026-05-04")


def test_warns_of_the_papers_protocol_only(grouped: tuple[CrossScorecard, str]) -> None:
    told = page(result(PAPER, protocol="paper"))
    assert 'class="warning"' not in grouped[1]
    assert told.count('class="warning"') == 1
    assert "The epoch is chosen on the test nodules" in words(told)
    assert "never on the test nodules" not in words(told)
    assert "the epoch and the threshold are chosen on validation" in words(grouped[1])
    assert "chose on (the test nodules)" in words(told)
    assert re.search(
        r"These figures are optimistic.*of 40 test nodules, 11 share their patient and 7 their", words(told)
    )


def test_a_split_by_image_that_chooses_on_validation_is_no_choice_on_test(grouped: tuple[CrossScorecard, str]) -> None:
    told = words(page(result(PAPER, protocol="by-image")))
    assert "The protocol by-image splits by image" in told
    assert "chosen on the test nodules" not in told
    assert "Nodules that each quarter learned from" in told
    assert "Nodules that each fold learned from" in words(grouped[1])
    assert "20.0 % were set aside for validation, as whole images" in told
    assert "20.0 % were set aside for validation, as whole groups" in words(grouped[1])


def test_the_share_set_aside_is_what_was_done_not_what_was_asked_for() -> None:
    crossing = result()
    folds = tuple(replace(fold, learned_from=60, chosen_on=30) for fold in crossing.folds)
    told = words(page(replace(crossing, folds=folds)))
    assert "33.3 % were set aside for validation" in told


def test_escapes_what_the_data_set_says() -> None:
    crossing = result(count=60)
    evil = "<script>alert('&')</script>$x_1$"
    bad = [replace(one, id=one.id + evil, tirads=evil) for one in crossing.data.nodules]
    rows = {row: replace(row, nodule=row.nodule + evil, group=evil) for row in crossing.rows}
    folds = tuple(replace(fold, rows=tuple(rows[row] for row in fold.rows)) for fold in crossing.folds)
    crossing = replace(crossing, data=replace(crossing.data, nodules=tuple(bad)), folds=folds)
    text = render(
        crossing,
        cross_scorecard(crossing),
        MANIFEST | {"command": evil, "versions": {evil: evil}, "machine": evil},
    )
    assert "<script" not in text
    assert evil in Checker(text).text


def test_lists_the_surest_mistakes_by_id(grouped: tuple[CrossScorecard, str]) -> None:
    for label, table in ((Label.BENIGN, "5a"), (Label.MALIGNANT, "5b")):
        wrong = [row for row in result().rows if row.label is label and (row.probability >= 0.5) is not bool(label)]
        surest = max(wrong, key=lambda row: abs(row.probability - 0.5))
        own = grouped[1].split(f"Table {table}.")[1].split("</table>")[0]
        assert re.search(rf"at 0\.5: ({len(wrong)}|the surest 8 of {len(wrong)})\.", own)
        found = re.findall(r'<code class="nowrap">(.*?)</code>.*(0\.\d+)</td></tr>', own)
        assert found[0] == (surest.nodule, f"{surest.probability:.3f}")
        assert len(found) == min(8, len(wrong))


def test_a_phantom_without_a_cropping_branch(grouped: tuple[CrossScorecard, str]) -> None:
    told = words(page(result(RECIPE.changed(crops="none"), kind="phantom", count=60)))
    assert "The nodules are simulated." in told
    assert "simulated" not in words(grouped[1])
    assert "this recipe has no cropping branch" in told
    assert "Both, fused" not in told


def test_repeats_are_told_and_counted_once() -> None:
    crossing = result(repeats=2, count=80, folds=2)
    told = words(page(crossing))
    assert "means over 2 repeats" in told
    assert "On 80 nodules of 40 patients" in told
    assert "Fold 3, repeat 2" in told


def test_without_tirads_or_policy() -> None:
    crossing = result(count=60, epochs=0)
    plain = tuple(replace(one, tirads="") for one in crossing.data.nodules)
    crossing = replace(crossing, data=replace(crossing.data, kind="voc", nodules=plain, policy="given"))
    told = words(page(crossing))
    assert "as the data set gives them" in told
    assert "no nodule has one" in told
    assert "no history was kept" in told


@pytest.mark.parametrize("label", list(Label))
def test_one_class_only(label: Label) -> None:
    crossing = result(count=40)
    folds = tuple(replace(f, rows=tuple(r for r in f.rows if r.label is label)) for f in crossing.folds)
    crossing = replace(crossing, folds=folds)
    told = words(page(crossing))
    assert f"every nodule is {label}" in told
    assert "the AUC is undefined" in told
    assert f"undefined: every nodule is {label}" in told


def test_undefined_values_and_missing_intervals() -> None:
    crossing = result(count=40)
    card = cross_scorecard(crossing)
    metrics = {
        "auc": Estimate.without_interval(0.777, "no interval: one group can't be resampled"),
        "precision": Estimate.undefined("no nodule is malignant"),
        "specificity": Estimate.undefined("no nodule is benign"),
    }
    told = words(render(crossing, replace(card, metrics={**card.metrics, **metrics}), MANIFEST))
    assert "the AUC is 0.777 (no interval)" in told
    assert "specificity undefined" in told
    assert all(one.method in told for one in metrics.values())
    assert re.search(r"\bnan\b|\bNone\b", told) is None


def test_trainings_that_went_wrong_and_manifests_that_say_nothing() -> None:
    crossing = result(count=40)
    first, second, third = crossing.folds
    steep = replace(third, history=tuple(replace(e, train_loss=100.0 ** (2 - e.epoch)) for e in third.history))
    diverged = replace(
        second, history=tuple(replace(e, validation_loss=math.nan, train_loss=math.inf) for e in second.history)
    )
    crossing = replace(crossing, folds=(replace(first, history=()), diverged, steep))
    told = words(render(crossing, cross_scorecard(crossing), {}))
    assert "not recorded" in told
    assert "2 of 3 trainings" in told
    assert "100" in told
    assert "mathdefault" not in told  # the logarithmic axis writes plain numbers


def test_one_group_and_one_probability() -> None:
    crossing = result(count=40)
    folds = tuple(
        replace(f, rows=tuple(replace(r, group="g", probability=0.5, whole=0.5, crops=0.5) for r in f.rows))
        for f in crossing.folds
    )
    told = words(page(replace(crossing, folds=folds)))
    assert "the AUC is 0.500 (no interval)" in told
    assert re.search(r"\bnan\b|\bNone\b", told) is None
