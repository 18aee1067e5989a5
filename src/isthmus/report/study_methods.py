"""How a study was done, in words: the same on the page and in the Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from isthmus.baselines.table import BASELINES
from isthmus.cross.folds import set_aside
from isthmus.cross.protocols import Protocol, choices
from isthmus.data.labels import POLICIES, TIRADS
from isthmus.recipe import PAPER, Recipe
from isthmus.report import cross_tables as report_tables
from isthmus.report import study_evidence, study_tables
from isthmus.report.study_tables import every_row
from isthmus.study.findings import Findings
from isthmus.study.grid import BASELINE
from isthmus.study.words import count, duration, known, rule, setting, some, span

READING = "The label is a TI-RADS category that somebody read from the image: an opinion, not pathology."
SIMULATED = "The nodules are simulated: these figures show that everything works, and say nothing about patients."
INTERVALS = (
    "Brackets hold 95 % intervals that don’t take nodules of a group for independent: for accuracy, precision, recall "
    "and specificity Wilson’s formula at the n of independent nodules with the same error; for the AUCs and F1 the "
    "jackknife of groups, on the logit, with Student’s t. Where every nodule is its own group, proportions have "
    "Wilson’s formula as it is. A group is a patient joined with "
    "everyone who shares a duplicate image. Over several repeats value and bounds are the repeats’ means, but for the "
    "AUC within folds, which is of all repeats together."
)
PRINTED = (
    "The paper’s rows: the figures of each fit a confusion matrix of 110 benign and 71 malignant test images, so that "
    "specificity and Wilson’s intervals, neither of which it prints, could be reconstructed. It has no AUC; F1 is no "
    "proportion and has no such interval."
)


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


def baselines(found: Findings) -> dict[str, str]:
    """Each baseline's title and what it sees, as far as they were asked for."""
    asked = {row.entry.backbone for row in every_row(found) if row.entry.architecture == BASELINE}
    return {own.title: own.about for name, own in BASELINES.items() if name in asked}


def chosen(recipe: Recipe) -> str:
    """What a recipe leaves to be chosen on nodules that it doesn't learn from."""
    return " and ".join(choices(recipe)) or "nothing, with this recipe"


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
    for one in study_tables.protocols(found):
        optimistic = " Optimistic by design." if one.is_optimistic else ""
        yield f"{one.name} ({one.title}): {_divided(found, one)} {_choosing(found, one)}{optimistic}"


def _divided(found: Findings, protocol: Protocol) -> str:
    """How the protocol divides the nodules."""
    runs = [row.run for row in every_row(found) if row.run and row.entry.protocol == protocol.name]
    parts = " or ".join(map(str, sorted({len(run.repeat(0).folds) for run in runs})))
    unseen = "" if protocol.leaks else ", by a network that has seen neither its patient nor a duplicate of its image"
    return f"{protocol.division(parts or 'k')}{unseen}."


def _choosing(found: Findings, protocol: Protocol) -> str:
    """What picks epoch and threshold under the protocol."""
    base = base_recipe(found)
    if protocol.chooses_on_test:
        return f"The test nodules choose {chosen(base)}, as the paper names no validation set."
    rows = [row for row in every_row(found) if row.entry.protocol == protocol.name]
    folds = [fold for row in rows if row.run and row.run.recipe for fold in row.run.folds]
    share = set_aside(folds) if folds else base.learning.validation
    return (
        f"Choices are made on {100 * share:.1f} % of the training nodules, whole {protocol.unit}s, set aside for that."
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


def base_recipe(found: Findings) -> Recipe:
    """The commonest recipe of Table 4 with what the table varies as in the paper; of any table if there is none."""
    rows = study_tables.own_network(found.tables.get("table4", ())) or every_row(found)
    recipes = [row.run.recipe for row in rows if row.run and row.run.recipe]
    own = {field: PAPER.values[field] for field in ("crops", "backbone", "upsampling", "alpha", "omega")}
    every = Counter(one.changed(**own) for one in recipes)
    return every.most_common(1)[0][0] if every else PAPER


def _recipe(found: Findings) -> Iterator[str]:
    base = base_recipe(found)
    changes = report_tables.changes(base)
    told = ", ".join(f"{name} {setting(own)} (there {setting(theirs)})" for name, own, theirs in changes)
    differing = f", but for {some(len(changes), 'field')}: {told}" if told else " in every field"
    yield (
        f"{base.name}: as in the recipe “paper”{differing}. That recipe has what the paper states, and where it states "
        "nothing the plainest: no augmentation, pixels scaled to 0 .. 1, random first weights, at most 50 epochs."
    )
    yield (
        "Rows marked † differ from what is usual for the paper’s own backbone, in recipe, folds or seed; below it is "
        "said in what. The column of epochs has those that were kept, from the first to the last over the trainings "
        "of a row."
    )


def _operating_point(found: Findings) -> str:
    name = base_recipe(found).learning.threshold
    chooser = " or ".join(dict.fromkeys(one.chooser for one in study_tables.protocols(found)))
    return (
        "Malignant is the positive class. Accuracy, precision, recall, F1 and specificity are at each fold’s own "
        f"operating point ({name}: {rule(name, chooser)}); AUC pools the test nodules of all folds, AUC within "
        "folds counts only pairs that one network read: networks of two folds needn’t mean the same by a probability, "
        "so that is what figures and comparisons go by. A dash is a figure that is undefined, not one that is 0."
    )


def _tests(found: Findings) -> str:
    sizes = [len(family) for family in study_evidence.families(found).values()]
    made = f", here {' and '.join(map(str, dict.fromkeys(sizes)))} comparisons" if sizes else ""
    return (
        "Two rows are compared on the nodules that both tested: AUC within folds by the jackknife of groups, with "
        "Student’s t, accuracy by the exact McNemar test, in which chance exchanges two networks on all nodules of a "
        "group at once. What is compared was fixed before: "
        "on every backbone each cropping branch with none and with the other; in every architecture the paper’s "
        "backbone with each other; and the paper’s network with every baseline. P-values are corrected by Holm within "
        f"a family: AUC and accuracy of one protocol and label policy{made}. Shown is p < 0.05 after it. "
        f"{_trainings(found)}"
    )


def _trainings(found: Findings) -> str:
    repeats = sorted({row.run.repeats for row in every_row(found) if row.run})
    if repeats in ([], [1]):
        return "Every network was trained once a fold: the tests tell of other nodules, not of other trainings."
    once = " Rows repeated less often than others are compared on the repeats that both have." * (len(repeats) > 1)
    runs = {row.run.name: row.deviation for row in every_row(found) if row.run and row.run.recipe}
    deviations = [one for one in runs.values() if known(one)]
    spread = (
        f" From repeat to repeat the AUC within folds has a standard deviation of {span(deviations)} "
        f"({some(len(deviations), 'run')} of networks)."
    )
    return (
        f"Splits and trainings were done up to {some(repeats[-1], 'time')} over; a difference is shown only where no "
        f"repeat has it the other way round.{once}{spread if deviations else ''}"
    )


def _claims() -> str:
    return (
        "A claim holds where every comparison that it needs is shown (of “most networks” three of five), is "
        "contradicted where so many are shown the other way round that it can’t hold, and is not shown where "
        "neither is the case, which is no proof of the contrary. Where runs are missing and what is there decides "
        "nothing it is partly tested, or not tested where none is there. Its comparisons are corrected by Holm "
        "among themselves, those that are missing counted in. A sentence that names indicators needs each of them "
        "higher as well, by however little. The amount of calculation is judged by count, cost also by the clock, "
        "which can withhold the verdict; the loss weights by McNemar’s test on the malignant nodules alone, that is "
        "by recall."
    )


def _departures(found: Findings) -> Iterator[str]:
    if found.ledger.kind == "ddti":
        yield "The paper joins DDTI with 377 images of a hospital that are not public; here is DDTI alone."
    elif found.ledger.kind != "phantom":
        yield "The paper’s data are DDTI and 377 images of a hospital that are not public; here are others."
    yield (
        "Of other backbones the paper says that “the feature extraction section is all the networks before the last "
        "fully connected layer in each network” (Section IV-C). Taken literally that leaves a vector, or VGG19’s "
        "two layers of 4096, with nothing to crop. Here the trunk goes up to its last feature map, with an average "
        "pool in place of flattening, and a separable upsampling convolution, as a full one of 2048 channels "
        "outweighs the trunk."
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
