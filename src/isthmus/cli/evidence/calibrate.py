"""``isthmus calibrate``: a bundle's decision fitted anew on a site's labelled predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from isthmus.cli import options, work
from isthmus.cli.bars import bar
from isthmus.cli.evidence import columns
from isthmus.cli.talk import note, say
from isthmus.cli.targets import refuse_over
from isthmus.cross.prediction_table import PredictionTable
from isthmus.decision import COVERAGE
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER
from isthmus.text import printable

if TYPE_CHECKING:
    from isthmus.cross.decisions.calibrate import Recalibration
    from isthmus.cross.decisions.site import Site

KINDS = ("auto", "none", "temperature", "platt", "beta", "isotonic")
MAIN_COLUMN = "p_malignant"


@click.command()
@click.argument("model", metavar="BUNDLE")
@click.argument("path", metavar="CSV", type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder of the new bundle.")
@click.option(
    "--method",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    help="Calibration of the network's output; auto: the one of least log loss on groups that it wasn't fitted on.",
)
@click.option(
    "--prevalence",
    type=float,
    metavar="P",
    help="Share of malignant nodules where it will read, to move P(malignant) to. [default: that of the CSV]",
)
@click.option(
    "--coverage", type=float, default=COVERAGE, show_default=True, help="Of each class, the share whose set holds it."
)
@columns.label
@click.option("--p", metavar="COLUMN", help=f"Column of the bundle's P(malignant). Default: {MAIN_COLUMN}.")
@columns.group
@columns.positive
@columns.skip_unlabelled
@options.as_json
def calibrate(
    model: str,
    path: Path,
    to: Path,
    method: str,
    prevalence: float | None,
    coverage: float,
    label: str | None,
    p: str | None,
    group: str | None,
    positive: str,
    skip_unlabelled: bool,
    as_json: bool,
) -> None:
    """Fit a model to a site: calibration, thresholds and sets of labels, from its predictions of nodules with labels.

    BUNDLE is a model that ships or a folder; CSV what `isthmus predict --to` wrote with it, its column label filled in.
    The calibration of BUNDLE is undone, so that the new one acts on the network's output. A new bundle is written;
    BUNDLE stays as it is.

    Figures are cross-fitted: each fifth of the groups is judged by what was fitted on the others.
    """
    _refuse_share(prevalence, "--prevalence")
    _refuse_share(coverage, "--coverage")
    folder = options.model_folder(model)
    refuse_over(to, path, folder)
    work.bundle.refuse_taken(to)
    bundle = work.shipped.open_model(folder)
    site = work.cross_site.site_of(*_table(path, label, p, group, skip_unlabelled), positive, bundle)
    if not site.is_checked:
        note(
            f"isthmus: nothing in {printable(path)} says which model read these nodules; take care that it was {model}."
        )
    made = work.cross_calibrate.recalibrated(site, bundle.decision, method, prevalence, coverage, bar)
    work.cross_calibrate.write_recalibrated(bundle, site, made, to)
    if as_json:
        options.print_json({"bundle": bundle.name, "to": str(to), **_counts(site), **made.as_json(), **_last()})
        return
    work.terminal_calibration.print_recalibration(made)
    groups = f" in {len(set(site.groups))} groups" if site.groups else ", each its own group"
    say(
        f"{site.labels.size} nodules{groups}: {site.benign} benign, {site.malignant} malignant. Written to {to}. "
        f"{DISCLAIMER}"
    )
    _warn(made)


def _table(
    path: Path, label: str | None, p: str | None, group: str | None, skip_unlabelled: bool
) -> tuple[PredictionTable, work.table_scorecard.Columns]:
    table = PredictionTable.read(path)
    chosen = work.table_scorecard.chosen_columns(table, label, p or MAIN_COLUMN, group, scores=False)
    if skip_unlabelled:
        rows = len(table.rows)
        table = table.without_empty(chosen.label)
        note(f"isthmus: {rows - len(table.rows)} of {rows} rows have no label and are left out.")
    note(
        f"isthmus: grouped by column {chosen.group!r}."
        if chosen.group
        else "isthmus: no column of groups: every nodule counts as its own, so figures may be too good and intervals "
        "too narrow."
    )
    return table, chosen


def _counts(site: Site) -> dict[str, object]:
    return {
        "n": site.labels.size,
        "counts": {"benign": site.benign, "malignant": site.malignant},
        "groups": len(set(site.groups)) if site.groups else site.labels.size,
    }


def _last() -> dict[str, object]:
    return {"disclaimer": DISCLAIMER}


def _warn(made: Recalibration) -> None:
    """Notes what the figures don't show by themselves."""
    if not made.change.value < 0:
        note("isthmus: the log loss is no lower than before: nothing speaks for the new calibration over the old one.")
    elif not made.change.high < 0:
        note("isthmus: the gain in log loss is within what chance makes: more nodules would tell.")


def _refuse_share(share: float | None, option: str) -> None:
    if share is not None and not 1e-6 <= share <= 1 - 1e-6:
        raise UsageError(f"{share:g} is no share between 0 and 1", where=option, remedy="Give one such as 0.1.")
