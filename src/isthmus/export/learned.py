"""From a data set and a recipe to a trained network, with the parts that it learned from and was chosen on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from isthmus.bundle import Proof, Provenance
from isthmus.data import split
from isthmus.data.audit import known_duplicates
from isthmus.data.audit.leaks.relations import Relations, refuse_leaks
from isthmus.data.cache import cached_rois
from isthmus.data.dataset import DataSet
from isthmus.data.grouping import Grouping
from isthmus.data.groups import groups
from isthmus.data.prepare import prepare_all
from isthmus.decision import Decision
from isthmus.export.parity import PROVED_ON
from isthmus.learn.beginning import Beginning
from isthmus.learn.beside.second_set import SecondSet
from isthmus.learn.checkpoint import Epoch
from isthmus.learn.examples import Examples, Rois
from isthmus.learn.second import targets_of
from isthmus.learn.targets import Positions
from isthmus.learn.train import fit
from isthmus.net.ensemble import Ensemble
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Nodule, Pixels
from isthmus.progress import Note, Progress
from isthmus.recipe import Preparation, Recipe


@dataclass(frozen=True)
class Training:
    """How networks are trained for a bundle: on what, from which weights, where, and who hears of it.

    The nodules of ``beside`` teach the second loss.
    """

    data: DataSet
    seed: int
    grouping: Grouping
    device: str
    progress: Progress
    note: Note
    beginning: Beginning | None
    versions: Mapping[str, str]
    beside: SecondSet | None = None

    def parts(self, share: float, work: Path) -> split.Split:
        """The nodules to learn from, and the ``share`` of them, whole groups, that is set aside.

        Raises SplitError, also where anything leaks between them."""
        nodules, search = self.data.labelled, work / "duplicates.json"
        duplicates = known_duplicates.load_or_find(search, self.data.images, self.progress, self.note)
        group_of = groups(self.data.images, duplicates.sets, self.grouping)
        names = [group_of[nodule.image] for nodule in nodules]
        part = split.hold_out(nodules, names, share, self.seed)
        part = split.Split(split.apart(nodules, part.train, part.test, self.grouping), part.test)
        relations = Relations.of(self.data, duplicates, self.progress)
        sides = {"training": part.train, "validation": part.test}
        refuse_leaks(nodules, sides, relations, f"--group-by {self.grouping}")
        known_duplicates.save(duplicates, self.data.images, search)
        return part

    def rois(self, preparation: Preparation, work: Path) -> Pixels:
        """The RoIs of all labelled nodules, and behind them of those beside them, cached in ``work``."""
        return cached_rois((*self.data.labelled, *self._others), preparation, work, self.progress, self.note)

    def learned(
        self, recipe: Recipe, part: split.Split, work: Path, folder: Path, report: Callable[[Epoch], None]
    ) -> Learned:
        """Trains the recipe's network. Prepared RoIs lie in ``work``, the checkpoint in ``folder``."""
        targets = targets_of(self.data.labelled, recipe, self.progress, self._others)
        examples = Examples(self.rois(recipe.preparation, work), targets)
        train, validation = examples.take(part.train), examples.take(part.test)
        others = np.arange(len(self.data.labelled), len(examples))
        fitted = fit(
            examples.take(np.concatenate([part.train, others])),
            validation,
            recipe,
            seed=self.seed,
            folder=folder,
            device=self.device,
            report=report,
            note=self.note,
            beginning=self.beginning,
        )
        area = fitted.history[fitted.epoch - 1].auc
        return Learned(fitted.net, fitted.decision, fitted.history, fitted.epoch, area, train, validation)

    def provenance(self, of: Learned, engines: Mapping[str, Proof]) -> Provenance:
        """What a bundle says of where it comes from."""
        return Provenance(
            data=self.data.kind,
            policy=self.data.policy,
            fingerprint=self.data.fingerprint(),
            nodules={"training": _by_label(of.train), "validation": _by_label(of.validation)},
            seed=self.seed,
            epoch=of.epoch,
            validation_auc=of.validation_auc,
            engines=engines,
            versions=dict(self.versions),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            beginning=str(self.beginning or ""),
            groups=str(self.grouping),
            before=self.beginning.learned_from if self.beginning else (),
            beside=self.beside.record if self.beside else None,
        )

    @property
    def _others(self) -> tuple[Nodule, ...]:
        return self.beside.nodules if self.beside else ()


@dataclass(frozen=True, eq=False)
class Learned:
    """A trained network or ensemble, what it learned from, and what was set aside to choose epoch and threshold on.

    ``validation_auc`` is nan where nothing was.
    """

    net: HybridNet | Ensemble
    decision: Decision
    history: tuple[Epoch, ...]
    epoch: int
    validation_auc: float
    train: Examples
    validation: Examples

    @property
    def proof(self) -> Pixels:
        """RoIs to compare engines on, of those set aside if there are enough."""
        aside = sample(self.validation.rois, PROVED_ON)
        return np.concatenate([aside, sample(self.train.rois, PROVED_ON - len(aside))])


def sample(rois: Rois, most: int) -> Pixels:
    """At most ``most`` RoIs, evenly from first to last."""
    return rois[_evenly(len(rois), most)]


def samples(nodules: Sequence[Nodule], preparation: Preparation, *most: int) -> list[Pixels]:
    """What ``sample`` takes of the RoIs of all nodules, for each number; no other RoI is prepared. Raises DataError."""
    chosen = [_evenly(len(nodules), number) for number in most]
    needed = np.unique(np.concatenate(chosen))
    rois = prepare_all([nodules[at] for at in needed], preparation)
    return [rois[np.searchsorted(needed, positions)] for positions in chosen]


def _evenly(count: int, most: int) -> Positions:
    return np.linspace(0, count - 1, max(0, min(most, count))).round().astype(np.intp)


def _by_label(examples: Examples) -> dict[str, int]:
    return {str(label): int((examples.labels == label).sum()) for label in Label}
