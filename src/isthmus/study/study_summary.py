"""What a study found, in sentences: the same on the page and in the Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from isthmus.study import paper, study_evidence, study_methods, study_tables
from isthmus.study.comparisons import BFC
from isthmus.study.findings import Findings
from isthmus.study.study_tables import OWN
from isthmus.study.tables import WITHIN, Row
from isthmus.study.wording import interval, known, number, some, times

OPTIMISTIC = (
    "Figures under protocol paper are optimistic: images of one patient stand on both sides of its split, and the "
    "epoch, with some recipes the operating point too, is chosen on the test nodules."
)


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


def _with_interval(row: Row, metric: str) -> str:
    own = row.metrics[metric]
    return f"{number(own.value)} ({interval(own.low, own.high)})"


def price_told(found: Findings) -> str:
    """What differs between the two protocols, beside the split."""
    return (
        "Three things differ, and the difference is of all together. The split: protocol paper divides images, so that "
        "a test nodule’s patient, or the same frame, may be in training; grouped keeps patients and duplicates on one "
        "side. What chooses: under paper the test nodules themselves choose "
        f"({study_methods.chosen(study_methods.base_recipe(found))}), under grouped a validation part of "
        "the training nodules. And how much is learned from: paper sets no such part aside, as the last columns say. "
        "What the choice is worth, the column “last epoch” shows, where nothing is chosen; a baseline chooses nothing "
        "either, so that its difference comes of the split and of how much is learned from."
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
