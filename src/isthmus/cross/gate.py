"""The audit of leaks: those of anybody's split, or what would leak under each protocol; and shortcuts to the label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from isthmus.cross.chance import Shortcut, shortcuts
from isthmus.cross.division import divided
from isthmus.cross.protocols import AUTHORS, BLOCKS, BY_IMAGE, GROUPED, PAPER, Protocol
from isthmus.data.audit.leaks.pairs import KINDS, NEAR, LeakingPair, sides_of
from isthmus.data.audit.leaks.relations import Relations, placed_nodules
from isthmus.data.audit.leaks.split_file import SplitOfImages
from isthmus.data.dataset import DataSet
from isthmus.data.groups import groups
from isthmus.data.split import Split
from isthmus.errors import SplitError, UsageError
from isthmus.nodule import DISCLAIMER, Nodule
from isthmus.progress import Progress, silent

SHOWN = (BLOCKS, GROUPED, BY_IMAGE, PAPER, AUTHORS)
FOLDS = 5


@dataclass(frozen=True)
class ProtocolLeak:
    """What leaks from training to test under a protocol: ``nodules`` by kind, of ``n`` tested ones.

    ``any`` counts the tested nodules with a leak of any kind. ``parts`` are tested in turn. Where the protocol can't
    be applied, ``reason`` says why, and n is 0.
    """

    protocol: str
    parts: int
    n: int
    any: int
    nodules: Mapping[str, int]
    reason: str = ""

    def as_json(self) -> dict[str, object]:
        """The fields by name; ``reason`` is None where there is none."""
        return {**asdict(self), "reason": self.reason or None}


def by_protocol(data: DataSet, relations: Relations, seed: int = 0) -> tuple[ProtocolLeak, ...]:
    """What would leak under each protocol of SHOWN, with five folds or one quarter."""
    return tuple(_of_protocol(data, relations, protocol, seed) for protocol in SHOWN)


def _of_protocol(data: DataSet, relations: Relations, protocol: Protocol, seed: int) -> ProtocolLeak:
    none: dict[str, int] = dict.fromkeys(KINDS, 0)
    try:
        splits = splits_of(data, relations, protocol, seed)
    except (SplitError, UsageError) as error:
        return ProtocolLeak(protocol.name, 0, 0, 0, none, error.what)
    leaking: dict[str, set[str]] = defaultdict(set)
    for one in splits:
        for kind, names in _tested(data.labelled, relations, one).items():
            leaking[kind] |= names
    counts = none | {kind: len(names) for kind, names in leaking.items()}
    n = sum(len(one.test) for one in splits)
    return ProtocolLeak(protocol.name, len(splits), n, len(set().union(*leaking.values())), counts)


def splits_of(data: DataSet, relations: Relations, protocol: Protocol, seed: int = 0) -> tuple[Split, ...]:
    """The parts of the labelled nodules under a protocol, five folds or one quarter. Raises SplitError, UsageError."""
    group_of = groups(data.images, relations.duplicates.sets, protocol.grouping)
    return divided(data.labelled, protocol, group_of, FOLDS if protocol.tests_every_nodule else 1, seed)


def _tested(nodules: Sequence[Nodule], relations: Relations, part: Split) -> dict[str, set[str]]:
    """The names of the tested nodules that leak, by kind."""
    on = {nodule.id: nodule.image for nodule in nodules}
    images: dict[str, set[str]] = defaultdict(set)
    for leak in relations.leaks(placed_nodules(nodules, {"train": part.train, "test": part.test})):
        images[leak.kind].add(on.get(leak.b, leak.b) if leak.kind == "frame" else leak.b)
    tested = [nodules[i] for i in part.test]
    return {kind: {one.id for one in tested if one.image in of_kind} for kind, of_kind in images.items()}


@dataclass(frozen=True, eq=False)
class LeakAudit:
    """What ``isthmus audit`` finds: the ``leaks`` of a split or, without one, what would leak under each protocol.

    ``baselines`` were judged on ``judged_on``; there are none unless they were asked for.
    """

    data: DataSet
    relations: Relations
    split: SplitOfImages | None = None
    leaks: tuple[LeakingPair, ...] = ()
    protocols: tuple[ProtocolLeak, ...] = ()
    baselines: tuple[Shortcut, ...] = ()
    judged_on: str = ""

    @property
    def pairs(self) -> dict[str, int]:
        """The number of leaking pairs of each kind."""
        counts = Counter(leak.kind for leak in self.leaks)
        return {kind: counts[kind] for kind in KINDS}

    @property
    def order_rule(self) -> str:
        """Whether neighbours in file order may stand on two sides, and why, in a sentence without a full stop."""
        if self.relations.names_patients:
            return "patients are named, so that the order of files counts for nothing"
        reach = self.relations.alike_up_to
        if reach:
            return f"no patient is named, and neighbours look alike more often than chance, up to distance {reach}"
        return "no patient is named, but neighbours look alike no more often than chance"

    def as_json(self) -> dict[str, object]:
        """The audit as JSON's types, with every leak."""
        named, split = self.relations.names_patients, self.split
        return {
            "kind": self.data.kind,
            "images": len(self.data.images),
            "names_patients": named,
            "order": {
                "alike_up_to": None if named else self.relations.alike_up_to,
                "neighbours_within": NEAR,
                "rule": self.order_rule,
            },
            "split": split and {"sides": split.sides, "missing": list(split.missing), "unlisted": list(split.unlisted)},
            "n": len(self.leaks),
            "by_kind": self.pairs,
            "leaks": [asdict(leak) | {"sides": list(leak.sides)} for leak in self.leaks],
            "protocols": [one.as_json() for one in self.protocols],
            "baselines": [one.as_json() for one in self.baselines],
            "baselines_judged_on": self.judged_on or None,
            "disclaimer": DISCLAIMER,
        }


def audit_leaks(
    data: DataSet,
    relations: Relations,
    split: SplitOfImages | None,
    protocol: Protocol | None = None,
    baselines: bool = False,
    progress: Progress = silent,
) -> LeakAudit:
    """The leaks of a split, or what would leak under each protocol; and, if wanted, the ``baselines``.

    These are judged under ``protocol``, None for blocks where no patient is named and for groups else, or on the
    split, from its other usual sides to its test side. Raises DataError, SplitError, UsageError.
    """
    found = LeakAudit(
        data,
        relations,
        split,
        leaks=relations.leaks(split.placed) if split else (),
        protocols=() if split else by_protocol(data, relations),
    )
    if not baselines:
        return found
    protocol = protocol or (GROUPED if relations.names_patients else BLOCKS)
    group_of = groups(data.images, relations.duplicates.sets, protocol.grouping)
    splits = (_test_of(data, split),) if split else splits_of(data, relations, protocol)
    judged_on = "the split, from train and val to test" if split else f"protocol {protocol.name}"
    return replace(found, baselines=shortcuts(data.labelled, splits, group_of, progress), judged_on=judged_on)


def _test_of(data: DataSet, split: SplitOfImages) -> Split:
    """The labelled nodules of train and val, and of test. Raises UsageError where there are none."""
    sides = sides_of(split.placed)
    on = [set(sides.get(nodule.image, ())) for nodule in data.labelled]
    test = np.array(["test" in one for one in on], np.bool_)
    train = np.array([not one.isdisjoint({"train", "val"}) for one in on], np.bool_) & ~test
    if not test.any() or not train.any():
        raise UsageError(
            f"the sides are {', '.join(split.sides)}, not train and test, with labelled nodules on both",
            where="--baselines",
            remedy="Leave --split out, or name the sides train, val and test.",
        )
    return Split(np.flatnonzero(train), np.flatnonzero(test))
