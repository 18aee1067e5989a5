"""What predictions answer of a form, by key: each a value, and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from isthmus.evidence.judged import Evidence
from isthmus.evidence.pictured.judged import Pictured
from isthmus.nodule import DISCLAIMER
from isthmus.report.evidence import plain_words
from isthmus.report.evidence.forms.data_answers import data_answers
from isthmus.report.evidence.forms.model_answers import model_answers
from isthmus.report.evidence.pictured import retest, robustness
from isthmus.report.words import count, known, number, some, span

METRICS = "metrics.json"


class Answer(NamedTuple):
    """A value in words, and the file, column or key that it comes from."""

    value: str
    source: str


def answers(evidence: Evidence) -> Mapping[str, Answer]:
    """Every answer there is; a key without one is a blank for the author."""
    return {key: Answer(value, source) for key, value, source in _answers(evidence) if value}


def _answers(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    yield from _study(evidence)
    yield from _methods(evidence)
    yield from _results(evidence)
    if evidence.inspection:
        yield from data_answers(evidence.inspection)
    if evidence.model:
        yield from model_answers(evidence.model, evidence.learned)


def _study(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    origin, ranked, nodules = evidence.nodules.origin, evidence.ranked, evidence.nodules
    if evidence.model:
        yield "name", evidence.model.name, "name of the bundle"
    else:
        yield "name", nodules.name, "name of the run or file"
    yield "use", f"{DISCLAIMER} Benign or malignant, of a thyroid nodule in ultrasound.", "isthmus"
    yield "output", "P(malignant), 0 to 1, for a nodule", f"column {origin.get('p', 'p_malignant')}"
    yield "file", Path(origin.get("file", "")).name, "command"
    yield "data", origin.get("data_fingerprint", ""), "manifest.json, data_fingerprint"
    yield "command", origin.get("command", ""), "manifest.json, command"
    yield "created", origin.get("created", ""), "manifest.json, created"
    yield "baseline", origin.get("baseline", ""), "manifest.json, identity"
    yield "policy", origin.get("labels", ""), "manifest.json, labels"
    yield "words", origin.get("words", ""), f"column {origin.get('label', 'label')}"
    protocol = ", grouped by ".join(origin[name] for name in ("protocol", "group_by") if name in origin)
    yield "protocol", protocol, "manifest.json, identity"
    counts = f"{count(ranked.n)}: {count(ranked.benign)} benign, {count(ranked.malignant)} malignant"
    yield "n", counts, f"{METRICS}, n"
    yield "share", f"{number(100 * ranked.malignant / ranked.n, 1)} % (n = {count(ranked.n)})", f"{METRICS}, malignant"
    grouped = nodules.groups is not None
    yield "groups", some(ranked.groups, "group") if grouped else "none known", f"{METRICS}, groups"
    left = "; ".join(f"{reason}: {count(number_)}" for reason, number_ in nodules.excluded.items())
    yield "excluded", left or "no row is left out", "rows of the file"
    yield "attributes", ", ".join(nodules.attributes), "columns of the file"
    yield "versions", origin.get("versions", ""), "manifest.json, versions"


def _methods(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    if evidence.fitted:
        yield "fitted", evidence.fitted.how, f"{METRICS}, calibration.fitted"
        kinds = ", ".join(dict.fromkeys(evidence.fitted.kinds))
        yield "kinds", f"{kinds}; chosen by cross-fitted log loss", f"{METRICS}, calibration.kinds"
    yield "intervals", f"95 %; AUC: {evidence.ranked.metrics['auc'].method}", f"{METRICS}, method of each figure"
    yield "metrics", "AUC, average precision, Brier score, calibration, net benefit, sensitivity, specificity", METRICS
    points = "; ".join(f"{one.name}: P ≥ {span(one.thresholds)}" for one in evidence.points)
    yield "thresholds", points, f"{METRICS}, operating_points"
    if evidence.nodules.groups is not None:
        yield "clusters", "jackknife, and Wilson at an effective n: whole groups left out", "decision 40 of isthmus"


def _results(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    ranked = evidence.ranked
    for name in ("auc", "average_precision"):
        if known(ranked.metrics[name].value):
            yield name, plain_words.plain(ranked.metrics[name]), f"{METRICS}, {name}"
    best = evidence.after or evidence.before
    title = "calibrated" if evidence.after else "as it is"
    parts = {"slope": best.recalibration.slope, "intercept": best.recalibration.intercept, "ECE": best.error}
    told = "; ".join(f"{name} {plain_words.plain(one)}" for name, one in parts.items())
    yield "calibration", f"{title}: {told}", f"{METRICS}, calibration; report.html"
    yield "brier", plain_words.plain(best.brier), f"{METRICS}, brier"
    rows = [
        f"{one.name}: sensitivity {plain_words.plain(one.result.metrics['sensitivity'])}, "
        f"specificity {plain_words.plain(one.result.metrics['specificity'])}"
        for one in evidence.points
    ]
    yield "points", "; ".join(rows), f"{METRICS}, operating_points"
    useful = [one.threshold for one in evidence.curve if one.beats_both]
    told = f"{len(useful)} of {len(evidence.curve)} thresholds above both (n = {count(ranked.n)})"
    yield "net_benefit", told, f"{METRICS}, net_benefit"
    if evidence.coverage:
        pair = (evidence.coverage.malignant, evidence.coverage.benign)
        told = f"malignant {plain_words.percent(pair[0])}, benign {plain_words.percent(pair[1])}"
        yield "sets", f"{told}, asked {number(100 * evidence.coverage.asked, 0)} %", f"{METRICS}, conformal"
    shown = [one for one in evidence.subgroups if not one.reason]
    if shown:
        yield "subgroups", f"{some(len(shown), 'subgroup')} shown; tests corrected by Holm", f"{METRICS}, subgroups"
    one_kind, other_kind = evidence.mistakes.missed, evidence.mistakes.false_alarms
    told = f"{count(one_kind.count)} malignant nodules called benign, {count(other_kind.count)} benign called malignant"
    yield "mistakes", f"{told} at {evidence.mistakes.point}; the most confident by name", f"{METRICS}, mistakes"
    if evidence.pictured:
        yield from _pictured(evidence.pictured)
    if evidence.needed:
        one = evidence.needed
        told = f"{some(one.malignant, 'malignant nodule')} show a sensitivity of at least {one.at_least:g}"
        yield "sample_size", f"{told}; design effect {number(one.design_effect, 2)}", f"{METRICS}, sample_size"
    yield "can", " ".join(plain_words.can(evidence)), "report.html, first page"
    yield "cannot", " ".join(f"It can’t: {one}" for one in plain_words.cannot(evidence)), "report.html, first page"


def _pictured(pictured: Pictured) -> Iterator[tuple[str, str, str]]:
    changes, most = pictured.robustness, pictured.robustness.least_steady
    told = f"{some(len(changes.changes), 'change')} of pictures and boxes; "
    if changes.worst:
        least = changes.worst
        told += f"AUC changes most by {robustness.named(least)}: {plain_words.plain(least.effect.less.estimate)}; "
    told += f"most verdicts turn by {robustness.named(most)}: {plain_words.percent(most.effect.turned)}"
    yield "robustness", told, f"{METRICS}, robustness"
    pairs = pictured.retest.main
    if pairs and known(pairs.equal.value):
        equal, correlation = plain_words.percent(pairs.equal), plain_words.plain(pairs.correlation)
        told = f"{retest.told(pictured.retest)}: equal verdicts {equal}, ICC of P {correlation}"
        yield "retest", told, f"{METRICS}, retest"
