"""The report of a study as Markdown for a repository: the tables and verdicts of the page, without its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from isthmus.judge.intervals import Estimate
from isthmus.nodule import DISCLAIMER
from isthmus.report import cross_page as report
from isthmus.report import study_evidence, study_methods, study_summary, study_tables
from isthmus.report.study_evidence import Network
from isthmus.report.study_tables import Condition, Counts, Line, Section
from isthmus.study import paper
from isthmus.study.claims import Claim
from isthmus.study.findings import Findings
from isthmus.study.tables import METRICS
from isthmus.study.verdicts import Verdict
from isthmus.study.words import METRICS as TITLES
from isthmus.study.words import UNKNOWN, count, interval, known, number, p_value, some

Cells = Sequence[str]


def markdown(found: Findings, data_set: str) -> str:
    """The report as Markdown, the same for the same input; ``data_set`` is what the data set is called."""
    parts = [
        *_head(found, data_set),
        *_claims(found),
        "## The paper’s Table 4: architectures and backbones",
        escaped(study_methods.INTERVALS),
        escaped(study_methods.PRINTED),
        *_results(found, "table4", "Table 4", "Backbone or baseline"),
        "## The paper’s Table 3: the cropping ratio alpha",
        "Boundary crops alone (ω = 0) on the paper’s own backbone; 1 is the global branch alone.",
        *_results(found, "table3", "Table 3", "alpha"),
        *_prices(found),
        *_tests(found),
        *_costs(found),
        "## Ablations: one knob at a time",
        *_results(found, "ablations", "Table S4", "Knob and value"),
        *_how(found),
    ]
    return "\n\n".join(parts) + "\n"


def table(header: Cells, rows: Iterable[Cells], numbers: int) -> str:
    """A table whose columns from the ``numbers``th on are set to the right."""
    rule = [":--" if at < numbers else "--:" for at in range(len(header))]
    return "\n".join("| " + " | ".join(escaped(cell) or " " for cell in row) + " |" for row in (header, rule, *rows))


def escaped(text: str) -> str:
    """Text that Markdown takes for text, on one line.

    >>> escaped("a|b <i>\\nc*")
    'a\\\\|b &lt;i&gt; c\\\\*'
    """
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\|*_`\[\]$])", r"\\\1", text)


def _head(found: Findings, data_set: str) -> Iterator[str]:
    yield f"# What holds of the Hybrid Feature Cropping Network, on {escaped(data_set)}"
    yield f"**{DISCLAIMER}**"
    yield escaped(study_summary.sentence(found))
    tested = [f"- {escaped(labels)}:{_told(counts)}" for labels, counts in study_tables.tested(found).items()]
    done, asked = study_tables.filled(found)
    yield "\n".join([*tested, f"- {done} of {asked} cells filled; every empty one says why"])
    if study_methods.caution(found):
        yield f"**{study_methods.caution(found)}**"


def _told(counts: Counts | None) -> str:
    if counts is None:
        return ""
    return (
        f" {some(counts.n, 'nodule')} tested ({count(counts.benign)} benign, {count(counts.malignant)} malignant) "
        f"in {some(counts.groups, 'group')}."
    )


def _claims(found: Findings) -> Iterator[str]:
    conditions = study_tables.conditions(found)
    yield "## What the paper claims, and what is found"
    yield f"Malignant is the positive class. {study_summary.optimistic(found)}".rstrip()
    yield study_evidence.JUDGED
    header = ["Claim", "Section", *(_under(condition) for condition in conditions)]
    rows = []
    for own in found.claims:
        if own.quote.text:
            rows.append([f"“{own.quote.text}”", own.quote.where, *_verdicts(own.as_it_stands, conditions)])
        rows.append([own.sentence, own.where, *_verdicts(own.verdicts, conditions)])
    yield table(header, rows, len(header))
    for claim in found.claims:
        yield from _figures(claim)


def _figures(claim: Claim) -> Iterator[str]:
    """The figures behind a claim: of the paper's sentence as it stands, and of the narrower one."""
    printed = [f"- Paper: {escaped(figure)}" for figure in claim.papers_as_it_stands]
    stands = [*printed, *_behind(claim.as_it_stands)]
    if claim.quote.text:
        reading = escaped(f"As it stands: {claim.quote.reading}.")
        yield "\n".join([f"**“{escaped(claim.quote.text)}”** {reading}", "", *stands]).rstrip()
    figures = [f"- Paper: {escaped(figure)}" for figure in claim.papers_own if figure] + _behind(claim.verdicts)
    if figures:
        yield "\n".join([f"**{escaped(claim.sentence)}**", "", *figures])


def _behind(verdicts: Iterable[Verdict]) -> list[str]:
    lines = []
    for one in verdicts:
        under = f"protocol {one.protocol}, labels {one.labels}, n = {one.n}" if one.protocol else "measured"
        lines += [f"- {one.verdict} ({escaped(under)}):", *(f"    - {escaped(figure)}" for figure in one.figures)]
    return lines


def _under(condition: Condition) -> str:
    return f"{condition.rules.title}; {condition.labels}"


def _verdicts(verdicts: Sequence[Verdict], conditions: Iterable[Condition]) -> list[str]:
    anywhere = study_evidence.everywhere(verdicts)
    every = [anywhere or study_evidence.verdict_at(verdicts, condition) for condition in conditions]
    return [one.verdict + (f" (n = {one.n})" if one.n else "") for one in every]


def _results(found: Findings, name: str, title: str, first: str) -> Iterator[str]:
    sections = study_tables.sections(found, name)
    if not sections:
        yield f"No cell of {title} was asked for."
    header = [first, "Whose", "Pixels", "Epoch kept", "n", *(TITLES[metric][0] for metric in METRICS)]
    for at, section in enumerate(sections):
        optimistic = " **Optimistic.**" if section.condition.rules.is_optimistic else ""
        letter = "abcdefgh"[at % 8] if len(sections) > 1 else ""
        told = escaped(section.condition.told)
        yield f"**{title}{letter}.** {told[:1].upper()}{told[1:]}.{_told(section.counts)}{optimistic}"
        yield table(header, [row for own in section.blocks.items() for row in _block(section, *own)], 2)
        notes = [f"- {letter}: {escaped(reason)}" for reason, letter in section.reasons.items()]
        notes += [f"- † {escaped(told)}: {escaped('; '.join(names))}" for told, names in section.unusual.items()]
        if notes:
            yield "\n".join(notes)


def _block(section: Section, heading: str, lines: Sequence[Line]) -> Iterator[Cells]:
    yield [f"{heading}:", *[""] * (4 + len(METRICS))]
    for line in lines:
        name = line.name + (" †" if line.unusual else "") + (" (as in Table 4)" if line.again else "")
        row = line.row
        if row.run:
            cells = [
                estimate(row.metrics[metric], section.reasons.get(row.metrics[metric].method)) for metric in METRICS
            ]
        else:
            cells = [row.entry.why or "empty", *[""] * (len(METRICS) - 1)]
        yield [name, "ours", line.size, line.epochs, str(row.n or ""), *cells]
        if line.printed:
            theirs = [estimate(line.printed[metric]) if metric in line.printed else UNKNOWN for metric in METRICS]
            yield ["", "paper", "224", UNKNOWN, str(paper.BENIGN + paper.MALIGNANT), *theirs]


def estimate(one: Estimate, letter: str | None = None) -> str:
    """A value with its interval; a dash, with the letter of the reason, where it is undefined."""
    if not known(one.value):
        return f"{UNKNOWN} {letter}" if letter else UNKNOWN
    return f"{number(one.value)} ({interval(one.low, one.high) if known(one.low) else 'no interval'})"


def _prices(found: Findings) -> Iterator[str]:
    yield "## The price of the leak"
    every = study_evidence.paid(found)
    if not every:
        yield "No cell is filled both by patient and by image yet."
        return
    yield escaped(study_summary.price_told(found))
    yield (
        "**Table S1.** The same nodules under two protocols; differences are those by image less those by patient, "
        "with 95 % intervals. In training: test nodules by image with one of the same patient, or image, in training. "
        "P is not corrected."
    )
    header = [
        "Network",
        "Labels",
        "Protocol by image",
        "n",
        "AUC within folds, by image",
        "last epoch",
        "by patient",
        "difference",
        "p",
        "Accuracy, by image",
        "by patient",
    ]
    header += ["difference", "Patient in training", "Image in training", "Learned from, by image", "by patient"]
    rows = []
    for own in every:
        one = own.price
        cells = [
            number(one.auc_optimistic),
            number(one.auc_last),
            number(one.auc_grouped),
            estimate(one.auc.estimate),
            _p(one.auc.p_value),
        ]
        cells += [number(one.accuracy_optimistic), number(one.accuracy_grouped), estimate(one.accuracy)]
        cells += [_share(one.same_patient, one.leaked_n), _share(one.same_image, one.leaked_n)]
        cells += [number(own.learned_optimistic, 0), number(own.learned_grouped, 0)]
        rows.append([f"{one.architecture}, {one.backbone}", one.labels, one.protocol, count(one.n), *cells])
    yield table(header, rows, 3)


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({number(100 * part / whole, 0)} %)" if whole else UNKNOWN


def _p(value: float) -> str:
    return p_value(value).replace("= ", "")


def _tests(found: Findings) -> Iterator[str]:
    yield "## Which networks differ"
    families = study_evidence.families(found)
    if not families:
        yield "There are no two finished rows of Table 4 to compare."
        return
    yield escaped(study_summary.tests_told(found))
    header = [
        "First",
        "Second",
        "n",
        "AUC within folds, difference",
        "p",
        "Right: first only",
        "second only",
        "p",
        "Shown",
    ]
    for at, (condition, family) in enumerate(families.items()):
        shown = f"{study_evidence.differing(family)} of {some(len(family), 'comparison')} with a difference shown"
        told = escaped(condition.told)
        yield f"**Table S2{'abcdefgh'[at % 8]}.** {told[:1].upper()}{told[1:]}: {shown}. P is corrected by Holm."
        rows = [
            [
                *(one.first, one.second, count(one.n), estimate(one.auc.estimate), _p(one.auc_p)),
                *(str(one.accuracy.only_first), str(one.accuracy.only_second), _p(one.accuracy_p)),
                study_evidence.shown(one),
            ]
            for one in family
        ]
        yield table(header, rows, 2)


def _costs(found: Findings) -> Iterator[str]:
    yield "## What a network costs"
    networks = study_evidence.networks(found)
    if not networks:
        yield "No network is finished, so that none was measured."
        return
    yield escaped(study_summary.costs_told(found))
    yield (
        "**Table S3.** “Five crops” is the whole RoI and five crops of the image through trunk and classifier; × is "
        "that over the network’s own."
    )
    header = ["Network", "Pixels", "Weights, millions", "Multiply-adds, millions", "five crops", "×"]
    header += ["ms an image", "five crops", "×", "n timings", "s an epoch"]
    yield table(header, [_cost(one) for own in networks.values() for one in own], 1)


def _cost(one: Network) -> Cells:
    cost, crops = one.cost, known(one.counted)
    counted = number(cost.crops_of_image_multiply_adds / 1e6, 1) if crops else UNKNOWN
    return [
        *(one.name, str(one.size), number(cost.parameters / 1e6, 2), number(cost.multiply_adds / 1e6, 1)),
        *(counted, number(one.counted, 1), number(cost.ms_per_image, 1)),
        *(number(cost.crops_of_image_ms, 1) if crops else UNKNOWN, number(one.timed, 1)),
        *(str(cost.rounds), number(one.seconds_per_epoch, 1)),
    ]


def _how(found: Findings) -> Iterator[str]:
    yield "## How it was done"
    for term, paragraphs in study_methods.methods(found):
        yield "\n".join([f"**{term}**", "", *(f"- {escaped(one)}" for one in paragraphs)])
    baselines = [f"- {escaped(title)}: {escaped(about)}" for title, about in study_methods.baselines(found).items()]
    yield "\n".join(["**Baselines**", "", *(baselines or ["- none"])])
    versions = ", ".join(f"{package} {version}" for package, version in study_methods.versions(found).items())
    yield f"**Versions** {escaped(versions) or 'not recorded'}"
    data = [f"- {escaped(labels)}: {escaped(print_)}" for labels, print_ in found.ledger.data.items()]
    yield "\n".join([f"**Data**, read as {escaped(found.ledger.kind)}; fingerprints by labels", "", *data])
    commands = [f"    {' '.join(command.split())}" for command in found.ledger.commands]
    yield "\n".join(["**Commands**", "", *(commands or ["- not recorded"])])
    yield f"**{DISCLAIMER}** Figures hold for these data; another hospital, machine or reader may give others."
    yield f"The method: {escaped(report.CITATION['text'])} <{report.CITATION['link']}>"
