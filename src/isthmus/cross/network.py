"""A recipe's network judged under a plan: it learns from each part anew. It resumes by fold, and within one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from isthmus.cross.fold import Fold, folder_of, write_fold
from isthmus.cross.plan import Part, Plan
from isthmus.cross.run import CrossValidation, Judge, PaintedOver, Run
from isthmus.cross.run_folder import claim, refuse_foreign
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.duplicates import Duplicates
from isthmus.data.audit.painted import painted_rois
from isthmus.data.audit.survey import Survey
from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet
from isthmus.errors import UsageError
from isthmus.learn import processes
from isthmus.learn.beginning import without_pretrained
from isthmus.learn.checkpoint import CHECKPOINT, Epoch
from isthmus.learn.examples import Examples
from isthmus.learn.lock import alone
from isthmus.learn.ready import refuse_untrainable
from isthmus.learn.second import targets_of
from isthmus.learn.train import Fitted, fit
from isthmus.learn.votes import probabilities
from isthmus.progress import Note, Progress, silent, unsaid

Report = Callable[[int, Epoch], None]  # gets the number of the fold, and each epoch


def cross(
    data: DataSet,
    plan: Plan,
    to: Path,
    progress: Progress = silent,
    report: Report = lambda fold, epoch: None,
    rois: Path | None = None,
    duplicates: Duplicates | None = None,
    command: str = "",
    device: str = "auto",
    note: Note = unsaid,
) -> CrossValidation:
    """Cross-validates ``plan`` on the labelled nodules of ``data``, writing each finished fold to ``to``.

    Called again after an interruption it goes on where it was.

    Args:
        data: the data set.
        plan: recipe, protocol, how many parts, the weights to begin from, and a second data set to learn from.
        to: the run's folder, new or with this very run.
        progress: shows how far preparation is, and the painting over of calipers.
        report: gets the fold's number and each epoch.
        rois: folder of prepared RoIs, which runs side by side may share; None: within ``to``, until the last fold.
        duplicates: the data set's; None: loaded from ``to``, or searched for and written there.
        command: the command line that the manifest gets; "": that of this process.
        device: what trains, "auto" for the best there is.
        note: gets what is begun again, and why; what is taken over of weights to begin from, and a doubt about them;
            what a second data set teaches, and how much of it is left out; what leaks under a protocol that divides
            images, unless the duplicates are given.

    Raises UsageError if ``to`` holds another run, if another process is at it, the device isn't here, the weights to
    begin from were learned from these nodules, or nothing is left of a second data set; BundleError where no weight
    fits, RecipeError for a network that can't be, SplitError, before anything is written, if the data can't be split or
    a part leaks; StorageError if ``to`` or ``rois`` can't be written.
    """
    refuse_several()
    refuse_untrainable(without_pretrained(plan.recipe, plan.beginning), device)
    if plan.beginning:
        for remark in filter(None, (plan.beginning.taken_over(plan.recipe), plan.beginning.refuse_overlap(data))):
            note(remark)
    with exclusive(to, plan):
        run = _claimed(data, plan, to, duplicates, command, progress, note)

        def prepare() -> Judge:
            recipe, beside = plan.recipe, run.plan.beside.nodules if run.plan.beside else ()
            nodules = (*data.labelled, *beside)
            prepared = cached_rois(nodules, recipe.preparation, rois or to / "rois", progress, note)
            examples = Examples(prepared, targets_of(data.labelled, recipe, progress, beside))
            return lambda part: _fold(run, part, examples, report, device, note, progress)

        result = run.finish(prepare, note)
        if rois is None:
            shutil.rmtree(to / "rois", ignore_errors=True)
        return result


def refuse_several() -> None:
    """Raises UsageError for a process that torchrun started with others."""
    if processes.several():
        raise UsageError(
            "folds are not cross-validated by several processes at once",
            where="torchrun",
            remedy="Run `isthmus cross` by itself; `isthmus train` can be run by torchrun.",
        )


@contextlib.contextmanager
def exclusive(to: Path, plan: Plan) -> Iterator[None]:
    """A context in which no other process may work in the run's folder ``to``.

    Raises UsageError if it holds something else or a run of another plan, TakenError, StorageError.
    """
    refuse_foreign(to, {"recipe": plan.recipe.fingerprint, **plan.settings}, plan.recipe)
    with alone(to, "cross-validating there"):
        yield


def _claimed(
    data: DataSet, plan: Plan, to: Path, duplicates: Duplicates | None, command: str, progress: Progress, note: Note
) -> Run:
    """The run for which ``to`` is claimed, with what of a second set shows nothing of the first."""
    search = to / "duplicates.json"
    with Survey() as survey:
        pairs = duplicates or known_duplicates.load_or_find(search, data.images, progress, note, survey)
        run = Run.of(data, plan, pairs, to)
        leaks = run.pass_gate(progress)
        if leaks and duplicates is None:  # else whoever gave them has told it once for all runs
            note(leaks)
        begun = plan.beginning.record(plan.recipe, data) if plan.beginning else None
        claim(to, data, plan.identity(run.groups), plan.recipe, command, begun)
        if duplicates is None:
            known_duplicates.save(pairs, data.images, search)
        beside = plan.beside and plan.beside.apart_from(data, to, progress, note, survey)
    return replace(run, plan=replace(plan, beside=beside))


def _fold(
    run: Run, part: Part, examples: Examples, report: Report, device: str, note: Note, progress: Progress
) -> Fold:
    """Trains a network on the part, or goes on from its checkpoint; tests it, and writes the fold.

    ``examples`` are the labelled nodules of the data, and behind them those of the second set.
    """
    plan, folder = run.plan, folder_of(run.to, part.number)
    fitted = fit(
        examples.take(np.concatenate([part.learned_from, np.arange(len(run.data.labelled), len(examples))])),
        examples.take(part.chosen_on),
        plan.recipe,
        seed=plan.seed * 1000 + part.number,
        folder=folder,
        device=device,
        report=lambda epoch: report(part.number, epoch),
        note=note,
        beginning=plan.beginning,
    )
    votes = probabilities(fitted.net, examples.take(part.split.test).rois)
    painted = _painted(run, part, fitted, progress) if plan.painted else None
    fold = Fold(
        number=part.number,
        repeat=part.repeat,
        rows=run.predictions(part, votes, fitted.decision, painted),
        threshold=fitted.decision.threshold,
        epoch=fitted.epoch,
        history=fitted.history,
        learned_from=len(part.learned_from),
        chosen_on=len(part.chosen_on),
        leak=run.leak(part),
        seconds=sum(epoch.seconds for epoch in fitted.history),
        trained_on=fitted.trained_on,
    )
    write_fold(fold, run.to)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return fold


def _painted(run: Run, part: Part, fitted: Fitted, progress: Progress) -> PaintedOver:
    """The test nodules read again, with paint over their calipers or where these would be."""
    tested = [run.data.labelled[i] for i in part.split.test]
    has, rois = painted_rois(tested, run.plan.recipe.preparation, progress)
    return PaintedOver(has, fitted.decision.probability(probabilities(fitted.net, rois).fused))
