"""A room of models that ship, made of tiny bundles with facts: for tests, in place of the package's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from isthmus import bundle as bundles
from isthmus import bundle_files
from isthmus.bundle import open_bundle
from isthmus.decision import Calibration, Decision
from isthmus.models.facts import AtThreshold, Elsewhere, Facts, Figure, OutOfFold
from make.bundle import THRESHOLD, make

AUC = Figure(0.91, 0.90, 0.92, 100)
DECISION = Decision(
    {"sensitivity-90": 0.75, "sensitivity-95": THRESHOLD}, "sensitivity-95", Calibration("platt", (1.0, 0.0))
)
FACTS = Facts(
    about="made for a test",
    data="simulated nodules",
    citation="Nobody 2020",
    reads="pathology",
    out_of_fold=OutOfFold(
        protocol="grouped",
        folds=5,
        benign=40,
        malignant=60,
        auc=AUC,
        ece=0.02,
        brier=AUC,
        thresholds={
            "sensitivity-90": AtThreshold(0.75, AUC, AUC),
            "sensitivity-95": AtThreshold(THRESHOLD, AUC, Figure(0.5, float("nan"), float("nan"), 40)),
        },
    ),
    elsewhere=(Elsewhere("other nodules", "a reading of TI-RADS, not pathology", AUC),),
    failures=("nodules of less than 30 pixels",),
    milliseconds=4.2,
    threads=2,
    processor="x86_64",
)


SHARE = {"value": 0.3, "low": 0.2, "high": 0.4, "n": 1234, "method": "made", "reason": None}
EVIDENCE = {"n": 1234, "calibration": {"after": {"bins": [{"low": 0.0, "high": 1.0, "n": 1234, "observed": SHARE}]}}}


def with_evidence(folder: Path, to: Path) -> Path:
    """The bundle in ``folder`` as the bundle ``to``, with a share of malignant nodules that is 0.3 at any P."""
    return with_facts(folder, to, evidence=EVIDENCE)


def with_facts(
    folder: Path,
    to: Path,
    facts: Facts = FACTS,
    decision: Decision = DECISION,
    evidence: Mapping[str, object] | None = None,
) -> Path:
    """The bundle in ``folder`` as the bundle ``to``, with facts and another decision."""
    bundle = open_bundle(folder)
    names = [name for name in bundle.files if name not in (bundles.RECIPE, bundles.CARD)]

    def fill(into: Path) -> None:
        for name in names:
            (into / name).write_bytes((folder / name).read_bytes())
        (into / bundles.FACTS).write_text(facts.to_json(), encoding="utf-8")
        if evidence is not None:
            (into / bundle_files.EVIDENCE).write_text(json.dumps(evidence), encoding="utf-8")

    bundles.write(to, bundle.recipe, decision, bundle.provenance, "# card\n", fill)
    return to


def room(to: Path, scratch: Path, models: Mapping[str, str] | None = None) -> Path:
    """A room ``to`` with models of these names, each of which reads what it says there."""
    plain = make(scratch / "plain")
    for name, reads in (models or {"tn5000": "pathology", "ddti": "a reading of TI-RADS, not pathology"}).items():
        with_facts(plain, to / name, replace(FACTS, reads=reads))
    return to
