"""``isthmus report``: the evidence folder of a run, or of anybody's predictions."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus import files
from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.evidence import columns
from isthmus.cli.talk import note
from isthmus.cli.targets import refuse_over
from isthmus.data.labels import Classes
from isthmus.data.sources import SOURCES
from isthmus.decision import COVERAGE
from isthmus.errors import UsageError
from isthmus.text import printable

if TYPE_CHECKING:
    from isthmus.data.dataset import DataSet
    from isthmus.evidence.inspection import Inspection
    from isthmus.evidence.judged import Evidence
    from isthmus.evidence.nodules import Nodules


@click.command()
@click.argument("source", metavar="RUN|CSV", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Folder for the evidence.")
@columns.label
@columns.p
@columns.group
@click.option("--nodule", metavar="COLUMN", help="Column of the nodule's name, once each. Default: nodule, if any.")
@click.option(
    "--split",
    metavar="COLUMN",
    help="Column of training, validation and test: what is fitted is fitted on validation. Default: split, if any; "
    "without validation it is cross-fitted by group.",
)
@columns.positive
@columns.skip_unlabelled
@click.option(
    "--by", multiple=True, metavar="COLUMN", help="Column of subgroups, again for several. Default: usual names."
)
@click.option(
    "--beside",
    "others",
    multiple=True,
    metavar="FILE[#PART]",
    help="Another model's predictions of these nodules, too.",
)
@click.option("--prevalence", type=float, help="Share of malignant nodules for PPV and NPV, above 0 and below 1.")
@click.option("--coverage", type=float, default=COVERAGE, show_default=True, help="Of sets of labels, for each class.")
@click.option(
    "--data", "root", type=click.Path(path_type=Path), metavar="ROOT", help="The data set of the nodules; needs --as."
)
@click.option("--as", "kind", metavar="KIND", help=f"Kind of that data set: {', '.join(SOURCES)}.")
@options.labels
@options.classes
@options.skip_broken
@options.model_option(
    "The model of these predictions: fills in the forms, and reads the pictures of --data again, as they are and "
    "changed, unless it learned from them."
)
@click.option(
    "--sample",
    type=click.IntRange(min=10),
    default=600,
    show_default=True,
    help="Nodules that --model reads, at most, each 32 times: with pictures as they are, and changed.",
)
@click.option("--no-audit", is_flag=True, help="Leave the audit of --data out: duplicates, order, calipers.")
@click.option("--no-pictures", is_flag=True, help="Leave pictures of nodules, which --data gives, out of the report.")
@options.seed
@options.as_json
@click.pass_context
def report(
    ctx: click.Context,
    source: Path,
    to: Path,
    label: str | None,
    p: str | None,
    group: str | None,
    nodule: str | None,
    split: str | None,
    positive: str,
    skip_unlabelled: bool,
    by: tuple[str, ...],
    others: tuple[str, ...],
    prevalence: float | None,
    coverage: float,
    root: Path | None,
    kind: str | None,
    policy: str | None,
    classes: Classes,
    skip_broken: bool,
    model: str | None,
    sample: int,
    no_audit: bool,
    no_pictures: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Judge predictions as a careful reviewer would, and write the evidence into a folder.

    RUN is the folder of `isthmus cross`; CSV has a row a nodule, its label and its P(malignant), anybody's. The folder
    gets metrics.json, report.html and report.pdf, whose first page states in plain words what the model can and can't
    do, and the forms of CLAIM, TRIPOD+AI and STARD-AI with cards of model and data, filled in as far as that goes.
    With --data it shows the nodules of the most confident mistakes, adds subgroups by what the data set says of them,
    and audits it for the data card. With --data and --model the pictures are read again, changed in many ways, which
    says how far the answers hold.
    Exit 1 where all nodules are of one class, so that some of it is undefined.
    """
    for name, value in (("prevalence", prevalence), ("coverage", coverage)):
        if value is not None and not (math.isfinite(value) and 0 < value < 1):
            raise UsageError(f"{value:g} is not between 0 and 1", where=f"--{name}")
    if to.exists() and not to.is_dir():
        raise UsageError("is a file", where=str(to), remedy="Give a folder with --to.")
    writer = work.evidence_files  # first, as it may need what isn't installed
    named = _source(root, kind, policy, classes, skip_broken, no_audit)
    folder = options.model_folder(model) if model else None
    refuse_over(to, source, root, folder)
    files.refuse_unwritable(to)
    choice = work.nodules.Choice(label, p, group, nodule, split, positive, skip_unlabelled, by)
    nodules = work.nodules.read(source, choice)
    for text in nodules.notes:
        note(f"isthmus: {text}")
    data = named.open_labelled() if named else None
    inspection = _inspection(nodules, data, source if source.is_dir() else None, no_audit) if data else None
    if inspection and not by:
        nodules = inspection.described(nodules)
    judged = replace(work.judged.evidence(nodules, prevalence, coverage, seed, bar), inspection=inspection)
    if others:
        judged = replace(judged, others=work.evidence_beside.beside(source, others, nodules, choice, seed, bar))
    if folder:
        judged = _with_model(judged, nodules, folder, data, sample, seed)
    written = writer.write(judged, to, pictures=not no_pictures)
    if judged.fitted:
        note(f"isthmus: calibration, operating points and sets: {judged.fitted.how}.")
    if as_json:
        options.print_json(judged.as_json() | {"files": [str(path) for path in written]})
    else:
        for path in written:
            click.echo(path)
    if judged.one_class:
        note("isthmus: every nodule is of one class, so that what needs both is undefined.")
        ctx.exit(1)


def _source(
    root: Path | None, kind: str | None, policy: str | None, classes: Classes, skip_broken: bool, no_audit: bool
) -> options.Source | None:
    """The data set that is named, if any. Raises UsageError for half of what it takes."""
    if root and kind:
        return options.Source(root, kind, policy, classes, skip_broken)
    if root:
        raise UsageError("its kind isn't known", where=f"--data {printable(root)}", remedy="Give --as, too.")
    if kind or policy or classes or skip_broken or no_audit:
        what = "--as, --labels, --classes, --skip-broken and --no-audit need --data"
        raise UsageError(what, remedy="Name the data set.")
    return None


def _inspection(nodules: Nodules, data: DataSet, run: Path | None, no_audit: bool) -> Inspection:
    """What the data set tells of the nodules. Raises DataError."""
    match = work.match.Match.of(nodules, data)
    return work.inspection.Inspection(match) if no_audit else work.inspection.inspect(match, run, bar, note)


def _with_model(
    judged: Evidence, nodules: Nodules, folder: Path, data: DataSet | None, sample: int, seed: int
) -> Evidence:
    """The evidence with what the model is, and with its readings of the pictures unless it learned from them."""
    bundle = work.bundle.open_bundle(folder)
    if data is None:
        return replace(judged, model=bundle)
    if work.pictures.learned_from(bundle, data):
        note(f"isthmus: {bundle.name} learned from these nodules, so that it doesn't read their pictures again here.")
        return replace(judged, model=bundle, learned=True)
    pictures = work.pictures.Pictures.of(nodules, data, work.predictor.Predictor.load(folder), sample, seed)
    return replace(judged, model=bundle, pictured=work.pictured.pictured(pictures, seed, bar))
