"""A data set to one bundle of several networks, one recipe each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np

from isthmus import bundle as bundles
from isthmus import recipes
from isthmus.bundle import Bundle
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import BY_PATIENT, Grouping
from isthmus.data.split import Split
from isthmus.errors import RecipeError
from isthmus.export.learned import Learned, Training
from isthmus.export.write import claimed, clear, ensemble_recipe, work_folder, write_learned
from isthmus.judge.metrics import auc
from isthmus.learn import processes
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.examples import Examples, Rows
from isthmus.learn.operating_point import decision_on
from isthmus.learn.ready import refuse_untrainable
from isthmus.learn.votes import probabilities
from isthmus.net.ensemble import Ensemble, common
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe


def train_ensemble(
    data: DataSet,
    members: Sequence[Recipe],
    to: Path,
    *,
    seed: int = 0,
    grouping: Grouping = BY_PATIENT,
    versions: Mapping[str, str] | None = None,
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[int, Epoch], None] = lambda member, epoch: None,
    note: Note = unsaid,
) -> Bundle:
    """Trains a network of each recipe on the same labelled nodules of ``data``, one after the other, and writes them
    as one bundle ``to``, whole or not at all: P(malignant) is of the mean of their log-odds (``net.ensemble``).

    The threshold is chosen for all of them together, on the nodules that are set aside. ``report`` gets the member,
    from 0 on, and each of its epochs. Goes on after an interruption, and raises, as ``export.write.train_bundle``;
    RecipeError, too, for members that set other shares aside, choose the threshold by other rules, or can't share a
    RoI.
    """
    to = to.absolute()
    refuse_unlike(members)
    for recipe in members:
        refuse_untrainable(recipe, device)
    training = Training(data, seed, grouping, device, progress, note, None, versions or {})
    with claimed(to, "training"):
        work = work_folder(to)
        part = training.parts(members[0].learning.validation, work)
        learned = [
            training.learned(recipe, part, work, work / recipe.fingerprint, partial(report, number))
            for number, recipe in enumerate(members)
        ]
        if processes.is_first():
            recipe = ensemble_recipe(members)
            rois = training.rois(recipe.preparation, work)
            write_learned(to, recipe, training, _joined(members, recipe, learned, part, rois), members)
            clear(work, note)
        processes.wait()
    return bundles.open_bundle(to)


def refuse_unlike(members: Sequence[Recipe]) -> None:
    """Raises RecipeError unless these recipes' networks can be one bundle."""
    common([one.preparation for one in members])
    for name in ("validation", "threshold"):
        values = {str(one.values[name]) for one in members}
        if len(values) > 1:
            raise RecipeError(
                f"members of an ensemble differ in {name}: {', '.join(sorted(values))}",
                where="recipe",
                remedy=f"Give all of them one {name}.",
            )


def _joined(
    members: Sequence[Recipe], recipe: Recipe, learned: Sequence[Learned], part: Split, rois: Pixels
) -> Learned:
    """The members' networks as one, with a threshold of their own on the nodules that were set aside."""
    head = learned[recipes.shown(members)]
    net = Ensemble(members, [cast(HybridNet, one.net).cpu() for one in learned]).eval()
    train, validation = (
        Examples(Rows(rois, at), of.targets)
        for at, of in zip((part.train, part.test), (head.train, head.validation), strict=True)
    )
    p = probabilities(net, validation.rois).fused if len(validation) else np.empty(0)
    area = auc(validation.labels, p) if len(validation) else math.nan
    rule = recipe.learning.threshold
    decision = decision_on(validation.labels, p, rule)
    return Learned(net, decision, head.history, head.epoch, area, train, validation)
