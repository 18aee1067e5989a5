"""What a model makes of calipers in data that it hasn't learned from: as they are and painted over.

    python benchmarks/paint.py ddti --as ddti --labels benign-2-3-4a --model tn5000

Without calipers paint is where they would be: what paint alone takes away. On data that a model has learned from,
``isthmus cross --painted`` measures it out of fold.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.audit.painted import painted_rois
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.errors import IsthmusError, UsageError
from isthmus.infer.predictor import Predictor
from isthmus.judge.calipers import CaliperEffect, caliper_effect
from isthmus.nodule import Pixels
from isthmus.prediction import Floats
from isthmus.report.terminal.calipers import print_effect

BATCH = 16


def effect(data: DataSet, predictor: Predictor) -> CaliperEffect:
    """The AUCs with calipers and without on the labelled nodules, groups being patients joined by duplicates."""
    if data.fingerprint() in [one.fingerprint for one in predictor.bundle.provenance.learned_from]:
        raise UsageError("the model learned from these nodules", remedy="Use `isthmus cross --painted`.")
    preparation = predictor.bundle.recipe.preparation
    plain = read(prepare_all(data.labelled, preparation), predictor)
    has, rois = painted_rois(data.labelled, preparation)
    painted = read(rois, predictor)
    of_image = groups(data.images, find_duplicates(data.images).sets)
    return caliper_effect(
        [int(nodule.label or 0) for nodule in data.labelled],
        plain,
        np.where(has, painted, np.nan),
        [of_image[nodule.image] for nodule in data.labelled],
        np.where(has, np.nan, painted),
    )


def read(rois: Pixels, predictor: Predictor) -> Floats:
    """P(malignant) of RoIs, uint8 (n, size, size, 3)."""
    votes = [predictor.engine.read(rois[start : start + BATCH]).fused for start in range(0, len(rois), BATCH)]
    return predictor.bundle.decision.probability(np.concatenate(votes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("root", type=Path)
    parser.add_argument("--as", dest="kind", required=True)
    parser.add_argument("--labels")
    parser.add_argument("--model", required=True)
    arguments = parser.parse_args()
    try:
        data = open_source(arguments.kind, arguments.root, *([arguments.labels] if arguments.labels else []))
        print_effect(effect(data, Predictor.load(arguments.model)))
    except IsthmusError as error:
        sys.exit(f"paint.py: {error}")


if __name__ == "__main__":
    main()
