"""The first page: what a model can and can't do, in sentences that each have n and an interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isthmus.evidence.judged import Evidence
from isthmus.evidence.operating import HALF, MAIN_POINT, Operating
from isthmus.evidence.pictured.judged import Pictured
from isthmus.judge.intervals import Estimate
from isthmus.judge.subgroups import Subgroup
from isthmus.report.evidence.pictured import explanation, retest, robustness
from isthmus.report.evidence.tables import attribute
from isthmus.report.words import count, known, number, some, spread

CHANCE = 0.5
ENOUGH_GROUPS = 30
MOST = 7  # sentences a side: the most important come first, and the sections have the rest
RIGHT_SLOPE = (0.8, 1.25)  # a slope whose interval lies between these is known to be near 1
COMPARED = {"auc": "AUC", "sensitivity": "sensitivity", "specificity": "specificity"}
USUAL_CHANGE = ("shift", 0.1)  # as two people draw a box


def percent(one: Estimate) -> str:
    """A share in percent with its interval and n.

    >>> percent(Estimate(0.9, 0.85, 0.94, "x", 200))
    '90.0 % (85.0 to 94.0 %; n = 200)'
    """
    if not known(one.value):
        return "undefined"
    n = f"; n = {count(one.n)}" if one.n is not None else ""
    if not known(one.low):
        return f"{number(100 * one.value, 1)} % (no interval{n})"
    return f"{number(100 * one.value, 1)} % ({number(100 * one.low, 1)} to {number(100 * one.high, 1)} %{n})"


def plain(one: Estimate) -> str:
    """A value with its interval and n."""
    n = f"; n = {count(one.n)}" if one.n is not None else ""
    return f"{number(one.value)} ({spread(one)}{n})" if known(one.value) else "undefined"


def summary(evidence: Evidence) -> str:
    """The sentence at the top: how many nodules, in how many groups, and the AUC."""
    ranked = evidence.ranked
    there = f"{some(ranked.n, 'nodule')}, {count(ranked.benign)} benign and {count(ranked.malignant)} malignant"
    grouped = f", in {some(ranked.groups, 'group')}" if evidence.nodules.groups is not None else ""
    policy = evidence.inspection.match.data.policy if evidence.inspection else evidence.nodules.origin.get("labels", "")
    labels = f" Label policy: {policy}." if policy else ""
    return f"{there}{grouped}.{labels} AUC {plain(ranked.metrics['auc'])}. Brackets hold 95 % intervals."


def can(evidence: Evidence) -> tuple[str, ...]:
    """What the figures show that it can do; no sentence where an interval reaches chance."""
    return tuple(_can(evidence))[:MOST] or ("These figures don't show that it can do anything.",)


def cannot(evidence: Evidence) -> tuple[str, ...]:
    """What it can't do, and what nobody knows from these figures."""
    return tuple(_cannot(evidence))[:MOST]


def _main(evidence: Evidence) -> Operating:
    return {one.name: one for one in evidence.points}.get(MAIN_POINT, evidence.points[0])


def _point(one: Operating) -> str:
    return "At P(malignant) ≥ 0.5" if one.name == HALF else "At the operating point for 95 % sensitivity"


def _can(evidence: Evidence) -> Iterator[str]:
    auc, main = evidence.ranked.metrics["auc"], _main(evidence)
    if auc.low > CHANCE:
        yield f"Rank nodules: the malignant one has the higher P in {percent(auc)} of pairs with a benign one."
    sensitivity, specificity = (main.result.metrics[name] for name in ("sensitivity", "specificity"))
    if known(sensitivity.value) and known(specificity.value) and sensitivity.low + specificity.low > 1:
        yield (
            f"{_point(main)}, call {percent(sensitivity)} of malignant nodules malignant, and "
            f"{percent(specificity)} of benign ones benign."
        )
    useful = [one.threshold for one in evidence.curve if one.beats_both]
    if useful:
        yield (
            "Choose nodules for biopsy: its net benefit is above that of a biopsy of all and of none at "
            f"{len(useful)} of the {len(evidence.curve)} risk thresholds tried, the lowest "
            f"{number(100 * min(useful), 0)} % and the highest {number(100 * max(useful), 0)} % (each by its 95 % "
            f"interval; n = {count(evidence.ranked.n)})."
        )
    if evidence.after and _is_calibrated(evidence) and _is_precise(evidence):
        yield f"State a risk, once calibrated: no miscalibration is shown ({_risk(evidence)})."
    if evidence.selective:
        first, last = (evidence.selective.answered[at] for at in (0, -1))
        if last.accuracy.low > first.accuracy.high:
            yield (
                f"Tell which verdicts are surer: of all, {percent(first.accuracy)} are right, of those on the most "
                f"certain {number(100 * last.asked, 0)} % of nodules {percent(last.accuracy)}."
            )


def _is_calibrated(evidence: Evidence) -> bool:
    one = evidence.after
    return (
        one is not None
        and one.recalibration.slope.low <= 1 <= one.recalibration.slope.high
        and one.recalibration.intercept.low <= 0 <= one.recalibration.intercept.high
    )


def _is_precise(evidence: Evidence) -> bool:
    low, high = RIGHT_SLOPE
    slope = evidence.after.recalibration.slope if evidence.after else None
    return slope is not None and low <= slope.low and slope.high <= high


def _risk(evidence: Evidence) -> str:
    one = evidence.after or evidence.before
    return f"slope {plain(one.recalibration.slope)}, expected calibration error {plain(one.error)}"


def _cannot(evidence: Evidence) -> Iterator[str]:
    ranked, main = evidence.ranked, _main(evidence)
    auc = ranked.metrics["auc"]
    if evidence.one_class:
        yield f"Be judged on telling classes apart: every nodule is {'malignant' if ranked.malignant else 'benign'}."
    elif not auc.low > CHANCE:
        yield f"Be shown to rank nodules better than chance: AUC {plain(auc)}."
    sensitivity = main.result.metrics["sensitivity"]
    if known(sensitivity.value):
        missed = round((1 - sensitivity.value) * (sensitivity.n or 0))
        whole = some(sensitivity.n or 0, "malignant nodule")
        share = replace(sensitivity, value=1 - sensitivity.value, low=1 - sensitivity.high, high=1 - sensitivity.low)
        yield f"Exclude cancer. {_point(main)} it misses {count(missed)} of {whole}: {percent(share)}.{_spared(main)}"
    yield from _unknown_risk(evidence)
    yield from _guessed(evidence)
    groups = ""
    if evidence.nodules.groups is None or ranked.groups < ENOUGH_GROUPS:
        reason = "no groups are known" if evidence.nodules.groups is None else f"{some(ranked.groups, 'group')} are few"
        groups = f" Nor are these figures sure: {reason}, so that intervals may be too narrow."
    yield (
        "Be expected to do as well elsewhere: another hospital, machine, reader or mixture of nodules may give other "
        f"figures.{groups}"
    )
    differ = [one for one in evidence.subgroups if any(each.differs() for each in one.differences.values())]
    if differ:
        named = "; ".join(map(_named, differ))
        yield f"Do equally well in all subgroups. Unlike the rest, corrected for the number of tests: {named}."
    elif not evidence.subgroups:
        yield "Be shown to do equally well in subgroups: the predictions name none."
    if evidence.pictured:
        yield from _unsteady(evidence.pictured)
    if evidence.coverage:
        both = evidence.coverage.both
        yield (
            f"Decide every nodule: sets of labels at a coverage of {number(100 * evidence.coverage.asked, 0)} % hold "
            f"both, and so decide nothing, in {percent(both)} of nodules."
        )
    if evidence.pictured and (sentence := explanation.first_page(evidence.pictured.explanation)):
        yield sentence


def _guessed(evidence: Evidence) -> Iterator[str]:
    """Whether the order of files alone tells the class, as it would of a model that learned from their neighbours."""
    audit = evidence.inspection.audit if evidence.inspection else None
    order = audit.order_of_patients or audit.order if audit else None
    if order and order.tells_class:
        yield (
            "Be trusted if it learned from neighbours of these pictures: the labels of "
            f"{count(order.neighbours)} files before and after tell a nodule's with an AUC of "
            f"{plain(order.neighbour_auc)}, without a look at it."
        )


def _spared(main: Operating) -> str:
    """How many benign nodules are called benign, where the other side doesn't say it."""
    sensitivity, specificity, balanced = (
        main.result.metrics[name] for name in ("sensitivity", "specificity", "balanced_accuracy")
    )
    if not known(specificity.value) or sensitivity.low + specificity.low > 1:
        return ""
    told = f" It calls {percent(specificity)} of benign nodules benign"
    if balanced.low > CHANCE:
        return f"{told}."
    return f"{told}, and isn't shown to do better than chance there (balanced accuracy {plain(balanced)})."


def _unknown_risk(evidence: Evidence) -> Iterator[str]:
    slope = evidence.before.recalibration.slope
    wrong = known(slope.low) and not slope.low <= 1 <= slope.high
    after = ""
    if evidence.fitted and not _is_calibrated(evidence):
        after = f"calibrated, it isn't shown to be right either ({_risk(evidence)})."
    elif evidence.fitted and not _is_precise(evidence):
        after = f"calibrated, no miscalibration is shown, but these data don't exclude one ({_risk(evidence)})."
    if wrong:
        extreme = "too extreme" if slope.value < 1 else "not extreme enough"
        n = count(evidence.ranked.n)
        yield (
            f"Be read as a risk as it is: P is {extreme} before calibration (slope {plain(slope)}, where 1 is right; "
            f"n = {n}). {after[:1].upper()}{after[1:]}".rstrip()
        )
    elif after:
        yield f"Be relied on as a risk: {after}"


def _unsteady(pictured: Pictured) -> Iterator[str]:
    """What changed pictures do, and two pictures of one nodule."""
    changes, worst, most = pictured.robustness, pictured.robustness.worst, pictured.robustness.least_steady
    if worst:
        yield (
            f"Do as well on changed pictures: {robustness.named(worst)} changes the AUC by "
            f"{plain(worst.effect.less.estimate)}; the test is corrected for {len(changes.changes)} changes tried."
        )
    if most.effect.turned.value:
        usual = changes.of(*USUAL_CHANGE)
        yield (
            f"Keep its verdict on a changed picture: {robustness.named(usual)} turns {percent(usual.effect.turned)} of "
            f"verdicts; of {len(changes.changes)} changes tried {robustness.named(most)} turns most, "
            f"{percent(most.effect.turned)}."
        )
    pairs = pictured.retest.main
    if pairs and known(pairs.equal.value) and pairs.equal.value < 1:
        yield (
            f"Keep its verdict between {retest.told(pictured.retest)}: verdicts are equal in {percent(pairs.equal)} of "
            f"pairs, by chance in {number(100 * pairs.by_chance, 1)} %."
        )


def _named(one: Subgroup) -> str:
    metrics = ", ".join(
        f"{COMPARED[name]} {plain(one.metrics[name])}" for name, each in one.differences.items() if each.differs()
    )
    return f"{attribute(one.attribute)}, {one.value}: {metrics}"
