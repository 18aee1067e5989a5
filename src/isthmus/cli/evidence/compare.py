"""``isthmus compare``: two or more files of predictions on the same nodules."""

from __future__ import annotations

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.evidence import columns
from isthmus.cli.talk import note
from isthmus.cross.prediction_table import USUAL_SCORES
from isthmus.nodule import DISCLAIMER


@click.command()
@click.argument("files", metavar="FILE[#PART] ...", nargs=-1, required=True)
@click.option("--nodule", metavar="COLUMN", help="Column of the nodule's name, which joins the files. Default: nodule.")
@columns.label
@columns.p
@click.option(
    "--scores",
    is_flag=True,
    help=f"They are scores, any numbers, higher for malignant. Column: {USUAL_SCORES[0]}, else.",
)
@columns.group
@columns.positive
@click.option(
    "--threshold",
    "thresholds",
    type=float,
    multiple=True,
    help="Malignant is what lies at or above it; one for all, or one a file, in order. [default: 0.5; of scores none]",
)
@click.option("--grades", metavar="COLUMN", help="Column of readers' grades, such as tirads: compared like a model.")
@click.option("--grades-threshold", metavar="GRADE", help="The lowest grade that means malignant.")
@click.option("--within-folds", is_flag=True, help="Rank only nodules of one fold (column fold) against each other.")
@click.option("--shared", is_flag=True, help="Compare on the nodules that all files have, and say how many.")
@columns.skip_unlabelled
@click.option(
    "--resamples", type=click.IntRange(min=100), default=2000, show_default=True, help="Of the bootstrap of groups."
)
@options.seed
@options.as_json
@click.pass_context
def compare(
    ctx: click.Context,
    files: tuple[str, ...],
    nodule: str | None,
    label: str | None,
    p: str | None,
    scores: bool,
    group: str | None,
    positive: str,
    thresholds: tuple[float, ...],
    grades: str | None,
    grades_threshold: str | None,
    within_folds: bool,
    shared: bool,
    skip_unlabelled: bool,
    resamples: int,
    seed: int,
    as_json: bool,
) -> None:
    """Compare two or more files of predictions on the same nodules, or a model with readers' grades.

    Each FILE is a CSV, gzipped or not, with a row a nodule: its name, its label, P(malignant). #PART is one run of a
    file with a column run, else the column of P: two models of one file are a.csv#one a.csv#other.
    Differences of AUCs have DeLong's test by groups and a bootstrap of groups, calls an exact McNemar test and the net
    reclassification; p-values are corrected for the number of pairs (Holm).
    Exit 1 where all nodules are of one class, so that some of it is undefined.
    """
    read = [work.prediction_file.PredictionFile.read(one, nodule, p, scores) for one in bar(files, "files")]
    wanted = work.table_comparison.Wanted(
        label=label,
        group=group,
        positive=positive,
        scores=scores,
        thresholds=thresholds,
        grades=grades,
        grades_threshold=grades_threshold,
        within_folds=within_folds,
        shared=shared,
        skip_unlabelled=skip_unlabelled,
    )
    compared = work.table_comparison.table_comparison(read, wanted, resamples, seed, bar)
    result = compared.comparison
    for where, count in compared.left_out.items():
        if count:
            note(f"isthmus: {where}: {count} of its nodules have no part in this; {result.n} have.")
    note(
        f"isthmus: grouped by column {compared.group!r}."
        if compared.group
        else "isthmus: no column of groups: every nodule counts as its own, so intervals may be too narrow."
    )
    for one in result.contenders:
        if one.auc.high < 0.5:
            note(f"isthmus: {one.name}: the AUC is below 0.5: do lower values mean malignant here?")
    if as_json:
        options.print_json({**compared.as_json(), "disclaimer": DISCLAIMER})
    else:
        about = f" (by {compared.group})" if compared.group else " (each its own)"
        about += ", ranked within folds" if within_folds else ""
        work.terminal_comparison.print_comparison(result, about)
    if not (result.benign and result.malignant):
        note(f"isthmus: every nodule is {'malignant' if result.malignant else 'benign'}, so that AUCs are undefined.")
        ctx.exit(1)
