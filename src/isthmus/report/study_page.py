"""The report of a study, for a sceptical reader: one HTML page that loads nothing, and the same as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.table import BASELINES
from isthmus.cross.fold import validation_share
from isthmus.cross.protocols import Protocol, choices
from isthmus.judge.intervals import Estimate
from isthmus.recipe import Recipe
from isthmus.report import study_plots
from isthmus.report.facts import Change, Sides, changes, sides
from isthmus.report.render import render
from isthmus.report.study_rows import (
    Condition,
    Counts,
    base_recipe,
    conditions,
    every_row,
    headline,
    nodules_tested,
    protocols,
)
from isthmus.report.study_tables import (
    Family,
    Saving,
    Section,
    families,
    networks,
    prices,
    savings,
    sections,
)
from isthmus.report.table import Column, Table, line
from isthmus.report.verdict_words import ClaimText, VerdictText, claim_texts
from isthmus.report.words import known
from isthmus.study import paper
from isthmus.study.compare import BFC
from isthmus.study.findings import Findings
from isthmus.study.grid import PAPERS_BACKBONE, Architecture
from isthmus.study.tables import Row
from isthmus.study.verdicts import NOT_TESTED


@dataclass(frozen=True)
class Conduct:
    """How a protocol was carried out: the parts tested a repeat, one number for each run that differs, the share of
    the training nodules that was set aside to choose on, and whether its price is known."""

    rules: Protocol
    parts: tuple[int, ...]
    set_aside: float
    is_priced: bool


@dataclass(frozen=True)
class Effort:
    """What was run: ``deviations`` are standard deviations of the AUC within folds from repeat to repeat, a run each;
    ``repeats`` are all numbers of repeats that occur; ``machines`` say where costs were measured."""

    runs: int
    trainings: int
    seconds: float
    repeats: tuple[int, ...]
    deviations: tuple[float, ...]
    machines: tuple[str, ...]
    versions: Mapping[str, str]
    commands: tuple[str, ...]


@dataclass(frozen=True)
class StudyView:
    """Everything that the report of a study shows."""

    data_set: str
    kind: str
    fingerprints: Mapping[str, str]  # by label policy
    policies: Mapping[str, Sides | None]  # None where the data set carries labels
    tested: Mapping[str, Counts]
    filled: int
    cells: int
    headline: Mapping[str, Row]
    headline_members: str  # what those rows' protocols divide, "patients"
    papers_best: Estimate
    papers_n: int
    best: tuple[str, str]  # architecture and backbone of the paper's best network
    conditions: tuple[Condition, ...]
    protocols: tuple[Conduct, ...]
    recipe: Recipe
    choices: tuple[str, ...]
    changes: tuple[Change, ...]
    claims: tuple[ClaimText, ...]
    verdicts: Table
    results: Mapping[str, tuple[Section, ...]]  # by table
    prices: Table | None
    families: tuple[Family, ...]
    networks: Mapping[str, Table]
    savings: tuple[Saving, ...]
    baselines: tuple[Baseline, ...]
    effort: Effort


def page(findings: Findings, sheets: Mapping[str, str], data_set: str) -> str:
    """The report as one self-contained HTML page, the same for the same input.

    Args:
        findings: the study as it stands; an empty cell is shown with its reason.
        sheets: title to a drawing as ``data:image/png;base64,...``; may be empty.
        data_set: what the data set is called.
    """
    view = study_view(findings, data_set)
    plots = study_plots.plots(findings)
    return render("study.html.jinja", view=view, sheets=sheets, plots=plots, verdict_at=verdict_at)


def markdown(findings: Findings, data_set: str) -> str:
    """The report as Markdown, without pictures, the same for the same input."""
    return render("study.md.jinja", view=study_view(findings, data_set)) + "\n"


def study_view(findings: Findings, data_set: str) -> StudyView:
    """What the report shows of a study; ``data_set`` is what the data set is called."""
    rows, recipe = every_row(findings), base_recipe(findings)
    names = {row.entry.backbone for row in rows if row.entry.architecture == Architecture.BASELINE}
    return StudyView(
        data_set=data_set,
        kind=findings.ledger.kind,
        fingerprints=findings.ledger.data,
        policies={labels: sides(labels) for labels in findings.ledger.data},
        tested=nodules_tested(findings),
        filled=sum(row.run is not None for row in rows),
        cells=len(rows),
        headline=headline(findings),
        headline_members=_members(findings),
        papers_best=paper.metrics(paper.TABLE_4[BFC, PAPERS_BACKBONE])["accuracy"],
        papers_n=paper.BENIGN + paper.MALIGNANT,
        best=(BFC, PAPERS_BACKBONE),
        conditions=conditions(findings),
        protocols=tuple(_conduct(findings, one, recipe) for one in protocols(findings)),
        recipe=recipe,
        choices=choices(recipe),
        changes=changes(recipe),
        claims=claim_texts(findings),
        verdicts=_verdicts(findings),
        results={name: sections(findings, name) for name in ("table4", "table3", "ablations")},
        prices=prices(findings),
        families=families(findings),
        networks=networks(findings),
        savings=savings(findings),
        baselines=tuple(one for name, one in BASELINES.items() if name in names),
        effort=_effort(findings),
    )


def _conduct(findings: Findings, protocol: Protocol, recipe: Recipe) -> Conduct:
    runs = [row.run for row in every_row(findings) if row.run and row.entry.protocol == protocol.name]
    folds = [fold for run in runs if run.recipe for fold in run.folds]
    return Conduct(
        rules=protocol,
        parts=tuple(sorted({len(run.repeat(0).folds) for run in runs})),
        set_aside=validation_share(folds) if folds else recipe.learning.validation,
        is_priced=any(one.protocol == protocol.name for one in findings.prices),
    )


def _members(findings: Findings) -> str:
    groupings = (findings.protocol(row.entry.protocol).grouping for row in headline(findings).values())
    return " and ".join(dict.fromkeys(one.members for one in groupings))


def _effort(findings: Findings) -> Effort:
    rows = [row for row in every_row(findings) if row.run]
    runs = {row.run.name: row.run for row in rows if row.run}
    deviations = {row.run.name: row.deviation for row in rows if row.run and row.run.recipe}
    versions: dict[str, dict[str, None]] = {}
    for run in runs.values():
        for package, version in (run.manifest.get("versions") or {}).items():
            versions.setdefault(package, {})[version] = None
    return Effort(
        runs=len(runs),
        trainings=sum(len(run.folds) for run in runs.values() if run.recipe),
        seconds=findings.seconds,
        repeats=tuple(sorted({run.repeats for run in runs.values()})),
        deviations=tuple(one for one in deviations.values() if known(one)),
        machines=tuple(sorted({f"{cost.machine}, {cost.threads} threads" for cost in findings.costs.values()})),
        versions={package: " and ".join(each) for package, each in versions.items()},
        commands=findings.ledger.commands,
    )


def _verdicts(findings: Findings) -> Table:
    """The claims with their verdicts under each condition, in words."""
    under = conditions(findings)
    lines = []
    for claim in claim_texts(findings):
        if claim.quote.text:
            lines.append(line(f"“{claim.quote.text}”", claim.quote.where, *_words(claim.as_it_stands, under)))
        lines.append(line(claim.sentence, claim.where, *_words(claim.verdicts, under)))
    titles = ["Claim", "Section", *(f"{one.rules.title}; {one.labels}" for one in under)]
    return Table(tuple(Column(title, "text") for title in titles), {"": tuple(lines)})


def _words(every: Sequence[VerdictText], under: Sequence[Condition]) -> list[str]:
    verdicts = [verdict_at(every, condition) for condition in under]
    return [one.verdict + (f" (n = {one.n})" if one.n else "") for one in verdicts]


def verdict_at(every: Sequence[VerdictText], condition: Condition) -> VerdictText:
    """The verdict under a condition, or the one that depends on none; not tested where there is neither."""
    at = {(one.protocol, one.labels): one for one in every}
    nothing = VerdictText(condition.protocol, condition.labels, NOT_TESTED, (), 0)
    return at.get(("", ""), at.get((condition.protocol, condition.labels), nothing))
