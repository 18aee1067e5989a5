"""A linear probe without a training: logistic regression on what a model's last hidden layer gives, out of fold.

    python benchmarks/linear_probe.py ddti --as ddti --labels benign-2-3-4a --model models/hfcn --to probe.csv

The folds are those of ``isthmus cross`` by patient and duplicate. The layer's values (Section III-B: 512) of the whole
RoI and the mean of its crops', each the mean of the RoI and its mirror image, are standardised; in each fold the
strength of regularisation is that which ranks the validation nodules best, and all training nodules fit with it.
Prints AUCs by group beside the model as it is, mirrored, too, and their paired difference; of several --model the mean
of the log-odds. In seconds, where ``isthmus cross --from MODEL --set probe=EPOCHS`` learns everything behind the trunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus import files
from isthmus.bundle import Bundle, open_bundle
from isthmus.cross.plan import Part, Plan
from isthmus.cross.run import Run
from isthmus.data.audit.duplicates import find_duplicates
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.data.tables import as_csv
from isthmus.errors import IsthmusError
from isthmus.export.weights import network_of
from isthmus.judge.delong import auc_within, delong
from isthmus.judge.metrics import Floats, Labels, auc
from isthmus.learn.beginning import Beginning
from isthmus.learn.votes import as_images
from isthmus.nodule import Nodule
from transfer import mean_odds

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)
BATCH = 16
COLUMNS = ("nodule", "patient", "group", "fold", "label", "tirads", "p_malignant", "as_it_is")


@dataclass(frozen=True, eq=False)
class Read:
    """The last hidden layer's values, (n, k), and P(malignant), (n,), of RoIs."""

    hidden: Floats
    p: Floats


def read(bundle: Bundle, nodules: Sequence[Nodule]) -> Read:
    """What a bundle of one network gives for nodules. Raises BundleError, DataError."""
    net: Any = network_of(bundle).eval()
    rois, values, hidden, p = prepare_all(nodules, bundle.recipe.preparation), list[torch.Tensor](), [], []
    net.classifier.rectify.register_forward_hook(lambda _layer, _inputs, output: values.append(output))
    for start in range(0, len(rois), BATCH):
        images = as_images(rois[start : start + BATCH])
        sides = []
        with torch.inference_mode():
            for side in (images, images.flip(-1)):
                values.clear()
                votes = net(side)
                every = values[0].reshape(len(side), -1, values[0].shape[-1])  # the whole map first, then its crops
                parts = [every[:, 0], every[:, 1:].mean(dim=1)][: every.shape[1]]
                sides.append((torch.cat(parts, dim=1), votes.fused.exp()[:, 1]))
        hidden.append(((sides[0][0] + sides[1][0]) / 2).double().numpy())
        p.append(((sides[0][1] + sides[1][1]) / 2).double().numpy())
    return Read(np.concatenate(hidden), np.concatenate(p))


def probed(values: Floats, labels: Labels, parts: Sequence[Part]) -> Floats:
    """P(malignant) of each nodule by a probe of the part that tests it, (n,)."""
    p = np.full(labels.size, np.nan)
    for part in parts:
        ranked = [
            auc(labels[part.chosen_on], _fit(values, labels, part.learned_from, c, part.chosen_on)) for c in STRENGTHS
        ]
        strength = STRENGTHS[int(np.argmax(ranked))]
        p[part.split.test] = _fit(values, labels, part.split.train, strength, part.split.test)
        click.echo(f"fold {part.number}: C = {strength:g}", err=True)
    return p


def _fit(values: Floats, labels: Labels, train: Any, strength: float, test: Any) -> Floats:
    regression = LogisticRegression(C=strength, max_iter=5000, class_weight="balanced")
    fitted = make_pipeline(StandardScaler(), regression).fit(values[train], labels[train])
    p: Floats = fitted.predict_proba(values[test])[:, 1]
    return p


@click.command()
@click.argument("root", type=click.Path(path_type=Path))
@click.option("--as", "kind", required=True)
@click.option("--labels", "policy")
@click.option(
    "--model", "models", multiple=True, required=True, type=click.Path(path_type=Path), help="Of one network."
)
@click.option("--to", required=True, type=click.Path(path_type=Path))
def main(root: Path, kind: str, policy: str | None, models: Sequence[Path], to: Path) -> None:
    """Reads, fits, prints and writes."""
    data = open_source(kind, root, policy)
    bundles = [open_bundle(folder) for folder in models]
    for bundle in bundles:
        Beginning.of(bundle).refuse_overlap(data)
    plan = Plan(bundles[0].recipe.changed(validation=0.2, threshold="youden"))
    run = Run.of(data, plan, find_duplicates(data.images), to)
    every = [read(bundle, data.labelled) for bundle in bundles]
    after = mean_odds([probed(one.hidden, run.labels, run.parts) for one in every])
    before = mean_odds([one.p for one in every])
    groups = [run.groups[nodule.image] for nodule in data.labelled]
    difference = delong(run.labels, after, before, groups)
    for title, one in (
        ("as it is", auc_within(run.labels, before, None, groups)),
        ("probe", auc_within(run.labels, after, None, groups)),
        ("difference", difference.estimate),
    ):
        click.echo(f"{title}: {one.value:.3f} ({one.low:.3f} to {one.high:.3f})")
    click.echo(f"p = {difference.p_value:.4f}, n = {len(groups)}, {len(set(groups))} groups")
    fold = {int(at): part.number for part in run.parts for at in part.split.test}
    rows = [
        [one.id, one.patient, groups[at], f"{fold[at]}", str(one.label), one.tirads, f"{after[at]}", f"{before[at]}"]
        for at, one in enumerate(data.labelled)
    ]
    files.write_text(to, as_csv([COLUMNS, *rows]))


if __name__ == "__main__":
    try:
        main.main(standalone_mode=False)
    except IsthmusError as error:
        raise SystemExit(f"linear_probe: {error}") from None
