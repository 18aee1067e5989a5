"""A bundle's decision fitted anew on a site's nodules, judged on groups that it wasn't fitted on, in a new bundle."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from isthmus import bundle as bundles
from isthmus import files
from isthmus.bundle import Bundle
from isthmus.cross.decisions.fitted import DEFAULT_POINT, POINTS, decide
from isthmus.cross.decisions.site import Site
from isthmus.decision import COVERAGE, Calibration, Decision
from isthmus.errors import DataError
from isthmus.judge.bootstrap import brier
from isthmus.judge.decisions import AtPoint, at_point
from isthmus.judge.intervals import Estimate
from isthmus.judge.jackknife import counted
from isthmus.judge.metrics import Floats, Labels
from isthmus.judge.probability.bins import equal_mass_error
from isthmus.judge.probability.choice import Choice, Fit, choose
from isthmus.judge.probability.conformal import Coverage, coverage_of
from isthmus.judge.probability.curves import FITS
from isthmus.judge.probability.folds import group_folds
from isthmus.judge.probability.proper import log_loss_change, log_loss_estimate
from isthmus.learn.operating_point import SENSITIVITY
from isthmus.nodule import DISCLAIMER
from isthmus.progress import Progress, silent

AUTO = "auto"
METHODS = (AUTO, *FITS)
RULES = ("half", "youden")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Quality:
    """How right P(malignant) is: log loss, Brier score, and ECE in bins of equal mass; lower is better."""

    log_loss: Estimate
    brier: Estimate
    ece: Estimate

    @classmethod
    def of(cls, labels: Labels, p: Floats, groups: tuple[str, ...] | None) -> Quality:
        """The quality of p (n,), with intervals by group. Raises ValueError."""
        return cls(
            *(
                replace(one, n=labels.size)
                for one in (
                    log_loss_estimate(labels, p, groups),
                    counted(brier, labels, p, groups),
                    equal_mass_error(labels, p, groups=groups),
                )
            )
        )

    def as_json(self) -> dict[str, object]:
        """Each figure by name, with its interval and n."""
        return {name: _json(getattr(self, name)) for name in ("log_loss", "brier", "ece")}


@dataclass(frozen=True, eq=False)
class Recalibration:
    """A decision fitted on a site's nodules, and how the one before and one fitted so do there.

    ``before`` is of P(malignant) as the bundle gave it; all else is cross-fitted by group, the choice of the method
    too: each of ``folds`` is judged by a decision fitted on the others. ``change`` is of the log loss. Figures are at
    the site's share of malignant nodules, also where the decision moves P(malignant) to another. ``points_before`` is
    of the bundle's thresholds.
    """

    decision: Decision
    choice: Choice
    folds: int
    before: Quality
    after: Quality
    change: Estimate
    points_before: Mapping[str, AtPoint]
    points: Mapping[str, AtPoint]
    coverage: Coverage

    def as_json(self) -> dict[str, object]:
        """All of it; what is undefined is None."""
        return {
            "method": self.choice.name,
            "log_loss": {name: None if math.isnan(loss) else loss for name, loss in self.choice.log_loss.items()},
            "folds": self.folds,
            "before": self.before.as_json() | {"points": _points_json(self.points_before)},
            "after": self.after.as_json() | {"points": _points_json(self.points)},
            "change": _json(self.change),
            "conformal": self.coverage.as_json(),
            "decision": asdict(self.decision),
        }


def _json(estimate: Estimate) -> dict[str, object]:
    return {**estimate.as_json(), "n": estimate.n}


def _points_json(points: Mapping[str, AtPoint]) -> dict[str, object]:
    return {
        name: {"sensitivity": _json(at.sensitivity), "specificity": _json(at.specificity)}
        for name, at in points.items()
    }


def recalibrated(
    site: Site,
    decision: Decision,
    method: str = AUTO,
    here: float | None = None,
    coverage: float = COVERAGE,
    progress: Progress = silent,
) -> Recalibration:
    """Fits calibration, thresholds and sets on a site's nodules; the calibration acts on the network's fused output.

    Args:
        site: its nodules, read by the bundle whose ``decision`` it is.
        method: a kind of calibration, or AUTO: the one of least cross-fitted log loss.
        here: the prevalence that P(malignant) is moved to; None: it stays at the site's share of malignant nodules.
        coverage: of the sets, in 0 .. 1.

    Raises DataError where nothing fits.
    """
    points, default = _points(decision)
    kinds = tuple(FITS) if method == AUTO else (method,)
    candidates = {kind: _candidate(kind) for kind in kinds}
    folds = group_folds(site.labels, site.groups)

    def chosen(part: Mask) -> Choice:
        try:
            return choose(site.labels[part], site.fused[part], folds[part], candidates)
        except ValueError as error:
            raise DataError(str(error), remedy="Give more nodules, or --method none.") from None

    def fitted(part: Mask) -> Decision:
        kind = method if method != AUTO else chosen(part).name
        return decide(site.labels[part], site.fused[part], kind, points, default, coverage=coverage)

    choice = chosen(np.ones(site.p.shape, bool))
    numbers = np.unique(folds)
    p, called = np.empty_like(site.p), np.zeros((len(points), site.p.size), bool)
    benign, malignant = np.zeros((2, site.p.size), bool)
    for number in progress(numbers.tolist(), "fitting on all groups but some"):
        inside = folds == number
        one = fitted(~inside)
        p[inside] = one.probability(site.fused[inside])
        called[:, inside] = [p[inside] >= one.thresholds[name] for name in points]
        if one.conformal:
            benign[inside], malignant[inside] = one.conformal.holds(p[inside])
    return Recalibration(
        decision=decide(site.labels, site.fused, choice.name, points, default, here, coverage),
        choice=choice,
        folds=numbers.size,
        before=Quality.of(site.labels, site.p, site.groups),
        after=Quality.of(site.labels, p, site.groups),
        change=replace(log_loss_change(site.labels, site.p, p, site.groups), n=site.p.size),
        points_before={
            name: at_point(site.labels, site.p >= threshold, site.groups)
            for name, threshold in decision.thresholds.items()
        },
        points={name: at_point(site.labels, one, site.groups) for name, one in zip(points, called, strict=True)},
        coverage=coverage_of(site.labels, benign, malignant, coverage, site.groups),
    )


def _points(decision: Decision) -> tuple[tuple[str, ...], str]:
    """The rules of the new thresholds: POINTS, and those of the old ones; and the default's, which stays."""
    old = [name for name in decision.thresholds if name in RULES or name.startswith(SENSITIVITY)]
    return tuple(dict.fromkeys((*POINTS, *old))), decision.default if decision.default in old else DEFAULT_POINT


def _candidate(kind: str) -> Fit:
    def fit(labels: Labels, p: Floats) -> Callable[[Floats], npt.NDArray[np.floating]]:
        return Calibration(kind, FITS[kind](labels, p)).apply

    return fit


def write_recalibrated(bundle: Bundle, site: Site, made: Recalibration, to: Path) -> Bundle:
    """Writes the bundle again as ``to``, with the new decision and a card that says so; the facts of a model that
    ships stay behind, since they are of the decision before. Raises BundleError, StorageError."""

    def fill(folder: Path) -> None:
        for name in bundle.files:
            if name not in (bundles.RECIPE, bundles.CARD, bundles.FACTS, bundles.EVIDENCE):
                shutil.copyfile(bundle.folder / name, folder / name)

    text = _card(bundle, site, made) + files.read_text(bundle.folder / bundles.CARD)
    return bundles.write(to, bundle.recipe, made.decision, bundle.provenance, text, fill)


def _card(bundle: Bundle, site: Site, made: Recalibration) -> str:
    decision, share = made.decision, site.malignant / site.labels.size
    holds = f"where {share:.1%} of the nodules are malignant, as there"
    if decision.prevalence:
        holds = f"where {decision.prevalence.here:.1%} of the nodules are malignant; {share:.1%} were, there"
    rows = "".join(
        f"| `{name}` | {decision.thresholds[name]:.3f} | {_shown(at.sensitivity)} | {_shown(at.specificity)} |\n"
        for name, at in made.points.items()
    )
    sets = made.coverage
    return f"""# Thyroid nodule classifier, calibrated on a site's nodules

{DISCLAIMER}

`{bundle.name}` with a calibration ({made.choice.name}) of the network's output, thresholds and sets fitted on
{site.benign} benign and {site.malignant} malignant nodules of a site. P(malignant) holds {holds}. Malignant is
P(malignant) >= {decision.threshold:.3f} (`{decision.default}`).

Cross-fitted by group in {made.folds} folds, before and after: log loss {_shown(made.before.log_loss)} and
{_shown(made.after.log_loss)}, Brier score {_shown(made.before.brier)} and {_shown(made.after.brier)}, calibration error
{_shown(made.before.ece)} and {_shown(made.after.ece)}.

| threshold | P(malignant) from | sensitivity | specificity |
|---|---|---|---|
{rows}
Sets of labels at a coverage of {sets.asked:g}: they held {_shown(sets.benign)} of the benign and
{_shown(sets.malignant)} of the malignant nodules.

What follows is the card of the bundle that this one was made from. Thresholds and P(malignant) in it are those of
before.

"""


def _shown(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return f"{estimate.value:.3f} (no interval)"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
