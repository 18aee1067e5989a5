"""A data set to a bundle: split, train, export, compare, write; and a bundle exported again."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from isthmus import bundle as bundles
from isthmus import files, recipes
from isthmus.bundle import Bundle
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import BY_PATIENT, Grouping
from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.export.card import card
from isthmus.export.gate import gate_of
from isthmus.export.learned import Learned, Training, sample, samples
from isthmus.export.neighbours import FEWEST, moved, neighbours_of
from isthmus.export.parity import PROVED_ON, write_exports
from isthmus.export.quantise import CALIBRATED_ON
from isthmus.export.weights import network_of
from isthmus.infer.neighbours.known import Known
from isthmus.learn import processes
from isthmus.learn.beginning import Beginning, without_pretrained
from isthmus.learn.beside.second_set import SecondSet
from isthmus.learn.checkpoint import CHECKPOINT, Epoch
from isthmus.learn.history import write_history
from isthmus.learn.lock import LOCK, alone
from isthmus.learn.ready import refuse_untrainable, remarks
from isthmus.models.facts import Facts
from isthmus.net.ensemble import Ensemble, common
from isthmus.net.hybrid import HybridNet
from isthmus.progress import Note, Progress, silent, unsaid
from isthmus.recipe import Recipe


def train_bundle(
    data: DataSet,
    recipe: Recipe,
    to: Path,
    *,
    seed: int = 0,
    grouping: Grouping = BY_PATIENT,
    versions: Mapping[str, str] | None = None,
    device: str = "auto",
    progress: Progress = silent,
    report: Callable[[Epoch], None] = lambda epoch: None,
    note: Note = unsaid,
    beginning: Beginning | None = None,
    beside: SecondSet | None = None,
) -> Bundle:
    """Trains on the labelled nodules of ``data`` and writes the bundle ``to``, whole or not at all.

    A validation part, whole groups by ``grouping``, chooses epoch and threshold. ``beginning`` has the weights to begin
    from, where they fit; the nodules of ``beside`` teach the second loss. After an interruption the same call
    continues from the checkpoint beside ``to``, where the prepared RoIs lie too; ``note`` receives what starts again,
    and why. Of several processes the first one writes. Raises UsageError where the device isn't here, another process
    trains to ``to`` or nothing of ``beside`` is left, RecipeError for a network that can't be built, SplitError,
    BundleError where ``to`` is taken or the export fails parity, StorageError.
    """
    to = to.absolute()  # so that even "." has a name
    refuse_untrainable(without_pretrained(recipe, beginning), device)
    if beginning:
        note(beginning.taken_over(recipe))
    training = Training(data, seed, grouping, device, progress, note, beginning, versions or {})
    with claimed(to, "training"):
        work = work_folder(to)
        part = training.parts(recipe.learning.validation, work)
        training = replace(training, beside=beside and beside.apart_from(data, work, progress, note))
        learned = training.learned(recipe, part, work, work, report)
        if processes.is_first():
            write_learned(to, recipe, training, learned)
            clear(work, note)
        processes.wait()
    return bundles.open_bundle(to)


@contextlib.contextmanager
def claimed(to: Path, doing: str) -> Iterator[None]:
    """Locks the bundle ``to`` against other processes; their message is "another process is ``doing``".

    Raises BundleError where ``to`` is taken, TakenError, StorageError where it can't be written.
    """
    to = to.absolute()
    bundles.refuse_taken(to)
    with alone(work_folder(to), doing):
        bundles.refuse_taken(to)  # it may have been finished meanwhile
        yield


def work_folder(to: Path) -> Path:
    """The folder of checkpoint and RoIs of a training, beside its bundle ``to``."""
    return to.with_name(f"{to.name}.training")


def clear(work: Path, note: Note) -> None:
    """Deletes the files of a finished training, but no checkpoint of another one."""
    others = [path for path in work.rglob("checkpoint.*.safetensors") if path.name != CHECKPOINT]
    if not others:
        shutil.rmtree(work, ignore_errors=True)
        return
    for path in work.iterdir():
        if any(path in (other, *other.parents) for other in others):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)
    note(f"{work}: keeps checkpoints of other trainings; delete it if you need none")


def write_learned(
    to: Path, recipe: Recipe, training: Training, learned: Learned, members: Sequence[Recipe] = ()
) -> Bundle:
    """Exports what was trained and writes it as the bundle ``to``, with its input gate if there are enough nodules; of
    an ensemble ``members`` are the recipes."""
    exports = work_folder(to) / "exports"
    shutil.rmtree(exports, ignore_errors=True)  # of an export that was interrupted
    files.make_folder(exports)
    write_history(learned.history, exports)
    if members:
        recipes.save_members(members, exports / bundles.MEMBERS)
    if gate := gate_of(training, recipe.preparation, work_folder(to)):
        files.write_text(exports / bundles.GATE, gate.to_json())
    rois = sample(learned.train.rois, CALIBRATED_ON), learned.proof
    net, decision = learned.net.cpu(), learned.decision
    proofs = write_exports(net, recipe, decision, *rois, exports, int8=not members)
    _keep_neighbours(exports, recipe, training, work_folder(to))
    provenance = training.provenance(learned, proofs)
    text = card(recipe, decision, provenance, _remarks(members or (recipe,)))
    return bundles.write(to, recipe, decision, provenance, text, _copying(exports))


def _keep_neighbours(exports: Path, recipe: Recipe, training: Training, work: Path) -> None:
    """Keeps the features of the labelled nodules beside their network, for similar cases; none of a few nodules."""
    nodules = training.data.labelled
    if len(nodules) < FEWEST:
        training.note(f"no similar cases: they need {FEWEST} nodules, and there are {len(nodules)}")
        return
    rois = training.rois(recipe.preparation, work)
    known = neighbours_of(exports / bundles.ONNX, recipe, nodules, rois, training.progress)
    known.save(exports / bundles.NEIGHBOURS)


def export_bundle(
    bundle: Bundle,
    data: DataSet,
    to: Path,
    feature_map: bool = False,
    decision: Decision | None = None,
    half: bool = False,
    int8: bool = True,
) -> Bundle:
    """Exports a bundle's weights again, for the engines that are installed here, and writes it as the bundle ``to``,
    with another ``decision`` if one is given. The history of its training, if it has one, comes along.
    ``half`` and ``int8`` are those of ``write_exports``.

    Int8 is calibrated, and engines are compared, on the labelled nodules of ``data``: give those of the training.
    Raises BundleError, DataError, UsageError where another process writes ``to``, StorageError.
    """
    with claimed(to, "exporting"):
        bundle = replace(bundle, decision=decision or bundle.decision)
        return _export(network_of(bundle), bundle, data, to, feature_map, half, int8)


def export_ensemble(
    members: Sequence[Bundle], data: DataSet, to: Path, decision: Decision, half: bool = False
) -> Bundle:
    """Exports the networks of several bundles, each of one network and of the same data, as one bundle: one ONNX, which
    takes one RoI and gives the votes of their ``net.ensemble``. ``data`` and ``half`` are as in ``export_bundle``.

    Raises what that raises, and RecipeError where the members can't share a RoI.
    """
    first = members[0]
    for one in members:
        if one.members or one.provenance.fingerprint != first.provenance.fingerprint:
            raise BundleError("is an ensemble itself, or learned from other data than the first", where=str(one.folder))
    every = tuple(one.recipe for one in members)
    head = members[recipes.shown(every)]
    recipe = ensemble_recipe(every)
    net = Ensemble(every, [cast(HybridNet, network_of(one)) for one in members]).eval()
    shown = replace(head.provenance, before=()).learned_from
    every_data = (data for one in members for data in one.provenance.learned_from if data not in shown)
    provenance = replace(head.provenance, before=tuple(dict.fromkeys(every_data)))
    bundle = replace(
        head, recipe=recipe, decision=decision, provenance=provenance, files=bundles.CONTENTS, members=every
    )
    with claimed(to, "exporting"):
        return _export(net, bundle, data, to, False, half, False)


def ensemble_recipe(members: Sequence[Recipe]) -> Recipe:
    """The recipe of the member that an ensemble shows, on the RoI that all of them look at. Raises RecipeError."""
    return members[recipes.shown(members)].model_copy(
        update={
            "name": f"ensemble of {', '.join(one.network.backbone for one in members)}",
            "preparation": common([one.preparation for one in members]),
        }
    )


def _export(
    net: HybridNet | Ensemble, bundle: Bundle, data: DataSet, to: Path, feature_map: bool, half: bool, int8: bool
) -> Bundle:
    recipe = bundle.recipe
    most = CALIBRATED_ON if int8 else 0, PROVED_ON
    calibration, proof = samples(data.labelled, recipe.preparation, *most)
    with tempfile.TemporaryDirectory(prefix="isthmus-export-") as scratch:
        engines = write_exports(
            net, recipe, bundle.decision, calibration, proof, Path(scratch), feature_map, half, int8
        )
        if bundles.HISTORY in bundle.files:
            shutil.copyfile(bundle.folder / bundles.HISTORY, Path(scratch) / bundles.HISTORY)
        if bundle.members:
            recipes.save_members(bundle.members, Path(scratch) / bundles.MEMBERS)
        for kept in (bundle.gate, bundle.explanation, bundle.evidence):  # of RoI and weights, which stay what they were
            if kept:
                shutil.copyfile(kept, Path(scratch) / kept.name)
        if bundle.neighbours:  # of the weights; but this export may name its tensors otherwise
            moved(Known.load(bundle.neighbours), Path(scratch) / bundles.ONNX).save(Path(scratch) / bundles.NEIGHBOURS)
        provenance = replace(bundle.provenance, engines=engines)
        text = card(recipe, bundle.decision, provenance, _remarks(bundle.members or (bundle.recipe,)))
        return bundles.write(to, recipe, bundle.decision, provenance, text, _copying(Path(scratch)))


def with_facts(bundle: Bundle, facts: Facts, to: Path) -> Bundle:
    """Writes the bundle again as ``to``, with what is known of it. Raises BundleError, StorageError."""

    def fill(folder: Path) -> None:
        for name in bundle.files:
            if name not in (bundles.RECIPE, bundles.CARD, bundles.FACTS):
                shutil.copyfile(bundle.folder / name, folder / name)
        files.write_text(folder / bundles.FACTS, facts.to_json())

    text = card(bundle.recipe, bundle.decision, bundle.provenance, _remarks(bundle.members or (bundle.recipe,)), facts)
    return bundles.write(to, bundle.recipe, bundle.decision, bundle.provenance, text, fill)


def _remarks(every: Sequence[Recipe]) -> tuple[str, ...]:
    return tuple(remark for recipe in every for remark in remarks(recipe))


def _copying(folder: Path) -> Callable[[Path], None]:
    def fill(to: Path) -> None:
        shutil.copytree(folder, to, dirs_exist_ok=True)

    return fill
