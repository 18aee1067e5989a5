"""Whether similar cases tell anything: `python shipping/neighbours_judged.py --ddti ROOT`.

The models that learned from TN5000 look for similar cases of DDTI's nodules, which they never saw. Prints the figures
of docs/results/similar.md.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from isthmus.cli.bars import bar
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.infer.neighbours.known import cells_of
from isthmus.infer.neighbours.similar import COUNTED, FAR, SHOWN, Finder
from isthmus.judge.delong import auc_within
from isthmus.judge.intervals import Estimate, share
from isthmus.models.shipped import open_model
from isthmus.runtime.inside import Inside
from isthmus.runtime.onnx_runtime import Runner

MODELS = ("tn5000", "tn5000-hfcn")
BATCH = 16


@click.command()
@click.option("--ddti", "root", required=True, type=click.Path(path_type=Path), help="Folder of DDTI.")
def judge(root: Path) -> None:
    nodules = open_source("ddti", root).labelled
    labels = np.array([int(nodule.label or 0) for nodule in nodules])
    patients = [nodule.patient for nodule in nodules]
    for model in MODELS:
        bundle = open_model(model)
        known = Finder(bundle).known
        inside, runner = Inside(bundle.onnx, known.tensors), Runner("onnxruntime", bundle.onnx, 0)
        cells, fused = [], []
        for at in bar(range(0, len(nodules), BATCH), model):
            rois = prepare_all(nodules[at : at + BATCH], bundle.recipe.preparation)
            cells.append(cells_of(inside.read(rois), len(rois), known.widths, known.copies))
            fused.append(runner.read(rois).fused)
        places = known.placed(np.concatenate(cells))
        distances = np.linalg.norm(known.where[None] - places[:, None], axis=2)
        order = np.argsort(distances, axis=1, kind="stable")[:, :COUNTED]
        near = known.labels[order]
        click.echo(f"{model}: {len(nodules)} nodules of {len(set(patients))} patients, {int(labels.sum())} malignant")
        click.echo(f"  AUC of P: {_told(auc_within(labels, np.concatenate(fused), None, patients))}")
        for count in (SHOWN, COUNTED):
            found = auc_within(labels, near[:, :count].mean(1), None, patients)
            click.echo(f"  AUC of the malignant share of the {count} nearest: {_told(found)}")
        agree = near[:, 0] == labels
        click.echo(f"  nearest has the same label: {_told(share(agree, np.ones_like(agree), patients))}")
        by_chance = np.where(labels == 1, known.labels.mean(), 1 - known.labels.mean()).mean()
        click.echo(f"  by chance: {by_chance:.3f}; malignant in training: {known.labels.mean():.3f}")
        farther = (known.apart[None] > distances.min(1)[:, None]).mean(1)
        click.echo(f"  nothing near: {_told(share(farther < FAR, np.ones_like(agree), patients))}")
        click.echo(f"  median share of training nodules with a farther nearest: {np.median(farther):.3f}")


def _told(one: Estimate) -> str:
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"


if __name__ == "__main__":
    judge()
