"""What a study found, in sentences: the same on the page and in the Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.cross.protocols import Protocol, choices
from isthmus.recipe import Recipe
from isthmus.report import study_evidence, study_methods, study_tables
from isthmus.report.study_tables import OWN
from isthmus.study import paper
from isthmus.study.compare import BFC
from isthmus.study.findings import Findings
from isthmus.study.tables import WITHIN, Row
from isthmus.study.words import interval, known, number, some, times


def sentence(found: Findings) -> str:
    """The study in a sentence or two: the paper's best network under the honest protocol, beside what is printed."""
    own = study_tables.headline(found)
    printed = paper.metrics(paper.TABLE_4[BFC, OWN])["accuracy"]
    theirs = (
        f"The paper prints an accuracy of 96.13 % on {paper.BENIGN + paper.MALIGNANT} images, split by image; by "
        f"Wilson’s formula that is {interval(100 * printed.low, 100 * printed.high, 1)} %."
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


def optimistic(found: Findings) -> str:
    """Which of the study's protocols are optimistic, and why; "" where none is."""
    base = study_methods.base_recipe(found)
    return " ".join(
        f"Figures under protocol {one.name} are optimistic: {_why(one, base)}."
        for one in study_tables.protocols(found)
        if one.is_optimistic
    )


def _why(protocol: Protocol, recipe: Recipe) -> str:
    leaks = "images of one patient stand on both sides of its split" if protocol.leaks else ""
    chosen = protocol.choice(recipe) if protocol.chooses_on_test and choices(recipe) else ""
    return ", and ".join(filter(None, (leaks, chosen)))


def _with_interval(row: Row, metric: str) -> str:
    own = row.metrics[metric]
    return f"{number(own.value)} ({interval(own.low, own.high)})"


def price_told(found: Findings) -> str:
    """What differs between ``grouped`` and each optimistic protocol that has a price."""
    priced = {one.protocol for one in found.prices}
    return " ".join(
        [
            "Grouped keeps patients and duplicates on one side of every split, and a validation part of the training "
            "nodules chooses.",
            *(_price_of(one, found) for one in study_tables.protocols(found) if one.name in priced),
            "A baseline chooses nothing, so that its difference comes of the split and of how much is learned from.",
        ]
    )


def _price_of(protocol: Protocol, found: Findings) -> str:
    split = (
        f"Protocol {protocol.name} divides images, so that a test nodule’s patient, or the same frame, may be in "
        "training"
    )
    if not protocol.chooses_on_test:
        return f"{split}; validation chooses there too, drawn by image. How much is learned from differs as well."
    return (
        f"{split}; the test nodules themselves choose ({study_methods.chosen(study_methods.base_recipe(found))}); and "
        "no validation part is set aside, so that more is learned from, as the last columns say. The difference is of "
        "all three together. What the choice is worth, the column “last epoch” shows, where nothing is chosen."
    )


def tests_told(found: Findings) -> str:
    """How many of the paired comparisons show a difference."""
    every = study_evidence.families(found)
    shown = sum(study_evidence.differing(family) for family in every.values())
    made = sum(map(len, every.values()))
    show = f"{shown} show" if shown > 1 else "1 shows" if shown else "none shows"
    return (
        f"Of {some(made, 'paired comparison')}, {show} a difference in AUC or accuracy at p < 0.05, corrected by Holm "
        "over both within each protocol and label policy. "
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
