"""The audit of a data set: counts, faults, duplicates, contradictory labels, marks, burnt-in text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field

from isthmus.data.audit.calipers import Association, ColouredMarks, colour_of, coloured_marks, marks_by_label
from isthmus.data.audit.digits import calipers
from isthmus.data.audit.duplicates import Duplicates, find_duplicates
from isthmus.data.audit.leaks.authors import SplitLeaks, split_leaks
from isthmus.data.audit.likeness import difference_hash
from isthmus.data.audit.order import Order, order_leak
from isthmus.data.audit.roi_calipers import RoiCalipers, RoiMarks, other_marks, roi_calipers
from isthmus.data.audit.survey import Survey
from isthmus.data.audit.text import BurntText, burnt_text, overlay
from isthmus.data.dataset import DataSet, Fault
from isthmus.data.grouping import BY_PATIENT
from isthmus.data.groups import groups
from isthmus.data.labels import GIVEN, POLICIES, TIRADS, labelled
from isthmus.nodule import DISCLAIMER, ImageRef, Label, Nodule
from isthmus.progress import Progress, silent

NO_TIRADS = "none"
DETECTORS = (overlay, colour_of, calipers, difference_hash)  # of what is seen in a single image

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Conflict:
    """Images of one duplicate set that are labelled differently.

    ``tirads`` is each image's TI-RADS ("none" if it has none), ``labels`` each image's labels under each policy.
    """

    images: tuple[str, ...]
    tirads: Mapping[str, str]
    labels: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Audit:
    """The counts and findings of one data set.

    ``labels`` counts the labelled nodules under every label policy, ``labels_images`` the images with at least one;
    those that come with the data set are under "given". ``groups`` are patients, or images where the data name no
    patients, joined by duplicates.
    ``same_patient_images`` counts the images that share their patient with another one. ``order`` is the leak of order
    between different images, ``order_of_patients`` between different patients, None where every image is a patient.
    ``split_leaks`` are those of the authors' lists, None where there are none.
    """

    kind: str
    policy: str
    images: int
    cases: int
    patients: int
    names_patients: bool
    nodules: int
    labelled_nodules: int
    groups: int
    same_patient_images: int
    tirads_images: Counts
    labels: Mapping[str, Counts]
    labels_images: Mapping[str, Counts]
    faults: tuple[Fault, ...]
    duplicates: Duplicates
    duplicates_across_cases: tuple[tuple[str, ...], ...]
    label_conflicts: tuple[Conflict, ...]
    marks: ColouredMarks
    marks_by_label: Mapping[str, Association]
    calipers: RoiCalipers
    other_marks: Mapping[str, RoiMarks]
    text: tuple[BurntText, ...]
    order: Order
    order_of_patients: Order | None
    split_leaks: SplitLeaks | None
    tirads: Mapping[str, str] = field(repr=False)
    counted: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def oriented_images(self) -> int:
        """How many files are shown otherwise than they are stored, by their EXIF orientation."""
        return sum(fault.kind == "orientation" for fault in self.faults)

    @property
    def several_page_images(self) -> int:
        """How many files have several pages, of which the first is read."""
        return sum(fault.kind == "several-pages" for fault in self.faults)

    @property
    def trouble(self) -> bool:
        """Whether there is anything that can spoil a result: what ``isthmus look --strict`` fails on."""
        return bool(self.faults or self.duplicates_across_cases or self.label_conflicts or self.marks.marks)

    def as_json(self) -> dict[str, object]:
        """The audit as JSON's types. An odds ratio or bound that is infinite or undefined becomes None."""
        return {
            "kind": self.kind,
            "policy": self.policy,
            "images": self.images,
            "cases": self.cases,
            "patients": self.patients,
            "nodules": self.nodules,
            "labelled_nodules": self.labelled_nodules,
            "groups": self.groups,
            "same_patient_images": self.same_patient_images,
            "oriented_images": self.oriented_images,
            "several_page_images": self.several_page_images,
            "tirads_images": dict(self.tirads_images),
            "labels": {policy: dict(counts) for policy, counts in self.labels.items()},
            "labels_images": {policy: dict(counts) for policy, counts in self.labels_images.items()},
            "counted": {name: dict(counts) for name, counts in self.counted.items()},
            "faults": [asdict(fault) for fault in self.faults],
            "duplicates": [list(names) for names in self.duplicates.sets],
            "duplicates_across_cases": [list(names) for names in self.duplicates_across_cases],
            "duplicate_pairs": [
                asdict(pair) | {"identical": same}
                for same, pairs in ((True, self.duplicates.identical), (False, self.duplicates.near))
                for pair in pairs
            ],
            "label_conflicts": [asdict(conflict) for conflict in self.label_conflicts],
            "coloured_marks": list(self.marks.images),
            "coloured_areas": list(self.marks.areas),
            "marked_nodules": [asdict(mark) for mark in self.marks.marks],
            "marks_by_label": {policy: _association(marks) for policy, marks in self.marks_by_label.items()},
            "calipers": self.calipers.as_json(),
            "marks": {kind: marks.as_json() for kind, marks in self.other_marks.items()},
            "burnt_in_text": {
                "outside": [text.image for text in self.text if text.outside],
                "inside": [text.image for text in self.text if text.inside],
            },
            "order": self.order.as_json()
            | {"other_patients": self.order_of_patients.as_json() if self.order_of_patients else None},
            "split_leaks": self.split_leaks.as_json() if self.split_leaks else None,
            "disclaimer": DISCLAIMER,
        }


def audit(
    data: DataSet, progress: Progress = silent, survey: Survey | None = None, duplicates: Duplicates | None = None
) -> Audit:
    """Audits a data set. A ``survey`` of DETECTORS whose ``decode`` read the data set spares decoding it again, its
    ``duplicates``, where they are known, a search.

    Raises DataError if an image can't be read any more, StorageError if a temporary file can't be written.
    """
    if survey is None:
        with Survey(DETECTORS) as fresh:
            return audit(data, progress, fresh, duplicates)
    survey.look_at([image.picture for image in data.images], progress)
    duplicates = duplicates or find_duplicates(data.images, progress, survey)
    hash_of = _by_name(data, survey.results(difference_hash))
    between_images, between_patients = order_leak(data, hash_of)
    marks = coloured_marks(data.nodules, survey.results(colour_of))
    by_policy = _by_policy(data)
    images_of = Counter(image.patient for image in data.images)
    tirads = {image.id: image.tirads or NO_TIRADS for image in data.images}
    return Audit(
        kind=data.kind,
        policy=data.policy,
        images=len(data.images),
        cases=data.cases or len(images_of),
        patients=len(images_of),
        names_patients=BY_PATIENT.among({image.id: image.patient for image in data.images}).names_patients,
        nodules=len(data.nodules),
        labelled_nodules=len(data.labelled),
        groups=len(set(groups(data.images, duplicates.sets).values())),
        same_patient_images=sum(count for count in images_of.values() if count > 1),
        tirads_images=dict.fromkeys((*TIRADS, NO_TIRADS), 0) | Counter(tirads.values()),
        labels={policy: _count(nodule.label for nodule in nodules) for policy, nodules in by_policy.items()},
        labels_images={policy: _count_images(nodules) for policy, nodules in by_policy.items()},
        faults=data.faults,
        counted=data.counted,
        duplicates=duplicates,
        duplicates_across_cases=duplicates.across_cases(data.images),
        label_conflicts=tuple(_conflicts(duplicates, tirads, by_policy)),
        marks=marks,
        marks_by_label={policy: marks_by_label(nodules, marks.nodules) for policy, nodules in by_policy.items()},
        calipers=roi_calipers(data, duplicates.sets, survey.results(calipers), survey.results(colour_of)),
        other_marks=other_marks(data, duplicates.sets, survey.results(calipers), survey.results(overlay)),
        text=burnt_text(data.images, survey.results(overlay)),
        order=between_images,
        order_of_patients=between_patients,
        split_leaks=split_leaks(data, duplicates, hash_of),
        tirads=tirads,
    )


def _by_name(data: DataSet, hash_of: Callable[[ImageRef], bytes]) -> Callable[[str], bytes]:
    pictures = {image.id: image.picture for image in data.images}
    return lambda name: hash_of(pictures[name])


def _by_policy(data: DataSet) -> dict[str, tuple[Nodule, ...]]:
    if data.policy == GIVEN:
        return {GIVEN: data.nodules}
    return {policy: labelled(data.nodules, policy) for policy in POLICIES}


def _count(labels: Iterable[Label | None]) -> dict[str, int]:
    counted = Counter(labels)
    return {str(label): counted[label] for label in Label}


def _count_images(nodules: Iterable[Nodule]) -> dict[str, int]:
    return _count(label for _, label in {(nodule.image, nodule.label) for nodule in nodules})


def _conflicts(
    duplicates: Duplicates, tirads: Mapping[str, str], by_policy: Mapping[str, Iterable[Nodule]]
) -> Iterable[Conflict]:
    """The duplicate sets that have two different TI-RADS, or labels; a missing one contradicts nothing."""
    of_image: dict[tuple[str, str], set[str]] = {}
    for policy, nodules in by_policy.items():
        for nodule in nodules:
            if nodule.label is not None:
                of_image.setdefault((policy, nodule.image), set()).add(str(nodule.label))
    for names in duplicates.sets:
        labels = {
            policy: {name: tuple(sorted(of_image.get((policy, name), ()))) for name in names} for policy in by_policy
        }
        readings = {tirads[name] for name in names} - {NO_TIRADS}
        disagree = any(len(set(of_each.values()) - {()}) > 1 for of_each in labels.values())
        if len(readings) > 1 or disagree:
            yield Conflict(names, {name: tirads[name] for name in names}, labels)


def _association(marks: Association) -> dict[str, object]:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "n": marks.n,
        "marked": {str(Label.BENIGN): marks.marked_benign, str(Label.MALIGNANT): marks.marked_malignant},
        "unmarked": {str(Label.BENIGN): marks.unmarked_benign, str(Label.MALIGNANT): marks.unmarked_malignant},
        "unlabelled": {"marked": marks.marked_unlabelled, "unmarked": marks.unmarked_unlabelled},
        "odds_ratio": finite(marks.odds_ratio),
        "low": finite(marks.low),
        "high": finite(marks.high),
        "p": finite(marks.p),
    }
