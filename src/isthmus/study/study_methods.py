"""How a study was done, in words: the same on the page and in the Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from isthmus.data.labels import POLICIES, TIRADS
from isthmus.recipe import PAPER, Recipe
from isthmus.study import paper, report_tables, study_evidence, study_tables
from isthmus.study.baselines import BASELINES
from isthmus.study.comparisons import BFC
from isthmus.study.findings import Findings
from isthmus.study.grid import BASELINE
from isthmus.study.study_tables import HONEST, OWN, every_row
from isthmus.study.tables import WITHIN, Row
from isthmus.study.wording import RULES, count, duration, interval, known, number, setting, some, times

READING = "The label is a TI-RADS category that somebody read from the image: an opinion, not pathology."
SIMULATED = "The nodules are simulated: these figures show that everything works, and say nothing about patients."
OPTIMISTIC = (
    "Figures under protocol paper are optimistic: images of one patient stand on both sides of its split, and its test "
    "nodules also choose what is chosen."
)
INTERVALS = (
    "Brackets hold 95 % intervals: Wilson’s for accuracy, precision, recall and specificity, which takes nodules for "
    "independent; for the AUC within folds DeLong’s by group, for the pooled AUC and F1 a bootstrap that draws whole "
    "groups, 2000 resamples. A group is a patient joined with "
    "everyone who shares a duplicate image."
)
PRINTED = (
    "The paper’s rows: every one of its figures fits one matrix of 110 benign and 71 malignant test images, so that "
    "Wilson’s intervals, and its specificity, could be reconstructed. It prints no AUC; F1 is no proportion and has no "
    "such interval."
)


def sentence(found: Findings) -> str:
    """The study in a sentence or two: the paper's best network under the honest protocol, beside what is printed."""
    own = study_tables.headline(found)
    printed = paper.metrics(paper.TABLE_4[BFC, OWN])["accuracy"]
    theirs = (
        f"The paper prints an accuracy of 96.13 % ({interval(100 * printed.low, 100 * printed.high, 1)} %) on "
        f"{paper.BENIGN + paper.MALIGNANT} images, split by image."
    )
    if not own:
        return f"The paper’s network has no finished run under the protocol that splits by patient yet. {theirs}"
    told = [
        f"an AUC within folds of {_with_interval(row, WITHIN)} and an accuracy of {_with_interval(row, 'accuracy')} on "
        f"{some(row.n, 'nodule')} labelled by {labels}"
        for labels, row in own.items()
    ]
    return (
        f"Judged on patients that it did not learn from, the paper’s network ({BFC} on {OWN}) reaches "
        f"{'; and '.join(told)}, 95 % intervals in brackets. {theirs}"
    )


def _with_interval(row: Row, metric: str) -> str:
    own = row.metrics[metric]
    return f"{number(own.value)} ({interval(own.low, own.high)})"


def policy_told(labels: str) -> str:
    """What a label policy calls benign and malignant."""
    if labels not in POLICIES:
        return "benign and malignant as the data set gives them"
    sides = (POLICIES[labels].benign, POLICIES[labels].malignant)
    benign, malignant = (", ".join(one for one in TIRADS if one in side) for side in sides)
    return f"benign is TI-RADS {benign}; malignant is TI-RADS {malignant}"


def caution(found: Findings) -> str:
    """What the labels are worth; "" where the data set carries its own."""
    if found.ledger.kind == "phantom":
        return SIMULATED
    return READING if any(labels in POLICIES for labels in found.ledger.data) else ""


def price_told(found: Findings) -> str:
    """What differs between the two protocols, beside the split."""
    return (
        "Three things differ, and the difference is of all together. The split: protocol paper divides images, so that "
        "a test nodule’s patient, or the same frame, may be in training; grouped keeps patients and duplicates on one "
        "side. What chooses: under paper the test nodules themselves choose "
        f"({_chosen(_base(found))}), under grouped a validation part of the training nodules. "
        "And how much is learned from: paper sets no such part aside, as the last columns say. A baseline chooses "
        "nothing, so that its difference comes of the split and of how much is learned from."
    )


def tests_told(found: Findings) -> str:
    """How many of the paired comparisons show a difference."""
    every = study_evidence.families(found)
    shown = sum(study_evidence.differing(family) for family in every.values())
    made = sum(map(len, every.values()))
    show = f"{shown} show" if shown > 1 else "1 shows" if shown else "none shows"
    return (
        f"Of {some(made, 'paired comparison')}, {show} a difference in AUC or accuracy at p < 0.05, corrected by Holm "
        "within each protocol and label policy. "
        "What is not shown may still be there: the intervals say how large."
    )


def costs_told(found: Findings) -> str:
    """What cropping features saves over cropping images, over the networks of Table 4 with crops."""
    own = [one for one in study_evidence.networks(found).get("table4", ()) if known(one.counted)]
    if not own:
        return "No network with a cropping branch was measured in Table 4."
    counted, timed = ([getattr(one, name) for one in own] for name in ("counted", "timed"))
    return (
        f"Five crops of the image take {_range(counted)} the multiply-adds of cropping its features, and "
        f"{_range(timed)} the time, over {some(len(own), 'network')}. Multiply-adds are counted; times are measured, "
        "and depend on the machine and on what else it was doing."
    )


def _range(ratios: Sequence[float]) -> str:
    least, most = number(min(ratios), 1), number(max(ratios), 1)
    return times(max(ratios)) if least == most else f"{least} to {most} times"


def baselines(found: Findings) -> dict[str, str]:
    """Each baseline's title and what it sees, as far as they were asked for."""
    asked = {row.entry.backbone for row in every_row(found) if row.entry.architecture == BASELINE}
    return {own.title: own.about for name, own in BASELINES.items() if name in asked}


def _chosen(recipe: Recipe) -> str:
    """What a recipe leaves to be chosen on nodules that it doesn't learn from."""
    chosen = ["the epoch"] * (recipe.choose_by != "last") + ["the operating point"] * (recipe.threshold != "half")
    return " and ".join(chosen) or "nothing, with this recipe"


def methods(found: Findings) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Terms, each with its paragraphs."""
    return (
        ("Protocols", tuple(_protocols(found))),
        ("Labels", tuple(_labels(found))),
        ("Recipe", tuple(_recipe(found))),
        ("Metrics and intervals", (_operating_point(found), INTERVALS, PRINTED)),
        ("Paired tests", (_tests(found),)),
        ("Claims", (_claims(),)),
        ("Not as in the paper", tuple(_departures(found))),
        ("Costs", (_costs(found),)),
        ("Training", (_training(found),)),
    )


def _protocols(found: Findings) -> Iterator[str]:
    parts = {row.entry.protocol: len(row.run.repeat(0).folds) for row in every_row(found) if row.run}
    asked = {condition.protocol for condition in study_tables.conditions(found)}
    if HONEST in asked:
        own = f"{parts[HONEST]} folds" if HONEST in parts else "folds"
        yield (
            f"grouped (by patient): {own}, stratified by label, no group in two of them, so that every nodule is "
            "tested once by a network that has seen neither its patient nor a duplicate of its image. Choices are made "
            f"on {100 * _base(found).validation:.0f} % of the training nodules, whole groups, set aside for that."
        )
    if "paper" in asked:
        own = f"{parts['paper']} of its four quarters tested in turn" if "paper" in parts else "one quarter tested"
        yield (
            f"paper (by image; choices on test): a 3 : 1 split by image, stratified by label, {own}; the test nodules "
            f"choose {_chosen(_base(found))}, as the paper names no validation set. Optimistic by design."
        )


def _labels(found: Findings) -> Iterator[str]:
    for labels in found.ledger.data:
        own = study_tables.tested(found).get(labels)
        counted = f", of {own.n} tested {own.benign} are benign and {own.malignant} malignant" if own else ""
        yield f"{labels}: {policy_told(labels)}{counted}."
    if caution(found):
        yield caution(found)
    if found.ledger.kind == "ddti":
        yield "The paper does not say which categories it calls benign, hence the policies."


def _base(found: Findings) -> Recipe:
    """The commonest recipe of Table 4 with what the table varies as in the paper; of any table if there is none."""
    rows = [*found.tables.get("table4", ()), *every_row(found)]
    recipes = [row.run.recipe for row in rows if row.run and row.run.recipe]
    own = {field: getattr(PAPER, field) for field in ("crops", "backbone", "upsampling", "alpha", "omega")}
    every = Counter(replace(one, **own) for one in recipes)
    return every.most_common(1)[0][0] if every else PAPER


def _recipe(found: Findings) -> Iterator[str]:
    base = _base(found)
    changes = report_tables.changes(base)
    told = ", ".join(f"{name} {setting(own)} (paper: {setting(theirs)})" for name, own, theirs in changes)
    if told:
        yield f"{base.name}; it differs from the paper’s in {some(len(changes), 'field')}: {told}."
    else:
        yield (
            f"{base.name}, the paper’s in every field; what the paper leaves open is the plainest: no augmentation, "
            "pixels scaled to 0 .. 1, random first weights."
        )
    yield "Rows marked † were trained with another recipe than most of their table; what differs is said below it."


def _operating_point(found: Findings) -> str:
    rule = _base(found).threshold
    return (
        "Malignant is the positive class. Accuracy, precision, recall, F1 and specificity are at each fold’s own "
        f"operating point ({rule}: {RULES.get(rule, rule)}); AUC pools the test nodules of all folds, AUC within "
        "folds counts only pairs that one network read: networks of two folds needn’t mean the same by a probability, "
        "so that is what figures and comparisons go by. A dash is a figure that is undefined, not one that is 0."
    )


def _tests(found: Findings) -> str:
    sizes = [len(family) for family in study_evidence.families(found).values()]
    made = f", here {' and '.join(map(str, dict.fromkeys(sizes)))} comparisons" if sizes else ""
    return (
        "Two rows are compared on the nodules that both tested: AUC within folds by DeLong’s test clustered by group "
        "(Obuchowski), accuracy by the exact McNemar test, in which chance exchanges two networks on all nodules of a "
        "group at once. What is compared was fixed before: "
        "on every backbone each cropping branch with none and with the other; in every architecture the paper’s "
        "backbone with each other; and the paper’s network with every baseline. P-values are corrected by Holm within "
        f"a family: one protocol and label policy{made}, AUC and accuracy each for itself. Shown is p < 0.05 after it. "
        f"{_trainings(found)}"
    )


def _trainings(found: Findings) -> str:
    repeats = sorted({row.run.repeats for row in every_row(found) if row.run})
    if repeats in ([], [1]):
        return "Every network was trained once a fold: the tests tell of other nodules, not of other trainings."
    once = " Rows repeated less often than others are compared on the repeats that both have." * (len(repeats) > 1)
    spread = [row.deviation for row in every_row(found) if row.run and row.run.recipe and known(row.deviation)]
    by = f" from {number(min(spread))} to {number(max(spread))}" if spread else " an unknown amount"
    return (
        f"Splits and trainings were done up to {some(repeats[-1], 'time')} over; a difference is shown only where no "
        f"repeat has it the other way round.{once} From repeat to repeat a network’s AUC within folds has a standard "
        f"deviation of{by} ({some(len(spread), 'network')})."
    )


def _claims() -> str:
    return (
        "A claim holds where every comparison that it needs is shown, is contradicted where one is shown the other way "
        "round, and is not shown where neither is the case, which is no proof of the contrary; not tested means that a "
        "run is missing. Its comparisons are corrected by Holm among themselves."
    )


def _departures(found: Findings) -> Iterator[str]:
    if found.ledger.kind == "ddti":
        yield "The paper joins DDTI with 377 images of a hospital that are not public; here is DDTI alone."
    elif found.ledger.kind != "phantom":
        yield "The paper’s data are DDTI and 377 images of a hospital that are not public; here are others."
    yield (
        "Backbones other than the paper’s own end in an average pool in place of flattening, and their upsampling "
        "convolution is separable: neither is described, and a full one of 2048 channels outweighs the trunk."
    )
    yield (
        "The paper names neither the number of epochs nor what picks one. Here validation picks it, or under protocol "
        "paper the test nodules, unless the recipe keeps the last."
    )
    yield "RFC reads with the same crops every time; Eq. (12) is the standard F-measure, equal to it at β = 1."


def _costs(found: Findings) -> str:
    machines = sorted({f"{cost.machine}, {cost.threads} threads" for cost in found.costs.values()})
    measured = f" ({'; '.join(machines)})" if machines else ""
    return (
        "Multiply-adds are counted over convolutions and linear layers for one image. Milliseconds are medians, one "
        f"image at a time, in 32-bit floats{measured}; they hold for that machine and what else it was doing."
    )


def _training(found: Findings) -> str:
    runs = {row.run.name: row.run for row in every_row(found) if row.run}
    trainings = sum(len(run.folds) for run in runs.values() if run.recipe)
    return (
        f"{duration(found.seconds)} in {count(len(runs))} runs, {count(trainings)} trainings of a network among them."
    )


def versions(found: Findings) -> dict[str, str]:
    """Each package with every version that a run was done with."""
    met: dict[str, dict[str, None]] = {}
    for row in every_row(found):
        for package, version in (row.run.manifest.get("versions") or {}).items() if row.run else ():
            met.setdefault(package, {})[version] = None
    return {package: " and ".join(own) for package, own in met.items()}
